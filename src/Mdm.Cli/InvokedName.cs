namespace Mdm.Cli;

/// <summary>The name under which the program was started: a link named after a command is that command.</summary>
internal static class InvokedName
{
    private const string CommandLine = "/proc/self/cmdline";
    private static readonly string[] Commands = ["mdcli"];

    /// <summary>The arguments, the command before them where the name says it.</summary>
    public static string[] Of(string[] arguments) => Of(arguments, File.Exists(CommandLine) ? File.ReadAllText(CommandLine).Split('\0')[0] : "mdm");

    internal static string[] Of(string[] arguments, string name) => Path.GetFileName(name) is var command && Commands.Contains(command, StringComparer.Ordinal) ? [command, .. arguments] : arguments;
}
