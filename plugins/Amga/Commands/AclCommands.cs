using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Rights of groups on directories and, where their directory was made so, on entries.</summary>
internal static class AclCommands
{
    public static readonly CommandEntry[] All =
    [
        new("acl_add", "acl", "PATH GROUP rwx", 3, 3, static async (session, arguments, _, cancellationToken) =>
            await session.WriteAsync(request => Set(request, arguments[0], GroupName.Of(request.Who, arguments[1]), BitText.Parse(arguments[2])), cancellationToken).ConfigureAwait(false)),
        new("acl_remove", "acl", "PATH GROUP", 2, 2, static async (session, arguments, _, cancellationToken) =>
            await session.WriteAsync(request => Set(request, arguments[0], GroupName.Of(request.Who, arguments[1]), null), cancellationToken).ConfigureAwait(false)),
        new("acl_show", "acl", "PATH", 0, 1, static async (session, arguments, answer, cancellationToken) =>
            await answer.WriteAllAsync(await session.ReadAsync(request => Show(request, arguments.Or(0, ".")), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)),
    ];

    private static void Set(Request request, string path, string group, Bits? bits)
    {
        if (request.Known(request.Absolute(path)) is null)
        {
            var (directory, entry) = EntryAcl.Governed(request, path);
            EntryAcl.Set(request, directory, entry, group, bits);
            return;
        }
        var governed = request.Governed(path);
        if (bits is { } granted)
        {
            request.Sql.Execute("INSERT INTO acl (dir, grp, bits, is_declared) VALUES ($1, $2, $3, 0) ON CONFLICT (dir, grp) DO UPDATE SET bits = excluded.bits, is_declared = 0",
                governed.Number, group, (long)granted);
        }
        else if (request.Sql.Execute("DELETE FROM acl WHERE dir = $1 AND grp = $2", governed.Number, group) == 0)
        {
            throw Request.NoEntry(group);
        }
        request.Tree.Changed();
    }

    private static List<string> Show(Request request, string path)
    {
        if (request.Known(request.Absolute(path)) is { } directory)
            return [.. directory.Acl.Select(static right => $"{right.Key} {BitText.Of(right.Value)}")];
        var (table, entry, _, _) = EntryAcl.Found(request, path);
        return [.. EntryAcl.Of(request, table, entry).Select(static right => $"{right.Key} {(right.Value == Bits.None ? "-" : BitText.Of(right.Value))}")];
    }
}
