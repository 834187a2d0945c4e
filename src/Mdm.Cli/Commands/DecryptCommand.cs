using System.CommandLine;
using Mdm.Cli.Described;
using Mdm.Client;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm decrypt [--force] [--host SURL] [--keystores LIST] FILE OUT</c>, <c>mdm decrypt --in-place FILE</c>.</summary>
internal static class DecryptCommand
{
    /// <summary>Stands for the standard output.</summary>
    private const string StandardOutput = "-";

    public static DescribedCommand Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "A sealed file on this machine, as another client fetched it." };
        var output = new Argument<string?>("OUT") { Description = "The file to write; - for the standard output.", Arity = ArgumentArity.ZeroOrOne };
        var inPlace = new Option<bool>("--in-place") { Description = "Put the deciphered file in the place of the sealed one." };
        var force = new Option<bool>("--force", "-f") { Description = "Replace OUT when it is there." };
        var host = new Option<string?>("--host") { Description = "Any SURL at the host that the file is from, which says where its key is; MDM_ENDPOINT when left out.", HelpName = "SURL" };
        var keystores = SealedOptions.Keystores();
        var command = new DescribedCommand("decrypt", "Deciphers a sealed file that is here already. OUT appears when all of it is authentic.")
        {
            file, output, inPlace, force, host, keystores,
            new Example("mdm decrypt sealed.dcm image.dcm", "Deciphers what gfal-copy fetched, with the keys that the host at MDM_ENDPOINT names."),
            GridNotes.Sealed,
            new SeeAlso("mdm get"),
            new SeeAlso("glite-eds-decrypt"),
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(output) is not null == result.GetValue(inPlace))
                result.AddError("decrypt takes either OUT or --in-place");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (from, to) = (parsed.GetRequiredValue(file), parsed.GetValue(output));
            var named = parsed.GetValue(keystores);
            var environment = terminal.Environment();
            var site = parsed.GetValue(host) is { } given ? terminal.Surl(given) : environment.Endpoint is not null ? terminal.Surl("/") : null;
            using var files = terminal.Open(named);
            if (to == StandardOutput)
            {
                await using var bytes = terminal.Bytes();
                await files.DecipherAsync(from, bytes, site, cancellationToken);
                await bytes.FlushAsync(cancellationToken);
                return ExitCode.Success;
            }
            var destination = to ?? from;
            // The same file under another name is in place, too, and was not asked for.
            if (to is not null && Path.GetFullPath(to) == Path.GetFullPath(from))
                throw new SrmException(null, $"{to} is the sealed file itself. Putting the deciphered one in its place takes --in-place.");
            var length = await files.DecipherAsync(from, destination, to is null || parsed.GetValue(force), site, cancellationToken);
            terminal.Output.WriteLine($"deciphered {destination} {length} bytes");
            return ExitCode.Success;
        });
        return command;
    }
}
