using Mdm.Cli.Described;
using Mdm.Cli.Linked;

namespace Mdm.Cli.Lfc;

/// <summary>The commands of the file catalogue, and those of the disk pool's name server, which are the same over other variables.</summary>
internal static class NameFamilies
{
    public static LinkedFamily Lfc { get; } = LinkedFamily.OfYesAndNo(
        "The file catalogue (LFC)",
        Of(NameServer.Lfc, "ls", ListCommand.Create),
        Of(NameServer.Lfc, "mkdir", MakeDirectoryCommand.Create),
        Of(NameServer.Lfc, "rm", RemoveCommand.Create),
        Of(NameServer.Lfc, "rename", RenameCommand.Create),
        Of(NameServer.Lfc, "ln", LinkCommand.Create),
        Of(NameServer.Lfc, "chmod", ModeCommand.Create),
        Of(NameServer.Lfc, "chown", OwnerCommand.Create),
        Of(NameServer.Lfc, "getacl", AclCommands.Get),
        Of(NameServer.Lfc, "setacl", AclCommands.Set),
        Of(NameServer.Lfc, "setcomment", CommentCommands.Set),
        Of(NameServer.Lfc, "delcomment", CommentCommands.Delete),
        Of(NameServer.Lfc, "ping", PingCommand.Create));

    public static LinkedFamily Dpns { get; } = LinkedFamily.OfYesAndNo(
        "The disk pool's name server (DPM)",
        Of(NameServer.Dpns, "ls", ListCommand.Create),
        Of(NameServer.Dpns, "mkdir", MakeDirectoryCommand.Create),
        Of(NameServer.Dpns, "rm", RemoveCommand.Create),
        Of(NameServer.Dpns, "getacl", AclCommands.Get),
        Of(NameServer.Dpns, "setacl", AclCommands.Set),
        Of(NameServer.Dpns, "chmod", ModeCommand.Create),
        Of(NameServer.Dpns, "rename", RenameCommand.Create),
        Of(NameServer.Dpns, "ln", LinkCommand.Create),
        Of(NameServer.Dpns, "chown", OwnerCommand.Create),
        Of(NameServer.Dpns, "ping", PingCommand.Create));

    private static LinkedCommand Of(NameServer server, string command, Func<Terminal, NameServer, DescribedCommand> create) => new(server.NameOf(command), terminal => create(terminal, server));
}
