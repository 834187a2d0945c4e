using System.Collections.Frozen;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>All commands.</summary>
internal static class CommandTable
{
    public static readonly CommandEntry[] All =
    [
        .. SessionCommands.All, .. DirectoryCommands.All, .. EntryCommands.All, .. ValueCommands.All, .. QueryCommands.All, .. UploadCommands.All, .. SchemaCommands.All,
        .. SequenceCommands.All, .. IndexCommands.All, .. ViewCommands.All, .. RuleCommands.All, .. AclCommands.All, .. AttributeGroupCommands.All, .. GroupCommands.All, .. UserCommands.All,
        .. SiteCommands.All, .. DumpCommand.All,
    ];

    public static readonly FrozenDictionary<string, CommandEntry> ByName = All.ToFrozenDictionary(static command => command.Name, StringComparer.Ordinal);
}
