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
    // AMGA had two programs: one for a command, one for a session. Here each does both.
    private static readonly string[] AmgaNames = ["mdcli", "mdclient"];

    public static LinkedFamily Amga { get; } = new("AMGA's client", [], code => code, [.. AmgaNames.Select(name => new LinkedCommand(name, terminal => AmgaClient(terminal, name)))]);

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

    private static DescribedCommand AmgaClient(Terminal terminal, string name)
    {
        var words = new FreeArgument<string[]>("COMMAND") { Description = "A command, as find /a 'age > 3'; a session when left out.", Arity = ArgumentArity.ZeroOrMore };
        var command = new DescribedCommand(name, "AMGA's client: one command, or a session. The server is that of the first mdclient.config: here, ~/.mdclient.config, ~/mdclient.config, $GLITE_LOCATION/etc/mdclient.config. A find that finds nothing ends with 3.")
        {
            words,
            new Example($"{name} find /mdm/DICOM 'Modality = \"MR\"'", "One command, and its answer line by line."),
            new Example(name, $"A session; from a file, {name} < commands."),
            GridNotes.Metadata,
            new SeeAlso("mdm find"),
            new SeeAlso("mdm query"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = MdclientConfig.Places(terminal.Variable("HOME"), terminal.Variable(MdclientConfig.InstallationVariable)).FirstOrDefault(File.Exists);
            var config = path is null ? null : MdclientConfig.Load(path);
            foreach (var remark in config?.Remarks ?? [])
                terminal.Complain(remark);
            // An open connection needs no credential; every other one keeps it for when the server hands the session off.
            using var metadata = config is { IsEncrypted: false } ? null : GridMetadata.Open(EnvironmentOf(terminal, config));
            await using var connection = await ConnectAsync(terminal, metadata, config, cancellationToken);
            if (parsed.GetValue(words) is not { Length: > 0 } given)
                return await SessionAsync(terminal, connection, "Query", cancellationToken);
            var shell = new MetadataShell(connection, terminal);
            var code = await shell.RunAsync(given.Length == 1 ? given[0] : LineOf(given), _ => default, cancellationToken);
            // Scripts ask by it whether there is such an entry, as they did of the original.
            return code == ExitCode.Success && shell.FoundNothing ? ExitCode.NotFound : code;
        });
        return command;
    }

    /// <summary>What a shell hands over is one word each again, but for what is quoted still: the original joined its arguments with spaces, and its scripts quote for a shell and for it.</summary>
    private static string LineOf(string[] words) => string.Join(' ', words.Select(word => word is ['\'', .., '\''] ? word : AmgaText.Quote(word)));

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
        var shell = new MetadataShell(connection, terminal);
        var last = ExitCode.Success;
        if (terminal.Lines is { } lines)
        {
            // A script: what went wrong last is told to whoever wrote it.
            while (!shell.IsOver && await NextAsync(cancellationToken) is { } line)
                last = await shell.RunAsync(line, NextAsync, cancellationToken) is var code and not ExitCode.Success ? code : last;
            return last;

            ValueTask<string?> NextAsync(CancellationToken token)
            {
                token.ThrowIfCancellationRequested();
                return ValueTask.FromResult(ShortFile.ReadLine(lines, "The input", MetadataShell.MaxLineLength));
            }
        }
        using var keyboard = new ConsoleKeyboard();
        var editor = new LineEditor(keyboard, shell.CompleteAsync);
        while (!shell.IsOver && await TypedAsync(cancellationToken) is { } line)
            await shell.RunAsync(line, TypedAsync, cancellationToken);
        return ExitCode.Success;

        async ValueTask<string?> TypedAsync(CancellationToken token) => await editor.ReadAsync($"{name}> ");
    }
}
