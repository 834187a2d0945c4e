using System.Collections.Immutable;

namespace Mdm.Sql;

/// <summary>
/// The tables of one kind of store. A migration's number is its place in the list, from 1; what was released is never edited, only added to.
/// </summary>
/// <param name="Name">Whose tables: <c>lfc</c>, <c>requests</c>. A store with another name in it is refused.</param>
/// <param name="Migrations">Run in order, each in a transaction of its own.</param>
public sealed record SqlSchema(string Name, ImmutableArray<SqlMigration> Migrations)
{
    /// <summary>The version that this code knows.</summary>
    public int Version => Migrations.Length;

    /// <summary>Brings the store to <see cref="Version"/>. Forward only. Of several processes one does it, and the others find it done.</summary>
    /// <exception cref="SqlStoreException"><see cref="SqlTrouble.ForeignSchema"/>: newer, or not ours.</exception>
    internal void Apply(SqlSession session, string store)
    {
        while (true)
        {
            session.BeginMigration();
            var number = 0;
            try
            {
                number = (Found(session, store) ?? Claim(session, store)) + 1;
                if (number <= Version)
                {
                    session.ExecuteScript(Migrations[number - 1].For(session.Dialect));
                    session.Execute("INSERT INTO mdm_schema (name, version) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET version = excluded.version", Name, number);
                }
                Keep(session, Math.Min(number, Version));
                session.Commit();
            }
            catch (SqlStoreException e)
            {
                session.RollBackIfOpen();
                if (number == 0)
                    throw;
                throw new SqlStoreException(e.Trouble, $"Migration {number} of the schema '{Name}' failed on {store}; it is as it was before: {e.Message}", e);
            }
            if (number >= Version)
                return;
        }
    }

    /// <summary>Refuses a store that a newer program has migrated since.</summary>
    /// <exception cref="SqlStoreException"><see cref="SqlTrouble.ForeignSchema"/>.</exception>
    internal void Check(SqlSession session, string store)
    {
        session.BeginRead();
        try
        {
            Found(session, store);
        }
        finally
        {
            session.RollBackIfOpen();
        }
    }

    /// <summary>True where the store has all that this code knows.</summary>
    /// <exception cref="SqlStoreException"><see cref="SqlTrouble.ForeignSchema"/>: newer, or not ours.</exception>
    internal bool IsCurrent(SqlSession session, string store) => Found(session, store) == Version;

    /// <summary>The version that is there; null where nobody claimed the store yet.</summary>
    private int? Found(SqlSession session, string store)
    {
        if (!session.HasTable("mdm_schema"))
            return null;
        var rows = session.Query("SELECT name, version FROM mdm_schema", static row => (Name: row.GetString(0), Version: row.GetInt32(1)));
        if (rows.Count == 0)
            return 0;
        if (rows.FirstOrDefault(row => row.Name.StartsWith(StoreCopy.Unfinished, StringComparison.Ordinal)) is { Name: { } half })
            throw new SqlStoreException(SqlTrouble.ForeignSchema, $"{store} is a copy that was not finished ({half}): migrate again, or use the store that it was to be a copy of.");
        if (rows.FirstOrDefault(row => row.Name != Name) is { Name: { } other })
            throw new SqlStoreException(SqlTrouble.ForeignSchema, $"{store} belongs to '{other}'; give '{Name}' a store of its own.");
        return rows[0].Version <= Version
            ? rows[0].Version
            : throw new SqlStoreException(SqlTrouble.ForeignSchema,
                $"{store} has version {rows[0].Version} of the schema '{Name}', this program knows version {Version}: start the newer program, or restore a backup.");
    }

    /// <summary>The texts of what was run stay beside the tables, so that whoever copies the store can make them elsewhere without the program that they belong to.</summary>
    private void Keep(SqlSession session, int version)
    {
        if (!session.HasTable(StoreCopy.MigrationTable))
            session.ExecuteScript(StoreCopy.MigrationTableScript);
        if (session.Scalar<long>($"SELECT count(*) FROM {StoreCopy.MigrationTable}") == version)
            return;
        for (var number = 1; number <= version; number++)
        {
            session.Execute($"INSERT INTO {StoreCopy.MigrationTable} (version, script, postgres) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING",
                number, Migrations[number - 1].Script, Migrations[number - 1].Postgres);
        }
    }

    private int Claim(SqlSession session, string store)
    {
        if (session.HasTable(null))
            throw new SqlStoreException(SqlTrouble.ForeignSchema, $"{store} holds something else; give '{Name}' a store of its own.");
        session.ExecuteScript("CREATE TABLE mdm_schema (name TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL)");
        return 0;
    }
}
