using System.Globalization;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Making, removing and listing directories.</summary>
internal static class DirectoryCommands
{
    private const string Entry = "entry", Collection = "collection";

    public static readonly CommandEntry[] All =
    [
        new("createdir", "directory", "PATH ['acls, inherit, shared' | plain]", 1, 8, static async (session, arguments, _, cancellationToken) =>
            await session.WriteAsync(request => Create(request, session, request.Absolute(arguments[0]), Options(arguments.From(1))), cancellationToken).ConfigureAwait(false)),
        new("rmdir", "directory", "PATTERN", 1, 1, static async (session, arguments, _, cancellationToken) =>
            await session.WriteAsync(request => RemoveMatching(request, arguments[0]), cancellationToken).ConfigureAwait(false)),
        new("dir", "directory", "[PATTERN]", 0, 1, ListAsync),
        new("ls", "directory", "[PATTERN]", 0, 1, ListAsync),
        new("listentries", "entry", "DIR", 0, 1, static (session, arguments, answer, cancellationToken) =>
            session.StreamAsync((request, spool) => WriteEntries(request, request.Existing(arguments.Or(0, ".")), "*", spool, null), answer, cancellationToken)),
    ];

    /// <summary>Makes a directory for whoever asks; rights on the one above are asked.</summary>
    public static AmgaDirectory Create(Request request, Session session, string path, DirectoryOptions options)
    {
        var parent = request.Directory(AmgaPath.Parent(path), Bits.Write);
        if (path == "/" || request.Tree.Find(path) is not null)
            throw new AmgaException(AmgaError.DirectoryExists, "There is a directory of that name already.");
        if (IsEntry(request, parent, AmgaPath.Name(path)))
            throw new AmgaException(AmgaError.Exists, "There is an entry of that name already.");
        if (Glob.Is(path))
            throw new AmgaException(AmgaError.IllegalCommand, "A name has no wild cards.");
        options |= parent.Options & DirectoryOptions.Inherit;
        var directory = Insert(request, parent, path, request.Who.User, session.OwnerBits, options);
        if ((options & DirectoryOptions.Inherit) != 0)
            Inherit(request, parent, directory);
        else if (request.Who.Identity?.PrimaryFqan is { } fqan && ((options & DirectoryOptions.Shared) != 0 ? session.OwnerBits : session.GroupBits) is var bits and not Bits.None)
            request.Sql.Execute("INSERT INTO acl (dir, grp, bits, is_declared) VALUES ($1, $2, $3, 0)", directory.Number, fqan.ToString(), (long)bits);
        request.Tree.Changed();
        return directory;
    }

    /// <summary>Makes a directory and its table; nobody is asked.</summary>
    public static AmgaDirectory Insert(Request request, AmgaDirectory parent, string path, string owner, Bits bits, DirectoryOptions options)
    {
        var number = request.Sql.Scalar<long>("INSERT INTO dirs (parent, path, owner, bits, options, has_files) VALUES ($1, $2, $3, $4, $5, 0) RETURNING dir",
            parent.Number, path, owner, (long)bits, (long)options);
        EntryTable.Create(request.Sql, number);
        return new AmgaDirectory(number, path, owner, bits, options, HasFiles: false);
    }

    /// <summary>True where the directory has an entry of that name.</summary>
    public static bool IsEntry(Request request, AmgaDirectory directory, string name) =>
        request.Sql.Scalar<long>(new BuiltSql($"SELECT count(*) FROM {directory.Table} WHERE name = $1"), name) != 0;

    /// <summary>Removes a directory or view that holds nothing.</summary>
    public static void Remove(Request request, AmgaDirectory directory)
    {
        if (directory.Path == "/")
            throw new AmgaException(AmgaError.PermissionDenied, "The root directory stays.");
        if (request.Tree.Below(directory).Count > 0)
            throw NotEmpty();
        if (directory.View is null)
        {
            if (request.Sql.Scalar<long>("SELECT count(*) FROM dirs WHERE view_of = $1", directory.Number) != 0 || directory.ReferredBy.Any(path => path != directory.Path))
                throw new AmgaException(AmgaError.NotEmpty, "A view or rule elsewhere needs that directory; remove it first.");
            EntryTable.Drop(request.Sql, directory.Number);
        }
        foreach (var statement in (string[])
        [
            "DELETE FROM view_attrs WHERE dir = $1", "DELETE FROM rules WHERE dir = $1", "DELETE FROM indices WHERE dir = $1", "DELETE FROM sequences WHERE dir = $1",
            "DELETE FROM acl WHERE dir = $1", "DELETE FROM entry_acl WHERE dir = $1", "DELETE FROM attr_acl WHERE dir = $1", "DELETE FROM attr_groups WHERE dir = $1",
            "DELETE FROM attrs WHERE dir = $1", "DELETE FROM dirs WHERE dir = $1",
        ])
            request.Sql.Execute(statement, directory.Number);
        request.Tree.Changed();
    }

    /// <summary>Removes a directory with all that is in it.</summary>
    public static void RemoveAll(Request request, AmgaDirectory directory)
    {
        foreach (var below in request.Tree.Below(directory))
        {
            var known = request.Known(below) ?? throw NotEmpty();
            request.Demanded(known, Bits.Write);
            RemoveAll(request, known);
        }
        Remove(request, directory);
    }

    private static void RemoveMatching(Request request, string pattern)
    {
        var path = request.Absolute(pattern);
        var parent = request.Directory(AmgaPath.Parent(path), Bits.Write);
        var matching = Glob.Is(AmgaPath.Name(path))
            ? [.. request.Tree.Below(parent).Where(below => Glob.Matches(AmgaPath.Name(path), AmgaPath.Name(below)) && request.Known(below) is { View: null })]
            : new List<string> { path };
        foreach (var one in matching)
        {
            if (request.Known(one) is not { } directory)
            {
                throw request.Tree.Find(one) is null && IsEntry(request, parent, AmgaPath.Name(one))
                    ? new AmgaException(AmgaError.NotEmpty, "That is an entry, not a directory.") : Request.NoEntry(pattern);
            }
            // Entries count as well where one may not see them: a directory must not vanish under somebody else's rows.
            if (directory.View is null && request.Sql.First(new BuiltSql($"SELECT 1 FROM {directory.Table} LIMIT 1"), static _ => true))
                throw NotEmpty();
            Remove(request, directory);
        }
    }

    public static DirectoryOptions Options(IEnumerable<string> words)
    {
        var options = DirectoryOptions.None;
        foreach (var word in words.SelectMany(static word => word.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)))
        {
            options |= word switch
            {
                "acl" or "acls" => DirectoryOptions.Acls,
                "inherit" => DirectoryOptions.Inherit,
                "shared" => DirectoryOptions.Shared,
                "plain" => DirectoryOptions.None,
                _ => throw new AmgaException(AmgaError.IllegalCommand, "The options are acls, inherit, shared and plain."),
            };
        }
        return options;
    }

    // Attributes that are not there for him he takes over all the same: the new directory is his, but in it they are as restricted as above, and their owner is who can lift that.
    private static void Inherit(Request request, AmgaDirectory parent, AmgaDirectory directory)
    {
        if (!parent.AttributeAcl.IsEmpty && !Access.Governs(request.Who, parent))
        {
            // Being owner of the copy would open what is restricted in the original, so only what is there for him is taken over.
            parent = parent with { Attributes = Access.Attributes(request.Who, parent) };
        }
        foreach (var attribute in parent.Attributes)
            SchemaCommands.Add(request, directory, attribute.Name, attribute.Type, attribute.Group);
        foreach (var (group, bits) in parent.Acl)
            request.Sql.Execute("INSERT INTO acl (dir, grp, bits, is_declared) VALUES ($1, $2, $3, 0)", directory.Number, group, (long)bits);
        foreach (var (attributes, rights) in parent.AttributeAcl.Where(restricted => parent.Attributes.Any(attribute => attribute.Group == restricted.Key)))
        {
            request.Sql.Execute("INSERT INTO attr_groups (dir, attr_group) VALUES ($1, $2)", directory.Number, attributes);
            foreach (var (group, bits) in rights)
                request.Sql.Execute("INSERT INTO attr_acl (dir, attr_group, grp, bits, is_declared) VALUES ($1, $2, $3, $4, 0)", directory.Number, attributes, group, (long)bits);
        }
    }

    private static ValueTask ListAsync(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken) => session.StreamAsync((request, spool) =>
    {
        var path = request.Absolute(arguments.Or(0, "."));
        var whole = Glob.Is(path) ? null : request.Known(path);
        var directory = whole ?? request.Known(AmgaPath.Parent(path)) ?? throw Request.NoEntry(arguments.Or(0, "."));
        var pattern = whole is null ? AmgaPath.Name(path) : "*";
        var found = 0;
        foreach (var below in request.Tree.Below(directory).Where(below => Glob.Matches(pattern, AmgaPath.Name(below)) && request.Known(below) is not null))
        {
            spool.Write(below);
            spool.Write(Collection);
            found++;
        }
        if (directory.View is null && (directory.HasAcls || (Access.Of(request.Who, directory) & Bits.Read) != 0))
            found += WriteEntries(request, directory, pattern, spool, Entry);
        if (found == 0 && whole is null && !Glob.Is(path))
            throw Request.NoEntry(arguments[0]);
    }, answer, cancellationToken);

    private static int WriteEntries(Request request, AmgaDirectory directory, string pattern, Spool spool, string? kind)
    {
        var rows = new EntryRows(request, request.View(directory, Bits.Read), pattern);
        var count = 0;
        request.Sql.ForEach(EntryTable.Select(rows.View.Table, [], rows.Where), row =>
        {
            spool.Write(row.GetString(1));
            if (kind is not null)
                spool.Write(kind);
            count++;
        }, rows.Values);
        return count;
    }

    private static AmgaException NotEmpty() => new(AmgaError.NotEmpty, "The directory is not empty.");
}
