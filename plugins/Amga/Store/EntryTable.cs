using System.Globalization;
using System.Text;
using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Store;

/// <summary>The tables of entries and the statements that make and change them. All names in them are numbers of ours.</summary>
internal static class EntryTable
{
    /// <summary>Columns that every table has: the row's number, the entry's name, owner (null: the directory's), bits, whether it has an ACL of its own, the file it stands for, and where a link leads.</summary>
    public const string Key = "id", Name = "name", Owner = "owner", OwnBits = "bits", HasAcl = "acl", File = "file_id", Target = "target";

    /// <summary>A varchar that is indexed by itself has at most so many characters.</summary>
    public const int MaxIndexedLength = 255;

    /// <summary>The name of the entry that stands for a file, which is the same in every store.</summary>
    public static string NameOf(FileId file) => FileGuid.NameOf(file);

    /// <summary>Renames entries of files, which were once called by their ids alone. All of a table or none are.</summary>
    public static void NameFiles(SqlSession session, long directory)
    {
        var table = TableOf(directory);
        if (session.Query(new BuiltSql($"SELECT name FROM {table} WHERE file_id IS NOT NULL ORDER BY id LIMIT 1"), static row => row.GetString(0)) is not [var first] || !FileId.TryParse(first, out _))
            return;
        session.Execute(new BuiltSql($"""
            UPDATE {table} SET name = '{FileGuid.Prefix}' || substr(name, 1, 8) || '-' || substr(name, 9, 4) || '-' || substr(name, 13, 4) || '-' || substr(name, 17, 4) || '-' || substr(name, 21)
            WHERE file_id IS NOT NULL
            """));
    }

    public static void Create(SqlSession session, long directory) => session.Execute(new BuiltSql($"""
        CREATE TABLE {TableOf(directory)} (
            id      INTEGER PRIMARY KEY AUTOINCREMENT,
            name    TEXT    NOT NULL UNIQUE,
            owner   TEXT,
            bits    INTEGER NOT NULL DEFAULT 7,
            acl     INTEGER NOT NULL DEFAULT 0,
            file_id BLOB,
            target  TEXT
        )
        """));

    public static void Drop(SqlSession session, long directory) => session.Execute(new BuiltSql($"DROP TABLE {TableOf(directory)}"));

    public static void AddColumn(SqlSession session, AmgaDirectory directory, AmgaAttribute attribute)
    {
        var type = attribute.Type.Kind switch { AmgaKind.Int or AmgaKind.Timestamp or AmgaKind.Numeric => "INTEGER", AmgaKind.Float => "REAL", _ => "TEXT" };
        session.Execute(new BuiltSql($"ALTER TABLE {directory.Table} ADD COLUMN {attribute.Column} {type}"));
        if (IsIndexed(attribute.Type))
            session.Execute(new BuiltSql($"CREATE INDEX i{Text(attribute.Number)} ON {directory.Table} ({attribute.Column})"));
    }

    public static void DropColumn(SqlSession session, AmgaDirectory directory, AmgaAttribute attribute)
    {
        session.Execute(new BuiltSql($"DROP INDEX IF EXISTS i{Text(attribute.Number)}"));
        session.Execute(new BuiltSql($"ALTER TABLE {directory.Table} DROP COLUMN {attribute.Column}"));
    }

    /// <summary>True for what gets an index by itself.</summary>
    public static bool IsIndexed(AmgaType type) => type.Kind != AmgaKind.Text && (type.Kind != AmgaKind.Varchar || type.Length <= MaxIndexedLength);

    /// <summary>Inserts a row unless there is one of that name. Parameters: name, owner, then the columns' values.</summary>
    public static BuiltSql Insert(AmgaDirectory directory, IReadOnlyList<AmgaAttribute> attributes, int rows = 1)
    {
        var sql = new StringBuilder("INSERT INTO ").Append(directory.Table).Append(" (name, owner");
        foreach (var attribute in attributes)
            sql.Append(", ").Append(attribute.Column);
        sql.Append(") VALUES ");
        var parameter = 0;
        for (var row = 0; row < rows; row++)
        {
            sql.Append(row == 0 ? "(" : ", (");
            for (var column = 0; column < attributes.Count + 2; column++)
                sql.Append(column == 0 ? "$" : ", $").Append(++parameter);
            sql.Append(')');
        }
        return new BuiltSql(sql.Append(" ON CONFLICT (name) DO NOTHING").ToString());
    }

    /// <summary>Sets columns: the first parameters are their values, the rest those of the condition, which counts on from there.</summary>
    public static BuiltSql Update(AmgaDirectory directory, IReadOnlyList<AmgaAttribute> attributes, string where) =>
        new($"UPDATE {directory.Table} SET {string.Join(", ", attributes.Select(static (attribute, i) => $"{attribute.Column} = ${i + 1}"))} WHERE {where}");

    public static BuiltSql Delete(AmgaDirectory directory, string where) => new($"DELETE FROM {directory.Table} WHERE {where}");

    /// <summary>Rows' numbers, names and columns, in the order in which they were made.</summary>
    public static BuiltSql Select(AmgaDirectory directory, IEnumerable<AmgaAttribute> attributes, string where, string? further = null) =>
        new($"SELECT id, name{string.Concat(attributes.Select(static attribute => ", " + attribute.Column))}{(further is null ? string.Empty : ", " + further)} FROM {directory.Table} WHERE {where} ORDER BY id");

    public static string TableOf(long directory) => "e" + Text(directory);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
