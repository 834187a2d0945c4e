using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Groups of users.</summary>
internal static class GroupCommands
{
    public static readonly CommandEntry[] All =
    [
        new("grp_create", "group", "GROUP", 1, 1, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            if (request.Sql.Execute("INSERT INTO groups (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", Owned(request, arguments[0])) == 0)
                throw new AmgaException(AmgaError.Exists, "There is a group of that name already.");
        }, cancellationToken).ConfigureAwait(false)),
        new("grp_delete", "group", "GROUP", 1, 1, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var group = Existing(request, Owned(request, arguments[0]));
            request.Sql.Execute("DELETE FROM members WHERE grp = $1", group);
            request.Sql.Execute("DELETE FROM groups WHERE name = $1", group);
            // A group of that name that is made again is another one.
            request.Sql.Execute("DELETE FROM acl WHERE grp = $1", group);
            request.Sql.Execute("DELETE FROM entry_acl WHERE grp = $1", group);
            request.Sql.Execute("DELETE FROM attr_acl WHERE grp = $1", group);
            request.Tree.Changed();
        }, cancellationToken).ConfigureAwait(false)),
        new("grp_adduser", "group", "GROUP USER", 2, 2, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var group = Existing(request, Owned(request, arguments[0]));
            if (arguments[1].Length is 0 or > Mdm.Abstractions.DistinguishedName.MaxLength || !PrintableText.Is(arguments[1]))
                throw new AmgaException(AmgaError.NoSuchUser, "That is no name of a user.");
            request.Sql.Execute("INSERT INTO members (grp, name) VALUES ($1, $2) ON CONFLICT (grp, name) DO NOTHING", group, arguments[1]);
            request.Tree.Changed();
        }, cancellationToken).ConfigureAwait(false)),
        new("grp_removeuser", "group", "GROUP USER", 2, 2, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            if (request.Sql.Execute("DELETE FROM members WHERE grp = $1 AND name = $2", Existing(request, Owned(request, arguments[0])), arguments[1]) == 0)
                throw new AmgaException(AmgaError.NoSuchUser, "He is not in that group.");
            request.Tree.Changed();
        }, cancellationToken).ConfigureAwait(false)),
        new("grp_show", "group", "GROUP", 1, 1, List(static (request, arguments) =>
        {
            var group = GroupName.Own(request.Who, arguments[0]);
            if (!request.Who.Groups.Contains(group))
                group = Owned(request, arguments[0]);
            return request.Sql.Query("SELECT name FROM members WHERE grp = $1 ORDER BY name", static row => row.GetString(0), Existing(request, group));
        })),
        new("grp_member", "group", "[USER]", 0, 1, List(static (request, arguments) =>
            request.Sql.Query("SELECT grp FROM members WHERE name = $1 ORDER BY grp", static row => row.GetString(0), Oneself(request, arguments.Or(0, request.Who.User))))),
        new("grp_list", "group", "[USER|--all]", 0, 1, List(static (request, arguments) =>
        {
            if (arguments.Or(0, string.Empty) == "--all")
            {
                request.DemandRoot();
                return request.Sql.Query("SELECT name FROM groups ORDER BY name", static row => row.GetString(0));
            }
            var prefix = Oneself(request, arguments.Or(0, request.Who.User)) + ":";
            return request.Sql.Query("SELECT name FROM groups WHERE substr(name, 1, length($1)) = $1 ORDER BY name", static row => row.GetString(0), prefix);
        })),
        new("grp_dump", "group", "", 0, 0, List(static (request, _) =>
        {
            request.DemandRoot();
            return
            [
                .. request.Sql.Query("SELECT name FROM groups ORDER BY name", static row => Quoting.Line("grp_create", row.GetString(0))),
                .. request.Sql.Query("SELECT grp, name FROM members ORDER BY grp, name", static row => Quoting.Line("grp_adduser", row.GetString(0), row.GetString(1))),
            ];
        })),
    ];

    /// <summary>A command whose answer is a list of lines.</summary>
    public static CommandRun List(Func<Request, Arguments, List<string>> lines) => async (session, arguments, answer, cancellationToken) =>
        await answer.WriteAllAsync(await session.ReadAsync(request => lines(request, arguments), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    // A group belongs to whom its name begins with.
    private static string Owned(Request request, string text)
    {
        var group = GroupName.Own(request.Who, text);
        if (group == Principals.AnyUser)
            throw new AmgaException(AmgaError.PermissionDenied, "That group is everybody's.");
        return request.Who.IsRoot || group[..group.LastIndexOf(':')] == request.Who.User ? group : throw new AmgaException(AmgaError.PermissionDenied, "Only the group's owner and root may do that.");
    }

    private static string Oneself(Request request, string user)
    {
        if (user != request.Who.User)
            request.DemandRoot();
        return user;
    }

    private static string Existing(Request request, string group) =>
        request.Sql.Scalar<long>("SELECT count(*) FROM groups WHERE name = $1", group) != 0 ? group : throw new AmgaException(AmgaError.NoSuchEntry, "There is no such group.");
}
