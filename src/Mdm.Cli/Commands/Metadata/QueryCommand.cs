using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Commands.Metadata.Shell;
using Mdm.Cli.Described;
using Mdm.Cli.Linked;
using Mdm.Client;
using Mdm.Client.Metadata;
using Mdm.Formats.Amga;

namespace Mdm.Cli.Commands.Metadata;

/// <summary><c>mdm query</c>, an interactive session with a metadata server; <c>mdm mdcli</c>, the same in the form of AMGA's client.</summary>
internal static class QueryCommand
{
    public static LinkedFamily Amga { get; } = new("AMGA's client", [], code => code, [new LinkedCommand("mdcli", Mdcli)]);

    public static DescribedCommand Create(Terminal terminal)
    {
        var servers = MetadataOptions.Servers();
        var command = new DescribedCommand("query", "An interactive session with one metadata server: AMGA's commands, with history and completion (Tab). help lists them; quit ends.")
        {
            servers,
            new Example("mdm query --servers md.example.org:8822", "A session; Tab completes commands, collections and attributes."),
            GridNotes.Metadata,
            new SeeAlso("mdcli"),
            new SeeAlso("mdm find"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var asked = await MetadataOptions.FindAsync(terminal, parsed.GetValue(servers), cancellationToken);
            if (asked.Count > 1)
                throw new MdmException(MdmErrorKind.InvalidName, $"One metadata server at a time: name it with --servers, one of {string.Join(", ", asked)}.");
            using var metadata = GridMetadata.Open(terminal.Environment());
            await using var connection = await metadata.ConnectAsync(asked[0], null, cancellationToken);
            return await SessionAsync(terminal, connection, asked[0].ToString(), cancellationToken);
        });
        return command;
    }

    private static DescribedCommand Mdcli(Terminal terminal)
    {
        var words = new FreeArgument<string[]>("COMMAND") { Description = "A command, as find /a 'age > 3'; a session when left out.", Arity = ArgumentArity.ZeroOrMore };
        var command = new DescribedCommand("mdcli", "AMGA's client: one command, or a session. The server is that of mdclient.config, here or at home. A find that finds nothing ends with 3.")
        {
            words,
            new Example("mdcli find /mdm/DICOM 'Modality = \"MR\"'", "One command, and its answer line by line."),
            new Example("mdcli", "A session; from a file, mdcli < commands."),
            GridNotes.Metadata,
            new SeeAlso("mdm find"),
            new SeeAlso("mdm query"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var home = Environment.GetEnvironmentVariable("HOME");
            var path = MdclientConfig.Places(home).FirstOrDefault(File.Exists);
            var config = path is null ? null : MdclientConfig.Load(path);
            // An open connection needs no credential; every other one keeps it for when the server hands the session off.
            using var metadata = config is { IsEncrypted: false } ? null : GridMetadata.Open(EnvironmentOf(terminal, config));
            await using var connection = await ConnectAsync(terminal, metadata, config, cancellationToken);
            if (parsed.GetValue(words) is not { Length: > 0 } given)
                return await SessionAsync(terminal, connection, "Query", cancellationToken);
            var shell = new MetadataShell(connection, terminal.Output, terminal.Error);
            // As a shell hands them over; each is one word again.
            var code = await shell.RunAsync(given.Length == 1 ? given[0] : AmgaCommandLine.Join(given), cancellationToken) ?? ExitCode.Success;
            // Scripts ask by it whether there is such an entry, as they did of the original.
            return code == ExitCode.Success && shell.FoundNothing ? ExitCode.NotFound : code;
        });
        return command;
    }

    private static GridEnvironment EnvironmentOf(Terminal terminal, MdclientConfig? config) =>
        config?.TrustDirectory is { } trust ? terminal.Environment() with { TrustDirectory = trust } : terminal.Environment();

    private static async Task<AmgaConnection> ConnectAsync(Terminal terminal, GridMetadata? metadata, MdclientConfig? config, CancellationToken cancellationToken)
    {
        if (metadata is null)
            return await GridMetadata.ConnectPlainAsync(config!, cancellationToken);
        return config is null
            ? await metadata.ConnectAsync((await MetadataOptions.FindAsync(terminal, null, cancellationToken))[0], null, cancellationToken)
            : await metadata.ConnectAsync(config, cancellationToken);
    }

    private static async Task<int> SessionAsync(Terminal terminal, AmgaConnection connection, string name, CancellationToken cancellationToken)
    {
        var shell = new MetadataShell(connection, terminal.Output, terminal.Error);
        var last = ExitCode.Success;
        if (terminal.Lines is { } lines)
        {
            // A script: what went wrong last is told to whoever wrote it.
            while (await lines.ReadLineAsync(cancellationToken) is { } line)
            {
                if (await shell.RunAsync(line, cancellationToken) is not { } code)
                    break;
                last = code == ExitCode.Success ? last : code;
            }
            return last;
        }
        using var keyboard = new ConsoleKeyboard();
        var editor = new LineEditor(keyboard, shell.CompleteAsync);
        while (await editor.ReadAsync($"{name}> ") is { } line)
        {
            if (await shell.RunAsync(line, cancellationToken) is null)
                break;
        }
        return ExitCode.Success;
    }
}
