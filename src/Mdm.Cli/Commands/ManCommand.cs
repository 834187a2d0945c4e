using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm man [COMMAND]</c>.</summary>
internal static class ManCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var words = new Argument<string[]>("COMMAND") { Description = "As key register, or lfc-ls; mdm itself when left out.", Arity = ArgumentArity.ZeroOrMore };
        var command = new DescribedCommand("man", "Writes a command's manual page, for man -l to show.")
        {
            words,
            new Example("mdm man key register | man -l -", "Shows the page of a command."),
            new Example("mdm man lfc-ls > lfc-ls.1", "Keeps it."),
            new SeeAlso("mdm install-links"),
        };
        command.SetAction(parsed =>
        {
            var named = parsed.GetValue(words) is { Length: > 0 } given ? given : [MdmCommand.Name];
            var found = AllCommands.Find(terminal, named) ?? throw new MdmException(MdmErrorKind.InvalidName, $"There is no command '{string.Join(' ', named)}'; mdm --help lists them.");
            terminal.Output.Write(ManPage.Write(CommandPage.Of(found)));
            return ExitCode.Success;
        });
        return command;
    }
}
