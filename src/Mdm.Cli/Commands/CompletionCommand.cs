using System.CommandLine;
using Mdm.Cli.Completion;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm completion bash|zsh</c>, and <c>mdm complete LINE</c>, which the scripts call.</summary>
internal static class CompletionCommand
{
    private const string Bash = "bash";
    private const string Zsh = "zsh";

    public static DescribedCommand Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh.", HelpName = $"{Bash}|{Zsh}" };
        shell.AcceptOnlyFromAmong(Bash, Zsh);
        var command = new DescribedCommand("completion", "Writes what makes a shell complete commands and options, those of the original names too.")
        {
            shell,
            new Example("source <(mdm completion bash)", "For this shell; in ~/.bashrc, for every one."),
            new Example("mdm completion zsh > ~/.zfunc/_mdm", "For every zsh that has ~/.zfunc in its fpath."),
            new SeeAlso("mdm install-links"),
        };
        command.SetAction(parsed =>
        {
            terminal.Output.Write(parsed.GetRequiredValue(shell) == Zsh ? ShellScripts.Zsh : ShellScripts.Bash);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Not shown: between the scripts and the program.</summary>
    public static Command Complete(Terminal terminal)
    {
        var line = new FreeArgument<string>("LINE") { Description = "What stands before the cursor." };
        var command = new Command("complete", "Suggests how a line goes on.") { line };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            foreach (var suggestion in LineCompletion.Of(parsed.GetRequiredValue(line), terminal))
                terminal.Output.WriteLine($"{suggestion.Text}\t{suggestion.Meaning}");
            return ExitCode.Success;
        });
        return command;
    }
}
