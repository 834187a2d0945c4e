using System.CommandLine;
using Mdm.Cli.Described;
using Mdm.Client;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm put [--force] [--space TOKEN] [--lifetime SECONDS] FILE SURL</c>.</summary>
internal static class PutCommand
{
    private const int LongestLifetime = int.MaxValue;

    public static DescribedCommand Create(Terminal terminal)
    {
        var (file, surl) = (new Argument<string>("FILE") { Description = "A file on this machine." }, new Argument<string>("SURL") { Description = "Its name to be; below a directory that is there, when it ends in /." });
        var force = new Option<bool>("--force", "-f") { Description = "Replace a file that is there." };
        var space = new Option<string?>("--space") { Description = "The space that it takes its room from, by its token; the host's choice unless given.", HelpName = "TOKEN" };
        var lifetime = new Option<int?>("--lifetime") { Description = "How long it shall live; as the host has it unless given.", HelpName = "SECONDS" };
        lifetime.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
                result.AddError($"--lifetime takes 1 to {LongestLifetime} seconds");
        });
        var command = new DescribedCommand("put", "Puts a file. It appears at the host in one step, when all of it is there and its checksum is right; begins again what breaks off; leaves nothing of what was interrupted.")
        {
            file, surl, force, space, lifetime,
            new Example("mdm put result.nii srm://se.example.org:8443/grid/biomed/home/result.nii", "Puts result.nii and prints its checksum."),
            new Example("mdm put --space SCRATCH result.nii /grid/biomed/home/", "At the host of MDM_ENDPOINT, into a space, under the same name."),
            new SeeAlso("mdm get"), new SeeAlso("glite-eds-put"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (source, name) = (parsed.GetRequiredValue(file), parsed.GetRequiredValue(surl));
            var target = terminal.Surl(name);
            if (name.EndsWith('/'))
                target = target.Child(Path.GetFileName(source));
            using var files = terminal.Open();
            PutFile put;
            using (var progress = new PutDisplay(terminal, source))
            {
                var options = new PutOptions { Replaces = parsed.GetValue(force), Space = parsed.GetValue(space), Lifetime = parsed.GetValue(lifetime) is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
                put = await files.PutAsync(source, target, options, progress, cancellationToken);
            }
            terminal.Output.WriteLine($"put {put.Surl} {put.Length} bytes adler32 {put.Adler32} {(put.IsVerified ? "verified" : "not verified: the host named none")}");
            return ExitCode.Success;
        });
        return command;
    }
}
