using System.CommandLine;
using System.Globalization;
using Mdm.Cli.Described;
using Mdm.Client;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm get [-r] [--force] [--parallel N] [--sealed] [--keystores LIST] SURL [DEST]</c>.</summary>
internal static class GetCommand
{
    private const int MostParallel = 64;

    public static DescribedCommand Create(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "A file, or a directory with -r; also lfn:/PATH or guid:GUID at the host of LFC_HOST or MDM_ENDPOINT." };
        var destination = new Argument<string>("DEST") { Description = "Where to; a file goes into a directory that exists under its name, with -r the contents go into DEST. Here, under its name, when left out.", Arity = ArgumentArity.ZeroOrOne };
        var isRecursive = new Option<bool>("--recursive", "-r") { Description = "A directory with everything below it." };
        var force = new Option<bool>("--force", "-f") { Description = "Replace files that are there." };
        var parallel = new Option<int>("--parallel") { Description = $"Downloads at once, 1 to {MostParallel}.", DefaultValueFactory = _ => new FetchOptions().Parallel, HelpName = "N" };
        parallel.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MostParallel))
                result.AddError($"--parallel takes 1 to {MostParallel}");
        });
        var keepSealed = SealedOptions.KeepSealed();
        var keystores = SealedOptions.Keystores();
        var command = new DescribedCommand("get", "Fetches a file or a directory. Continues what was interrupted, verifies checksums, deciphers what is sealed, never leaves a half file under its name.")
        {
            surl, destination, isRecursive, force, parallel, keepSealed, keystores,
            new Example("mdm get /grid/biomed/research/s/t/i.dcm", "Fetches one image into this directory, verified and deciphered."),
            new Example("mdm get lfn:/grid/biomed/research/s/t/i.dcm image.dcm", "The same by the name that the file catalogue's users know."),
            new Example("mdm get -r /grid/biomed/research/s ./study", "Fetches a study; the same line again continues what was interrupted."),
            GridNotes.Sealed,
            new SeeAlso("mdm cat"),
            new SeeAlso("mdm decrypt"),
            new SeeAlso("glite-mdm-get"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var find = RemoteName.Read(terminal, parsed.GetRequiredValue(surl));
            var options = new FetchOptions { Parallel = parsed.GetValue(parallel), Force = parsed.GetValue(force), KeepSealed = parsed.GetValue(keepSealed) };
            var (place, isTree) = (parsed.GetValue(destination), parsed.GetValue(isRecursive));
            using var files = terminal.Open(parsed.GetValue(keystores));
            var source = await find(files, cancellationToken);
            // As gfal-copy -r has it: DEST stands for the directory, there or not, so that the same line continues what was interrupted.
            if (!source.Path.IsRoot && (place is null || (!isTree && Directory.Exists(place))))
                place = Path.Combine(place ?? ".", source.Name);
            place ??= ".";
            using var progress = new FetchDisplay(terminal);
            if (!isTree)
            {
                await files.FetchAsync(source, place, options, progress, cancellationToken);
                return ExitCode.Success;
            }
            return Judge(await files.FetchTreeAsync(source, place, options, progress, cancellationToken));
        });
        return command;
    }

    // When all failed for one reason, that reason; otherwise, that it is incomplete.
    private static int Judge(FetchResult result)
    {
        if (result.Missed.Count == 0)
            return ExitCode.Success;
        var codes = result.Missed.Select(m => ExitCode.Of(m.Reason)).Distinct().ToArray();
        return result.Files.Count == 0 && codes is [var code] ? code : ExitCode.Failed;
    }
}
