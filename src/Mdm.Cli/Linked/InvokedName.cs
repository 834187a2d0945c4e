namespace Mdm.Cli.Linked;

/// <summary>The name under which the program was started: a link named after a command is that command.</summary>
internal static class InvokedName
{
    // Neither the runtime nor a program that is published natively keeps it: both name the file that the link leads to.
    private const string CommandLine = "/proc/self/cmdline";

    /// <summary>The arguments, the command before them where the name says it.</summary>
    public static string[] Of(string[] arguments) => Of(arguments, File.Exists(CommandLine) ? File.ReadAllText(CommandLine).Split('\0')[0] : MdmCommand.Name);

    internal static string[] Of(string[] arguments, string name) => Path.GetFileName(name) is var command && LinkedCommands.Find(command) is not null ? [command, .. arguments] : arguments;
}
