using System.CommandLine;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm cat [--sealed] [--keystores LIST] SURL</c>.</summary>
internal static class CatCommand
{
    public static Command Create(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "A file." };
        var keepSealed = SealedOptions.KeepSealed();
        var keystores = SealedOptions.Keystores();
        var command = new Command("cat", "Writes a file to the standard output while it arrives, deciphered when it is sealed. Only an exit code of 0 says that it was all of it.")
        {
            surl, keepSealed, keystores,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var file = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open(parsed.GetValue(keystores));
            await using var output = terminal.Bytes();
            await files.CopyToAsync(file, output, parsed.GetValue(keepSealed), cancellationToken);
            await output.FlushAsync(cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }
}
