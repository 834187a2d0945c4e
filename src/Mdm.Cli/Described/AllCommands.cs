using System.CommandLine;
using Mdm.Cli.Linked;

namespace Mdm.Cli.Described;

/// <summary>Every command that there is a page of: <c>mdm</c>, those below it, and those under their original names.</summary>
internal static class AllCommands
{
    public static IEnumerable<Command> Of(Terminal terminal) =>
        CommandPage.Tree(MdmCommand.Root(terminal)).Concat(LinkedCommands.All.Select(linked => MdmCommand.LinkedRoot(linked, terminal with { Name = linked.Name })));

    /// <summary>The command that somebody means by its name: <c>mdm key register</c>, the same without <c>mdm</c>, the name of its page, or an original name.</summary>
    public static Command? Find(Terminal terminal, IReadOnlyList<string> words)
    {
        var name = ManPage.NameOf(string.Join(' ', words));
        return Of(terminal).FirstOrDefault(command => ManPage.NameOf(CommandPage.NameOf(command)) is var page && (page == name || page == $"{MdmCommand.Name}-{name}"));
    }
}
