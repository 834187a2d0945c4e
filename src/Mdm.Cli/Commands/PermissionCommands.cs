using System.CommandLine;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm chmod</c> and <c>mdm getacl</c>.</summary>
internal static class PermissionCommands
{
    public static Command Chmod(Terminal terminal)
    {
        var rights = new Argument<string>("RIGHTS")
        {
            Description = "owner:rwx, other:r-x, user:/DC=org/CN=Name:r-x or group:/vo/Role=role:r-x, several separated by commas; - before the first removes, + adds.",
        };
        var surl = new Argument<string>("SURL") { Description = "A file or directory." };
        var command = new Command("chmod", "Changes who may do what with an entry.") { rights, surl };
        // What starts with a minus is a change, not an option.
        rights.Validators.Add(result =>
        {
            if (RightsText.Parse(result.GetValueOrDefault<string>()) is null)
                result.AddError($"'{result.GetValueOrDefault<string>()}' does not say who may do what; for example +group:/vo/Role=role:r-x");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var entry = terminal.Surl(parsed.GetRequiredValue(surl));
            var (how, change) = RightsText.Parse(parsed.GetRequiredValue(rights))!.Value;
            using var files = terminal.Open();
            await files.At(entry).SetPermissionAsync(entry, how, change, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    public static Command GetAcl(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "A file or directory." };
        var command = new Command("getacl", "Says who may do what with an entry.") { surl };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var entry = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            foreach (var acl in await files.At(entry).GetPermissionAsync([entry], cancellationToken))
                Print(acl);
            return ExitCode.Success;
        });
        return command;

        void Print(PermissionReturn acl)
        {
            terminal.Output.WriteLine($"# owner: {acl.Owner}");
            terminal.Output.WriteLine($"owner:{LsCommand.Letters(acl.OwnerPermission)}");
            foreach (var user in acl.UserPermissions ?? [])
                terminal.Output.WriteLine($"user:{user.UserId}:{LsCommand.Letters(user.Mode)}");
            foreach (var group in acl.GroupPermissions ?? [])
                terminal.Output.WriteLine($"group:{group.GroupId}:{LsCommand.Letters(group.Mode)}");
            terminal.Output.WriteLine($"other:{LsCommand.Letters(acl.OtherPermission)}");
        }
    }
}
