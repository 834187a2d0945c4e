using Mdm.Abstractions;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Files;

/// <summary>Who finds a file's row, where they are fewer than its directory admits: kept as rights of the entry, read by <see cref="Access.Rows"/>.</summary>
internal static class FileReaders
{
    /// <summary>Puts readers in the place of those that a row has.</summary>
    public static void Put(Request request, AmgaDirectory directory, FileId file, RowReaders readers)
    {
        if (!readers.IsRestricted && !directory.HasFileReaders)
            return;
        var entry = request.Sql.Scalar<long>(new BuiltSql($"SELECT id FROM {directory.Table} WHERE name = $1"), EntryTable.NameOf(file));
        Forget(request, directory.Number, entry);
        foreach (var reader in readers.Named)
            request.Sql.Execute("INSERT INTO entry_acl (dir, entry, grp, bits) VALUES ($1, $2, $3, $4)", directory.Number, entry, NameOf(reader), (long)(reader.MayFind ? Bits.Read : Bits.None));
        request.Sql.Execute(new BuiltSql($"UPDATE {directory.Table} SET acl = $1 WHERE id = $2"), readers.IsRestricted ? 1L : 0L, entry);
        if (directory.HasFileReaders)
            return;
        request.Sql.Execute("UPDATE dirs SET options = $1 WHERE dir = $2", (long)(directory.Options | DirectoryOptions.FileReaders), directory.Number);
        request.Tree.Changed();
    }

    /// <summary>Takes the readers of a row that goes.</summary>
    public static void Remove(Request request, AmgaDirectory directory, FileId file)
    {
        if (directory.HasFileReaders)
            Forget(request, directory.Number, request.Sql.Scalar<long>(new BuiltSql($"SELECT id FROM {directory.Table} WHERE name = $1 AND file_id IS NOT NULL"), EntryTable.NameOf(file)));
    }

    /// <summary>A page of the rows of files after that one, by name, with their readers.</summary>
    public static List<RowRights> Page(Request request, AmgaDirectory directory, string after, int size)
    {
        var rows = request.Sql.Query(new BuiltSql($"SELECT id, name, acl FROM {directory.Table} WHERE file_id IS NOT NULL AND name > $1 ORDER BY name LIMIT $2"),
            static row => (Entry: row.GetInt64(0), Name: row.GetString(1), IsRestricted: row.GetInt32(2) != 0), after, size);
        if (!rows.Exists(static row => row.IsRestricted))
            return rows.ConvertAll(static row => new RowRights(FileGuid.Parse(row.Name), RowReaders.AsCollection));
        var named = request.Sql.Query(
            new BuiltSql($"SELECT r.entry, r.grp, r.bits FROM {directory.Table} AS e CROSS JOIN entry_acl AS r WHERE e.file_id IS NOT NULL AND e.acl = 1 AND e.name > $1 AND e.name <= $2 AND r.dir = $3 AND r.entry = e.id"),
            static row => (Entry: row.GetInt64(0), Reader: ReaderOf(row.GetString(1), (Bits)row.GetInt32(2))), after, rows[^1].Name, directory.Number).ToLookup(static right => right.Entry, static right => right.Reader);
        return rows.ConvertAll(row => new RowRights(FileGuid.Parse(row.Name), row.IsRestricted ? RowReaders.Only(named[row.Entry]) : RowReaders.AsCollection));
    }

    private static void Forget(Request request, long directory, long entry) => request.Sql.Execute("DELETE FROM entry_acl WHERE dir = $1 AND entry = $2", directory, entry);

    private static string NameOf(RowReader reader) => reader.User?.ToString() ?? reader.Group?.ToString() ?? Principals.AnyUser;

    // The parts of a subject have types, those of a group have none: no text is both.
    private static RowReader ReaderOf(string name, Bits bits) => new(
        name == Principals.AnyUser || Fqan.TryParse(name, out _) ? null : DistinguishedName.Parse(name),
        name != Principals.AnyUser && Fqan.TryParse(name, out var group) ? group : null,
        (bits & Bits.Read) != 0);
}
