using Mdm.Abstractions;
using Mdm.Plugins.Amga.Rights;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Users that the server itself knows, and the certificates that stand for them.</summary>
internal static class UserCommands
{
    public static readonly CommandEntry[] All =
    [
        new("user_create", "user", "USER [PASSWORD]", 1, 2, static async (session, arguments, _, cancellationToken) =>
        {
            var password = arguments.Count > 1 ? await DeriveAsync(session, arguments[1], needsRoot: true, mayBeDerived: true).ConfigureAwait(false) : null;
            await session.WriteAsync(request =>
            {
                request.DemandRoot();
                if (!GroupName.IsName(arguments[0]))
                    throw new AmgaException(AmgaError.IllegalKey, $"A user's name is lower-case letters, digits, '_' and '-', at most {GroupName.MaxLength} (MaxLength).");
                if (request.Sql.Execute("INSERT INTO users (name, password) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", arguments[0], password) == 0)
                    throw new AmgaException(AmgaError.Exists, "There is a user of that name already.");
            }, cancellationToken).ConfigureAwait(false);
        }),
        new("user_remove", "user", "USER", 1, 1, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            request.DemandRoot();
            if (Existing(request, arguments[0]) == Principals.Root)
                throw new AmgaException(AmgaError.PermissionDenied, "root stays.");
            request.Sql.Execute("DELETE FROM subjects WHERE name = $1", arguments[0]);
            request.Sql.Execute("DELETE FROM members WHERE name = $1", arguments[0]);
            request.Sql.Execute("DELETE FROM users WHERE name = $1", arguments[0]);
            request.Tree.Changed();
        }, cancellationToken).ConfigureAwait(false)),
        new("user_password_change", "user", "USER PASSWORD", 2, 2, static async (session, arguments, _, cancellationToken) =>
        {
            var isOther = arguments[0] != session.Who.User;
            var password = await DeriveAsync(session, arguments[1], needsRoot: isOther, mayBeDerived: false).ConfigureAwait(false);
            await session.WriteAsync(request =>
            {
                if (isOther)
                    request.DemandRoot();
                request.Sql.Execute("UPDATE users SET password = $2 WHERE name = $1", Existing(request, arguments[0]), password);
            }, cancellationToken).ConfigureAwait(false);
        }),
        new("user_subject_add", "user", "USER 'DN'", 2, 2, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            request.DemandRoot();
            if (request.Sql.Execute("INSERT INTO subjects (subject, name) VALUES ($1, $2) ON CONFLICT (subject) DO NOTHING", Subject(arguments[1]), Existing(request, arguments[0])) == 0)
                throw new AmgaException(AmgaError.Exists, "That certificate stands for a user already.");
        }, cancellationToken).ConfigureAwait(false)),
        new("user_subject_remove", "user", "USER 'DN'", 2, 2, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            request.DemandRoot();
            if (request.Sql.Execute("DELETE FROM subjects WHERE subject = $1 AND name = $2", Subject(arguments[1]), Existing(request, arguments[0])) == 0)
                throw new AmgaException(AmgaError.NoSuchEntry, "That certificate does not stand for him.");
        }, cancellationToken).ConfigureAwait(false)),
        new("user_list", "user", "", 0, 0, GroupCommands.List(static (request, _) =>
        {
            request.DemandRoot();
            return request.Sql.Query("SELECT name FROM users ORDER BY name", static row => row.GetString(0));
        })),
        new("user_listcred", "user", "USER", 0, 1, GroupCommands.List(static (request, arguments) =>
        {
            if (arguments.Or(0, request.Who.User) != request.Who.User)
                request.DemandRoot();
            return request.Sql.Query("SELECT subject FROM subjects WHERE name = $1 ORDER BY subject", static row => row.GetString(0), Existing(request, arguments.Or(0, request.Who.User)));
        })),
        new("user_dump", "user", "", 0, 0, GroupCommands.List(static (request, _) =>
        {
            request.DemandRoot();
            return
            [
                .. request.Sql.Query("SELECT name, password FROM users WHERE name <> 'root' ORDER BY name", static row =>
                    row.IsDBNull(1) ? Quoting.Line("user_create", row.GetString(0)) : Quoting.Line("user_create", row.GetString(0), row.GetString(1))),
                .. request.Sql.Query("SELECT name, subject FROM subjects ORDER BY name, subject", static row => Quoting.Line("user_subject_add", row.GetString(0), row.GetString(1))),
            ];
        })),
    ];

    // What a dump gives back is derived already. Asked first, so that nobody else makes the server work.
    private static async Task<string> DeriveAsync(Session session, string password, bool needsRoot, bool mayBeDerived)
    {
        if (needsRoot && !session.Who.IsRoot)
            throw new AmgaException(AmgaError.PermissionDenied, "Only root may do that.");
        return mayBeDerived && PasswordHash.Is(password) ? password : await Task.Run(() => PasswordHash.Of(password)).ConfigureAwait(false);
    }

    // AMGA writes "C = XX, O = Grid, CN = Jane Doe"; the slash form is taken as well.
    private static string Subject(string text)
    {
        var slashes = text.StartsWith('/') ? text : "/" + string.Join('/', text.Split(',').Select(static part => string.Join('=', part.Split('=', 2).Select(static side => side.Trim()))));
        return DistinguishedName.TryParse(slashes, out var subject) ? subject.ToString() : throw new AmgaException(AmgaError.IllegalCommand, "That is no subject of a certificate.");
    }

    private static string Existing(Request request, string name) =>
        request.Sql.Scalar<long>("SELECT count(*) FROM users WHERE name = $1", name) != 0 ? name : throw new AmgaException(AmgaError.NoSuchUser, "There is no such user.");
}
