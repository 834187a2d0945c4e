using System.CommandLine;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm cat [--sealed] [--keystores LIST] SURL</c>.</summary>
internal static class CatCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "A file; also lfn:/PATH or guid:GUID." };
        var keepSealed = SealedOptions.KeepSealed();
        var keystores = SealedOptions.Keystores();
        var command = new DescribedCommand("cat", "Writes a file to the standard output while it arrives, deciphered when it is sealed. Only an exit code of 0 says that it was all of it.")
        {
            surl, keepSealed, keystores,
            new Example("mdm cat /grid/biomed/research/s/t/i.dcm | dcmdump -", "Reads an image without a file of it on this machine."),
            GridNotes.Sealed,
            new SeeAlso("mdm get"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var find = RemoteName.Read(terminal, parsed.GetRequiredValue(surl));
            using var files = terminal.Open(parsed.GetValue(keystores));
            await using var output = terminal.Bytes();
            await files.CopyToAsync(await find(files, cancellationToken), output, parsed.GetValue(keepSealed), cancellationToken);
            await output.FlushAsync(cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }
}
