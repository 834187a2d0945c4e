using System.CommandLine;
using System.CommandLine.Help;
using Mdm.Abstractions;
using Mdm.Cli.Commands;
using Mdm.Cli.Commands.Admin;
using Mdm.Cli.Commands.Keys;
using Mdm.Cli.Commands.Metadata;
using Mdm.Cli.Described;
using Mdm.Cli.Linked;
using Mdm.Client;

namespace Mdm.Cli;

/// <summary><c>mdm</c>: the commands, and what becomes of what goes wrong in them.</summary>
internal static class MdmCommand
{
    public const string Name = "mdm";

    private const string VersionHelp = "Say which release this is.";

    private const string Description =
        "Finds and fetches medical images that a grid storage host (SRM v2.2) holds.\n\n" +
        "A SURL is srm://host:port/path, or /path where MDM_ENDPOINT names the host (srm://host:port). The credential is that of every grid\n" +
        "client: X509_USER_PROXY, /tmp/x509up_uUID, or X509_USER_CERT with X509_USER_KEY; trusted CAs are in X509_CERT_DIR.";

    // No argument stands for a file of arguments: names may begin with anything.
    internal static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    // After Ctrl-C: long enough to tell hosts that a request is not wanted any more.
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(8);

    /// <summary>Runs the command that the arguments begin with: one of <c>mdm</c>, or one by its original name.</summary>
    public static Task<int> RunAsync(string[] args, Terminal terminal) =>
        args is [var first, .. var rest] && LinkedCommands.Find(first) is var (family, linked)
            ? RunAsync(LinkedRoot(linked, terminal with { Name = linked.Name }), linked.Arguments(rest), terminal with { Name = linked.Name }, family.CodeOf)
            : RunAsync(Root(terminal), args, terminal, code => code);

    private static async Task<int> RunAsync(Command command, string[] args, Terminal terminal, Func<int, int> codeOf)
    {
        try
        {
            if (Parsed(command, args, terminal) is not { } parsed)
                return codeOf(ExitCode.Usage);
            var invocation = new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = Goodbye,
            };
            var code = await parsed.InvokeAsync(invocation);
            await terminal.Output.FlushAsync();
            return codeOf(code);
        }
        catch (SrmException e)
        {
            return codeOf(Fail(terminal, e.Message, ExitCode.Of(e)));
        }
        catch (MdmException e)
        {
            return codeOf(Fail(terminal, e.Message, ExitCode.Of(e)));
        }
        catch (OperationCanceledException)
        {
            return codeOf(Fail(terminal, "interrupted", ExitCode.Interrupted));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A local file or directory; or nobody reads the output any more, as under head.
            return codeOf(Fail(terminal, e.Message, ExitCode.Failed));
        }
    }

    /// <summary>The line as the command understands it; null where it does not, which is said.</summary>
    private static ParseResult? Parsed(Command command, string[] args, Terminal terminal)
    {
        ParseResult parsed;
        try
        {
            parsed = command.Parse(args, Parsing);
        }
        catch (InvalidOperationException e)
        {
            // A rule asked for the value of a word that is none of its type: abc where a number is wanted.
            terminal.Complain(e.Message);
            terminal.Complain($"see {CommandPage.NameOf(command)} --help");
            return null;
        }
        var faults = parsed.Errors.Select(error => error.Message).ToList();
        if (faults.Count == 0 && parsed.Action is not (HelpText or HelpAction) && StrayOptions.In(parsed) is { } stray)
            faults.Add($"'{stray}' is no option; what is called so stands after --");
        if (faults.Count == 0)
            return parsed;
        faults.ForEach(terminal.Complain);
        terminal.Complain($"see {CommandPage.NameOf(parsed.CommandResult.Command)} --help");
        return null;
    }

    /// <summary>A command under its original name stands for itself: there is no <c>mdm</c> above it.</summary>
    internal static DescribedCommand LinkedRoot(LinkedCommand linked, Terminal terminal)
    {
        var command = linked.Create(terminal);
        command.Options.Add(Help(terminal, hasShort: !command.Options.Any(option => option.Name == "-h")));
        command.Options.Add(new VersionOption("--version", "-V") { Description = VersionHelp });
        return command;
    }

    internal static DescribedRoot Root(Terminal terminal)
    {
        var root = new DescribedRoot(Description)
        {
            LsCommand.Create(terminal),
            StatCommand.Create(terminal),
            GetCommand.Create(terminal),
            PutCommand.Create(terminal),
            RegisterCommand.Create(terminal),
            CatCommand.Create(terminal),
            DecryptCommand.Create(terminal),
            SumCommand.Create(terminal),
            DirectoryCommands.Mkdir(terminal),
            DirectoryCommands.Rmdir(terminal),
            DirectoryCommands.Rm(terminal),
            DirectoryCommands.Mv(terminal),
            PermissionCommands.Chmod(terminal),
            PermissionCommands.GetAcl(terminal),
            PingCommand.Create(terminal),
            FindCommand.Create(terminal),
            MetaCommands.Create(terminal),
            QueryCommand.Create(terminal),
            PublishCommand.Create(terminal),
            WithdrawCommand.Create(terminal),
            AdminCommand.Create(terminal),
            KeyCommands.Create(terminal),
            KeystoreCommands.Create(terminal),
            ReidentifyCommand.Create(terminal),
            MigrateCommand.Create(terminal),
            DemoGridCommand.Create(terminal),
            InstallLinksCommand.Create(terminal),
            ManCommand.Create(terminal),
            CompletionCommand.Create(terminal),
            CompletionCommand.Complete(terminal),
            new Example("export MDM_ENDPOINT=srm://se.example.org:8443; mdm ls -l /grid/biomed", "Names the host once, and lists a directory of it."),
            new Example("mdm find 'Modality = \"MR\"' --get ./images", "Finds images on all metadata servers, and fetches them."),
            new Example("mdm get --help", "Tells of one command; mdm man get | man -l - shows its page."),
            GridNotes.Sealed,
        };
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Options.Add(Help(terminal, hasShort: true));
        root.Options.OfType<VersionOption>().Single().Description = VersionHelp;
        return root;
    }

    // Without /h and /?, which it has by itself: they are paths. And some commands have another -h.
    private static HelpOption Help(Terminal terminal, bool hasShort) => new("--help", hasShort ? ["-h", "-?"] : ["-?"]) { Action = new HelpText(terminal), Description = "Show help." };

    private static int Fail(Terminal terminal, string message, int code)
    {
        try
        {
            terminal.Output.Flush();
        }
        catch (IOException)
        {
            // The output is what is gone.
            return code;
        }
        terminal.Complain(message);
        return code;
    }
}
