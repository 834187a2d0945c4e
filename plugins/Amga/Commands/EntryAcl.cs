using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Rights of single entries, in directories that were made for them.</summary>
internal static class EntryAcl
{
    /// <summary>The entry of that path, whose rights he may change.</summary>
    public static (AmgaDirectory Directory, long Entry) Governed(Request request, string path)
    {
        var (directory, entry, owner, isFile) = Found(request, path);
        // The catalogue of files says who finds them, and would say it again.
        if (isFile)
            throw new AmgaException(AmgaError.IllegalCommand, "Who finds a file's entry is said where the file is (glite-mdm-set-right), and not here.");
        return Access.Governs(request.Who, directory) || owner == request.Who.User ? (directory, entry)
            : throw new AmgaException(AmgaError.PermissionDenied, "Only the owner and root may do that.");
    }

    /// <summary>The entry of that path, which he may read.</summary>
    public static (AmgaDirectory Directory, long Entry, string? Owner, bool IsFile) Found(Request request, string path)
    {
        var rows = EntryRows.Of(request, path, Bits.Read);
        var table = rows.View.Table;
        var found = Glob.Is(rows.Pattern) || rows.View.Shown.View is not null ? default
            : request.Sql.First(new BuiltSql($"SELECT id, owner, file_id FROM {table.Table} WHERE {rows.Where}"), static row => (Entry: row.GetInt64(0), Owner: row.IsDBNull(1) ? null : row.GetString(1), IsFile: !row.IsDBNull(2)), rows.Values);
        if (found.Entry == 0)
            throw Request.NoEntry(path);
        return table.HasAcls || found.IsFile ? (table, found.Entry, found.Owner, found.IsFile)
            : throw new AmgaException(AmgaError.IllegalCommand, "Entries there have no rights of their own; their directory was made without 'acls'.");
    }

    /// <summary>The groups' rights: the entry's own, or as long as it has none, its directory's.</summary>
    public static SortedDictionary<string, Bits> Of(Request request, AmgaDirectory directory, long entry)
    {
        var hasOwn = request.Sql.Scalar<long>(new BuiltSql($"SELECT acl FROM {directory.Table} WHERE id = $1"), entry) != 0;
        return new SortedDictionary<string, Bits>(hasOwn
            ? request.Sql.Query("SELECT grp, bits FROM entry_acl WHERE dir = $1 AND entry = $2", static row => (row.GetString(0), (Bits)row.GetInt32(1)), directory.Number, entry).ToDictionary(static r => r.Item1, static r => r.Item2)
            : directory.Acl.ToDictionary(), StringComparer.Ordinal);
    }

    /// <summary>Sets or, with null, removes a group's rights. From then on the entry has an ACL of its own.</summary>
    public static void Set(Request request, AmgaDirectory directory, long entry, string group, Bits? bits)
    {
        var acl = Of(request, directory, entry);
        if (bits is { } granted)
            acl[group] = granted;
        else if (!acl.Remove(group))
            throw Request.NoEntry(group);
        request.Sql.Execute("DELETE FROM entry_acl WHERE dir = $1 AND entry = $2", directory.Number, entry);
        foreach (var (other, theirs) in acl)
            request.Sql.Execute("INSERT INTO entry_acl (dir, entry, grp, bits) VALUES ($1, $2, $3, $4)", directory.Number, entry, other, (long)theirs);
        request.Sql.Execute(new BuiltSql($"UPDATE {directory.Table} SET acl = 1 WHERE id = $1"), entry);
    }
}
