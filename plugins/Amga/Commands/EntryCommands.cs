using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Making and removing entries, and whose they are.</summary>
internal static class EntryCommands
{
    public static readonly CommandEntry[] All =
    [
        new("addentry", "entry", "FILE [ATTR VALUE]…", 1, CommandEntry.Any, static async (session, arguments, _, cancellationToken) =>
            await session.WriteAsync(request => Add(request, session, arguments), cancellationToken).ConfigureAwait(false)),
        new("addentries", "entry", "FILE…", 1, CommandEntry.Any, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            foreach (var path in arguments.From(0))
                Insert(request, session, path, [], []);
        }, cancellationToken).ConfigureAwait(false)),
        new("rm", "entry", "[-rf] PATTERN", 1, 3, static async (session, arguments, _, cancellationToken) =>
            await session.WriteAsync(request => Remove(request, arguments), cancellationToken).ConfigureAwait(false)),
        new("link", "entry", "FILE TARGET", 2, 2, static async (session, arguments, _, cancellationToken) =>
            await session.WriteAsync(request => Link(request, session, arguments[0], arguments[1]), cancellationToken).ConfigureAwait(false)),
        new("stat", "entry", "PATTERN", 1, 1, static async (session, arguments, answer, cancellationToken) =>
            await answer.WriteAllAsync(await session.ReadAsync(request => Stat(request, arguments[0]), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)),
        new("chown", "acl", "FILE OWNER", 2, 2, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            if (arguments[1].Length is 0 or > Mdm.Abstractions.DistinguishedName.MaxLength || !PrintableText.Is(arguments[1]))
                throw new AmgaException(AmgaError.IllegalCommand, "That is no name of a user.");
            Change(request, arguments[0], "owner", arguments[1]);
        }, cancellationToken).ConfigureAwait(false)),
        new("chmod", "acl", "FILE rwx", 2, 2, static async (session, arguments, _, cancellationToken) =>
            await session.WriteAsync(request => Change(request, arguments[0], "bits", (long)BitText.Parse(arguments[1])), cancellationToken).ConfigureAwait(false)),
    ];

    /// <summary>Inserts an entry with values.</summary>
    public static void Insert(Request request, Session session, string path, IReadOnlyList<string> names, IReadOnlyList<string> values)
    {
        var absolute = request.Absolute(path);
        if (absolute == "/" || Glob.Is(AmgaPath.Name(absolute)))
            throw new AmgaException(AmgaError.IllegalCommand, "The name of an entry has no wild cards.");
        var directory = request.Directory(AmgaPath.Parent(absolute), Bits.Write);
        var view = request.View(directory, Bits.None);
        var attributes = names.Select(name => request.Writable(view, name)).ToList();
        if (attributes.Distinct().Count() != attributes.Count)
            throw new AmgaException(AmgaError.IllegalKey, "An attribute is named twice.");
        RuleCheck.DemandKnown(request, directory);
        if (request.Tree.Find(absolute) is not null)
            throw new AmgaException(AmgaError.Exists, "There is a directory of that name already.");
        object?[] row = [AmgaPath.Name(absolute), directory.HasAcls ? request.Who.User : null, .. attributes.Select((attribute, i) => AmgaRow.Parse(attribute.Type, values[i]))];
        if (request.Sql.Execute(EntryTable.Insert(directory, attributes), row) == 0)
            throw new AmgaException(AmgaError.Exists, "There is an entry of that name already.");
        if (directory.HasAcls && session.OwnerBits != Bits.All)
            request.Sql.Execute(new BuiltSql($"UPDATE {directory.Table} SET bits = $1 WHERE name = $2"), (long)session.OwnerBits, row[0]);
        RuleCheck.Keep(request, directory, "d0.name = ${0}", row[0]);
    }

    /// <summary>Where a chain of links leads; the path itself for what is no link.</summary>
    public static string Followed(Request request, string path)
    {
        for (var steps = 0; steps <= MaxLinks; steps++)
        {
            var absolute = request.Absolute(path);
            if (absolute == "/" || request.Known(AmgaPath.Parent(absolute)) is not { View: null } directory || (!directory.HasAcls && (Access.Of(request.Who, directory) & Bits.Read) == 0))
                return absolute;
            var rows = new EntryRows(request, request.View(directory, Bits.Read), AmgaPath.Name(absolute));
            if (request.Sql.Scalar<string>(new BuiltSql($"SELECT target FROM {directory.Table} WHERE {rows.Where}"), rows.Values) is not { } target)
                return absolute;
            path = target;
        }
        throw new AmgaException(AmgaError.NoSuchEntry, $"More than {MaxLinks} links lead from one to the next (MaxLinks).");
    }

    private const int MaxLinks = 8;

    private static void Add(Request request, Session session, Arguments arguments)
    {
        if (arguments.Count % 2 == 0)
            throw new AmgaException(AmgaError.IllegalCommand, "Each attribute is followed by its value.");
        Insert(request, session, arguments[0], [.. arguments.From(1).Where(static (_, i) => i % 2 == 0)], [.. arguments.From(1).Where(static (_, i) => i % 2 == 1)]);
    }

    private static void Remove(Request request, Arguments arguments)
    {
        var options = string.Concat(arguments.From(0).Take(arguments.Count - 1));
        if (options.Any(static c => c is not ('-' or 'r' or 'f')))
            throw new AmgaException(AmgaError.IllegalCommand, "The options are -r and -f.");
        var (isDeep, isForced) = (options.Contains('r', StringComparison.Ordinal), options.Contains('f', StringComparison.Ordinal));
        var pattern = arguments[arguments.Count - 1];
        var path = request.Absolute(pattern);
        if (path == "/")
            throw new AmgaException(AmgaError.PermissionDenied, "The root directory stays.");
        if (request.Known(AmgaPath.Parent(path)) is not { View: null } directory)
        {
            if (isForced)
                return;
            throw Request.NoEntry(pattern);
        }
        var count = 0;
        if (isDeep)
        {
            foreach (var below in request.Tree.Below(directory).Where(below => Glob.Matches(AmgaPath.Name(path), AmgaPath.Name(below))))
            {
                if (request.Known(below) is not { } known)
                    continue;
                request.Demanded(directory, Bits.Write);
                request.Demanded(known, Bits.Write);
                DirectoryCommands.RemoveAll(request, known);
                count++;
            }
        }
        var rows = new EntryRows(request, request.View(directory, Bits.Write), AmgaPath.Name(path));
        RuleCheck.DemandReferringKnown(request, directory);
        if (directory.HasAcls || directory.HasFileReaders)
            RemoveAcls(request, directory, rows);
        count += request.Sql.Execute(EntryTable.Delete(directory, rows.Where), rows.Values);
        if (!isForced)
            rows.DemandFound(count, pattern);
        if (!directory.ReferredBy.IsEmpty)
            RuleCheck.KeepReferences(request, directory);
    }

    private static void RemoveAcls(Request request, AmgaDirectory directory, EntryRows rows)
    {
        var numbers = request.Sql.Query(new BuiltSql($"SELECT id FROM {directory.Table} WHERE acl = 1 AND {rows.Where}"), static row => row.GetInt64(0), rows.Values);
        foreach (var number in numbers)
            request.Sql.Execute("DELETE FROM entry_acl WHERE dir = $1 AND entry = $2", directory.Number, number);
    }

    private static void Link(Request request, Session session, string path, string target)
    {
        var absolute = request.Absolute(target);
        var there = EntryRows.Of(request, target, Bits.Read);
        if (there.View.Shown.View is not null || request.Sql.Scalar<long>(new BuiltSql($"SELECT count(*) FROM {there.View.Table.Table} WHERE {there.Where}"), there.Values) != 1)
            throw Request.NoEntry(target);
        Insert(request, session, path, [], []);
        var directory = request.Existing(AmgaPath.Parent(request.Absolute(path)));
        request.Sql.Execute(new BuiltSql($"UPDATE {directory.Table} SET target = $1 WHERE name = $2"), absolute, AmgaPath.Name(request.Absolute(path)));
    }

    // Four lines each: name, collection or entry, owner, the owner's bits.
    private static List<string> Stat(Request request, string pattern)
    {
        var path = request.Absolute(pattern);
        if (request.Known(path) is { } whole)
            return [whole.Path, "collection", whole.Owner, BitText.Of(whole.OwnerBits)];
        var rows = EntryRows.Of(request, pattern, Bits.Read);
        var table = rows.View.Table;
        var found = request.Sql.Query(new BuiltSql($"SELECT name, owner, bits, target FROM {table.Table} WHERE {rows.Where} ORDER BY id"), row => (string[])
        [
            row.GetString(0), row.IsDBNull(3) ? "entry" : "link", row.IsDBNull(1) ? table.Owner : row.GetString(1), BitText.Of(table.HasAcls ? (Bits)row.GetInt32(2) : table.OwnerBits),
        ], rows.Values);
        rows.DemandFound(found.Count, pattern);
        return [.. found.SelectMany(static lines => lines)];
    }

    private static void Change(Request request, string path, string column, object value)
    {
        var absolute = request.Absolute(path);
        if (request.Known(absolute) is not null)
        {
            var governed = request.Governed(path);
            request.Sql.Execute(column == "owner" ? "UPDATE dirs SET owner = $1 WHERE dir = $2" : "UPDATE dirs SET bits = $1 WHERE dir = $2", value, governed.Number);
            request.Tree.Changed();
            return;
        }
        var (directory, _) = EntryAcl.Governed(request, path);
        request.Sql.Execute(new BuiltSql($"UPDATE {directory.Table} SET {column} = $1 WHERE name = $2"), value, AmgaPath.Name(absolute));
    }
}
