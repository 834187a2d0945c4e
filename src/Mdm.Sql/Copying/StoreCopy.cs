using System.Data.Common;
using Mdm.Sql.Postgres;
using Mdm.Sql.Sqlite;

namespace Mdm.Sql;

/// <summary>A table that was copied.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">How many rows it has, there and here.</param>
public readonly record struct CopiedTable(string Name, long Rows);

/// <summary>
/// Copies a store to another place, of the same kind or the other, without the program that it belongs to: the texts of its migrations stand beside its tables. Nobody else has either open meanwhile.
/// The copy is nobody's until all of its rows were read again and found the same; one that broke off is begun anew.
/// </summary>
public static class StoreCopy
{
    /// <summary>Rows that share a transaction of the copy.</summary>
    private const int RowsAtOnce = 10_000;

    internal const string MigrationTable = "mdm_migration";
    internal const string MigrationTableScript = "CREATE TABLE mdm_migration (version INTEGER NOT NULL PRIMARY KEY, script TEXT NOT NULL, postgres TEXT)";
    internal const string Unfinished = "unfinished copy of ";

    /// <summary>Between two tables the source waits for indices and checks of the copy.</summary>
    private static readonly TimeSpan SourceMayIdle = TimeSpan.FromHours(6);

    /// <summary>Copies all of a store.</summary>
    /// <param name="from">A store.</param>
    /// <param name="to">Where nothing is yet, or a copy that broke off.</param>
    /// <param name="tell">Told of each table when it is there.</param>
    /// <param name="cancellationToken">Ends it between two rows.</param>
    /// <exception cref="SqlStoreException">One of them is in use, or cannot be used; the copy is not what was copied.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static IReadOnlyList<CopiedTable> Run(SqlStoreAddress from, SqlStoreAddress to, Action<CopiedTable> tell, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(tell);
        if (from.File is { } file && !File.Exists(file))
            throw new SqlStoreException(SqlTrouble.Configuration, $"There is no store {file}.");
        if (from.Server is { Schema: null })
            throw new SqlStoreException(SqlTrouble.Configuration, "A store that is copied from a server is named with its Schema=, as mdm_requests; docs/operations.md tells those of the product's stores.");
        using var source = Open(from, from.Server?.Schema ?? "store");
        using var reading = source.OpenWriter();
        reading.BeginMigration();
        reading.AllowIdle(SourceMayIdle);
        var store = Identity(reading, source.Name);
        using var target = Open(to, store.Name);
        using var writing = target.OpenWriter();
        Prepare(writing, target.Name, store);
        var copied = Copy(reading, writing, store, tell, cancellationToken);
        writing.BeginWrite();
        writing.Execute("UPDATE mdm_schema SET name = $1, version = $2", store.Name, store.Texts.Count);
        writing.Commit();
        reading.RollBackIfOpen();
        return copied;
    }

    private static ISessionSource Open(SqlStoreAddress address, string name) => address.Server is { } server
        ? PostgresDatabase.Of(server, new SqlSchema(name, []), new SqlStoreOptions("migrate", IsExclusive: true))
        : SqliteFile.Take(address.File!, new SqlStoreOptions("migrate"));

    private static StoreIdentity Identity(SqlSession session, string place)
    {
        if (!session.HasTable("mdm_schema") || session.Query("SELECT name, version FROM mdm_schema", static row => (Name: row.GetString(0), Version: row.GetInt32(1))) is not [var (name, version)])
            throw new SqlStoreException(SqlTrouble.ForeignSchema, $"{place} is no store of this product.");
        if (name.StartsWith(Unfinished, StringComparison.Ordinal))
            throw new SqlStoreException(SqlTrouble.ForeignSchema, $"{place} is itself a copy that was not finished.");
        var texts = session.HasTable(MigrationTable)
            ? session.Query($"SELECT script, postgres FROM {MigrationTable} ORDER BY version", static row => new SqlMigration(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1)))
            : [];
        return texts.Count == version
            ? new StoreIdentity(name, texts)
            : throw new SqlStoreException(SqlTrouble.ForeignSchema, $"{place} was last written by an older version: start the program that it belongs to once in this version, then migrate.");
    }

    private static void Prepare(SqlSession session, string place, StoreIdentity store)
    {
        // Rows that refer to one another come in any order; what is wrong with that is found at the end.
        if (session.Dialect == SqlDialect.Sqlite)
            session.ExecuteScript("PRAGMA foreign_keys = OFF");
        session.BeginMigration();
        if (session.HasTable(null))
        {
            if (!session.HasTable("mdm_schema") || session.First("SELECT name FROM mdm_schema", static row => row.GetString(0))?.StartsWith(Unfinished, StringComparison.Ordinal) != true)
                throw new SqlStoreException(SqlTrouble.ForeignSchema, $"{place} is not empty; a copy goes where nothing is.");
            foreach (var table in (string[])[.. StoreTables.Names(session), "mdm_schema", MigrationTable])
                session.ExecuteScript(session.Dialect == SqlDialect.Postgres ? $"DROP TABLE IF EXISTS \"{table}\" CASCADE" : $"DROP TABLE IF EXISTS \"{table}\"");
        }
        session.ExecuteScript("CREATE TABLE mdm_schema (name TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL)");
        session.Execute("INSERT INTO mdm_schema (name, version) VALUES ($1, 0)", Unfinished + store.Name);
        session.ExecuteScript(MigrationTableScript);
        for (var at = 0; at < store.Texts.Count; at++)
        {
            session.ExecuteScript(store.Texts[at].For(session.Dialect));
            session.Execute($"INSERT INTO {MigrationTable} (version, script, postgres) VALUES ($1, $2, $3)", at + 1, store.Texts[at].Script, store.Texts[at].Postgres);
        }
        session.Commit();
    }

    private static List<CopiedTable> Copy(SqlSession from, SqlSession to, StoreIdentity store, Action<CopiedTable> tell, CancellationToken cancellationToken)
    {
        var (there, tables) = (StoreTables.Names(to).ToHashSet(StringComparer.Ordinal), StoreTables.Names(from));
        to.BeginMigration();
        foreach (var table in tables.Where(table => !there.Contains(table)))
            StoreTables.Texts(from, table).ForEach(to.ExecuteScript);
        // Migrations may have written rows of their own; the copy has those of the store.
        foreach (var table in there)
            to.ExecuteScript($"DELETE FROM \"{table}\"");
        var references = TakeReferences(to);
        to.Commit();
        if (there.Except(tables).FirstOrDefault() is { } missing)
            throw new SqlStoreException(SqlTrouble.ForeignSchema, $"The store '{store.Name}' lacks its table {missing}.");
        var copied = new List<CopiedTable>();
        foreach (var table in tables)
        {
            var written = CopyRows(from, to, table, cancellationToken);
            if (!Digest(to, table, cancellationToken).IsSame(written))
                throw new SqlStoreException(SqlTrouble.Corrupt, $"The rows of the table {table} are not in the copy what they are in the store.");
            copied.Add(new CopiedTable(table, written.Count));
            tell(copied[^1]);
        }
        Finish(to, references);
        return copied;
    }

    private static RowDigest CopyRows(SqlSession from, SqlSession to, string table, CancellationToken cancellationToken)
    {
        var columns = StoreTables.Columns(from, table);
        if (!StoreTables.Columns(to, table).SequenceEqual(columns))
            throw new SqlStoreException(SqlTrouble.ForeignSchema, $"The table {table} has other columns than its store's migrations make.");
        var (names, digest) = (string.Join(", ", columns.Select(name => $"\"{name}\"")), new RowDigest());
        var insert = new BuiltSql($"INSERT INTO \"{table}\" ({names}) VALUES ({string.Join(", ", columns.Select((_, at) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"${at + 1}")))})");
        to.BeginWrite();
        from.ForEach(new BuiltSql($"SELECT {names} FROM \"{table}\""), row =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var values = Values(row);
            digest.Add(values);
            to.Execute(insert, values);
            if (digest.Count % RowsAtOnce == 0)
            {
                to.Commit();
                to.BeginWrite();
            }
        });
        to.Commit();
        return digest;
    }

    private static RowDigest Digest(SqlSession session, string table, CancellationToken cancellationToken)
    {
        var digest = new RowDigest();
        session.BeginMigration();
        session.ForEach(new BuiltSql($"SELECT {string.Join(", ", StoreTables.Columns(session, table).Select(name => $"\"{name}\""))} FROM \"{table}\""), row =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            digest.Add(Values(row));
        });
        session.RollBackIfOpen();
        return digest;
    }

    private static object?[] Values(DbDataReader row)
    {
        var values = new object?[row.FieldCount];
        for (var at = 0; at < values.Length; at++)
            values[at] = row.IsDBNull(at) ? null : row.GetValue(at);
        return values;
    }

    private static List<string> TakeReferences(SqlSession session)
    {
        if (session.Dialect == SqlDialect.Sqlite)
            return [];
        var references = session.Query("""
            SELECT CAST(c.relname AS text), CAST(k.conname AS text), pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
            WHERE k.contype = 'f' AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
            """, static row => (Table: row.GetString(0), Name: row.GetString(1), Rule: row.GetString(2)));
        foreach (var (table, name, _) in references)
            session.ExecuteScript($"ALTER TABLE \"{table}\" DROP CONSTRAINT \"{name}\"");
        return references.ConvertAll(one => $"ALTER TABLE \"{one.Table}\" ADD CONSTRAINT \"{one.Name}\" {one.Rule}");
    }

    private static void Finish(SqlSession session, List<string> references)
    {
        session.BeginMigration();
        if (session.Dialect == SqlDialect.Sqlite)
        {
            if (session.Query("SELECT \"table\" FROM pragma_foreign_key_check", static row => row.GetString(0)) is [var broken, ..])
                throw new SqlStoreException(SqlTrouble.Corrupt, $"Rows of the table {broken} refer to rows that are not there.");
            session.Commit();
            session.ExecuteScript("PRAGMA foreign_keys = ON");
            return;
        }
        references.ForEach(session.ExecuteScript);
        // Numbers that the server gives go on behind those that are there.
        foreach (var (table, column) in session.Query(
            "SELECT CAST(table_name AS text), CAST(column_name AS text) FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'", static row => (row.GetString(0), row.GetString(1))))
        {
            session.Scalar<long>(new BuiltSql($"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), coalesce(max(\"{column}\"), 0) + 1, false) FROM \"{table}\""));
        }
        session.Commit();
    }

    private sealed record StoreIdentity(string Name, IReadOnlyList<SqlMigration> Texts);
}
