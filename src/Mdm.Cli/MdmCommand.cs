using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Commands;
using Mdm.Cli.Commands.Admin;
using Mdm.Cli.Commands.Keys;
using Mdm.Cli.Commands.Metadata;
using Mdm.Client;

namespace Mdm.Cli;

/// <summary><c>mdm</c>: the commands, and what becomes of what goes wrong in them.</summary>
internal static class MdmCommand
{
    private const string Description =
        "Finds and fetches medical images that a grid storage host (SRM v2.2) holds.\n\n" +
        "A SURL is srm://host:port/path, or /path where MDM_ENDPOINT names the host (srm://host:port). The credential is that of every grid\n" +
        "client: X509_USER_PROXY, /tmp/x509up_uUID, or X509_USER_CERT with X509_USER_KEY; trusted CAs are in X509_CERT_DIR.\n\n" +
        ExitCode.Help;

    // After Ctrl-C: long enough to tell hosts that a request is not wanted any more.
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(8);

    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        try
        {
            var parsed = Root(terminal).Parse(args);
            if (parsed.Errors.Count > 0)
            {
                foreach (var error in parsed.Errors)
                    terminal.Error.WriteLine($"mdm: {error.Message}");
                terminal.Error.WriteLine("mdm: see mdm --help");
                return ExitCode.Usage;
            }
            var invocation = new InvocationConfiguration
            {
                Output = terminal.Output,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = Goodbye,
            };
            var code = await parsed.InvokeAsync(invocation);
            await terminal.Output.FlushAsync();
            return code;
        }
        catch (SrmException e)
        {
            return Fail(terminal, e.Message, ExitCode.Of(e));
        }
        catch (MdmException e)
        {
            return Fail(terminal, e.Message, ExitCode.Of(e));
        }
        catch (OperationCanceledException)
        {
            return Fail(terminal, "interrupted", ExitCode.Interrupted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A local file or directory; or nobody reads the output any more, as under head.
            return Fail(terminal, e.Message, ExitCode.Failed);
        }
    }

    internal static RootCommand Root(Terminal terminal) => new(Description)
    {
        LsCommand.Create(terminal),
        StatCommand.Create(terminal),
        GetCommand.Create(terminal),
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
        QueryCommand.Mdcli(terminal),
        PublishCommand.Create(terminal),
        WithdrawCommand.Create(terminal),
        AdminCommand.Create(terminal),
        KeyCommands.Create(terminal),
        KeystoreCommands.Create(terminal),
        ReidentifyCommand.Create(terminal),
        DemoGridCommand.Create(terminal),
    };

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
        terminal.Error.WriteLine($"mdm: {message}");
        return code;
    }
}
