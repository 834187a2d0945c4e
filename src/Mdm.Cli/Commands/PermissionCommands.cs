using System.CommandLine;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm chmod</c> and <c>mdm getacl</c>.</summary>
internal static class PermissionCommands
{
    public static DescribedCommand Chmod(Terminal terminal)
    {
        var rights = new FreeArgument<string>("RIGHTS")
        {
            Description = "owner:rwx, other:r-x, user:/DC=org/CN=Name:r-x or group:/vo/Role=role:r-x, several separated by commas; - before the first removes, + adds.",
        };
        var surl = new Argument<string>("SURL") { Description = "A file or directory." };
        var command = new DescribedCommand("chmod", "Changes who may do what with an entry.")
        {
            rights, surl,
            new Example("mdm chmod +group:/biomed/Role=reader:r-x /grid/biomed/research", "Lets holders of an attribute read, and leaves all else as it is."),
            new Example("mdm chmod other:--- /grid/biomed/research", "Takes everybody else his rights."),
            GridNotes.Srm,
            new SeeAlso("mdm getacl"),
            new SeeAlso("lfc-setacl"),
            new SeeAlso("glite-mdm-set-right"),
        };
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

    public static DescribedCommand GetAcl(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "A file or directory." };
        var json = JsonText.Option();
        var command = new DescribedCommand("getacl", "Says who may do what with an entry.")
        {
            surl, json,
            new Example("mdm getacl /grid/biomed/research", "Owner, named users and groups, and everybody else."),
            new Example("mdm getacl --json /grid/biomed/research", "The same for a script."),
            GridNotes.Srm,
            new SeeAlso("mdm chmod"),
            new SeeAlso("lfc-getacl"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var entry = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            foreach (var acl in await files.At(entry).GetPermissionAsync([entry], cancellationToken))
            {
                if (parsed.GetValue(json))
                    terminal.Output.WriteLine(Json(acl));
                else
                    Print(acl);
            }
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
    private static string Json(PermissionReturn acl) => JsonText.Object(json =>
    {
        json.WriteString("surl", acl.Surl);
        json.WriteIfKnown("owner", acl.Owner);
        json.WriteStartArray("entries");
        Entry("owner", null, acl.OwnerPermission);
        foreach (var user in acl.UserPermissions ?? [])
            Entry("user", user.UserId, user.Mode);
        foreach (var group in acl.GroupPermissions ?? [])
            Entry("group", group.GroupId, group.Mode);
        Entry("other", null, acl.OtherPermission);
        json.WriteEndArray();

        void Entry(string kind, string? name, PermissionMode? rights)
        {
            json.WriteStartObject();
            json.WriteString("kind", kind);
            json.WriteIfKnown("name", name);
            json.WriteString("rights", LsCommand.Letters(rights));
            json.WriteEndObject();
        }
    });
}
