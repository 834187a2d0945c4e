using System.Collections.Immutable;

namespace Mdm.Sql;

/// <summary>
/// The tables of one kind of store. A migration's number is its place in the list, from 1; what was released is never edited, only added to.
/// </summary>
/// <param name="Name">Whose tables: <c>lfc</c>, <c>requests</c>. A file with another name in it is refused.</param>
/// <param name="Migrations">SQL scripts, run in order, each in a transaction of its own.</param>
public sealed record SqlSchema(string Name, ImmutableArray<string> Migrations)
{
    /// <summary>The version that this code knows.</summary>
    public int Version => Migrations.Length;

    /// <summary>Brings the file to <see cref="Version"/>. Forward only.</summary>
    /// <exception cref="SqlStoreException"><see cref="SqlTrouble.ForeignSchema"/>: newer, or not ours.</exception>
    internal void Apply(SqlSession session, string file)
    {
        var found = Found(session, file);
        for (var number = found + 1; number <= Version; number++)
        {
            session.Execute("BEGIN IMMEDIATE");
            try
            {
                session.ExecuteScript(Migrations[number - 1]);
                session.Execute("INSERT INTO mdm_schema (name, version) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET version = excluded.version", Name, number);
                session.Execute("COMMIT");
            }
            catch (SqlStoreException e)
            {
                session.RollBackIfOpen();
                throw new SqlStoreException(e.Trouble, $"Migration {number} of the schema '{Name}' failed on {file}; the file is as it was before it: {e.Message}", e);
            }
        }
    }

    private int Found(SqlSession session, string file)
    {
        if (session.Scalar<long>("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'mdm_schema'") == 0)
        {
            if (session.Scalar<long>("SELECT count(*) FROM sqlite_schema WHERE type = 'table'") > 0)
                throw new SqlStoreException(SqlTrouble.ForeignSchema, $"{file} is a database of something else; give '{Name}' a file of its own.");
            session.Execute("CREATE TABLE mdm_schema (name TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL)");
            return 0;
        }
        var rows = session.Query("SELECT name, version FROM mdm_schema", static row => (Name: row.GetString(0), Version: row.GetInt32(1)));
        if (rows.Count == 0)
            return 0;
        if (rows.FirstOrDefault(row => row.Name != Name) is { Name: { } other })
            throw new SqlStoreException(SqlTrouble.ForeignSchema, $"{file} belongs to '{other}'; give '{Name}' a file of its own.");
        return rows[0].Version <= Version
            ? rows[0].Version
            : throw new SqlStoreException(SqlTrouble.ForeignSchema,
                $"{file} has version {rows[0].Version} of the schema '{Name}', this program knows version {Version}: start the newer program, or restore a backup.");
    }
}
