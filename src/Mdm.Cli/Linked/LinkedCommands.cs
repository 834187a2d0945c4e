using Mdm.Cli.Commands.Metadata;
using Mdm.Cli.Eds;
using Mdm.Cli.Lfc;

namespace Mdm.Cli.Linked;

/// <summary>Every original name that this program answers to: through a link of that name, as <c>mdm NAME</c>, in man pages and completions.</summary>
internal static class LinkedCommands
{
    public static readonly IReadOnlyList<LinkedFamily> Families =
    [
        EdsFamily.Keys,
        EdsFamily.Shares,
        NameFamilies.Lfc,
        NameFamilies.Dpns,
        QueryCommand.Amga,
    ];

    public static IEnumerable<LinkedCommand> All => Families.SelectMany(family => family.Commands);

    /// <summary>The command of an original name, and its family; null when it is none.</summary>
    public static (LinkedFamily Family, LinkedCommand Command)? Find(string name)
    {
        foreach (var family in Families)
        {
            foreach (var command in family.Commands)
            {
                if (command.Name == name)
                    return (family, command);
            }
        }
        return null;
    }
}
