using Mdm.Sql.Postgres;

namespace Mdm.Sql;

/// <summary>Where a store is: <c>sqlite:PATH</c>, or <c>postgres:Host=…;Database=…</c> with the keys of docs/operations.md. It holds no secret, so it may be shown.</summary>
public sealed record SqlStoreAddress
{
    private const string SqliteScheme = "sqlite:";
    private const string PostgresScheme = "postgres:";

    private SqlStoreAddress(string file) => File = file;

    private SqlStoreAddress(PostgresAddress server) => Server = server;

    /// <summary>Which kind of store.</summary>
    public SqlDialect Dialect => Server is null ? SqlDialect.Sqlite : SqlDialect.Postgres;

    /// <summary>The absolute path of the SQLite file; null for a server.</summary>
    public string? File { get; }

    /// <summary>Database and namespace, which tell the stores of one server apart; null for a file. Who reaches the server by another name or as another user has the same.</summary>
    public string? Place => Server is null ? null : $"{Server.Database}, {Server.Schema ?? "the namespace of its kind"}";

    internal PostgresAddress? Server { get; }

    /// <summary>Reads a store string; relative paths in it are meant against <paramref name="baseDirectory"/>.</summary>
    /// <exception cref="SqlStoreException"><see cref="SqlTrouble.Configuration"/>: not a store string; the message says what is wrong with it.</exception>
    public static SqlStoreAddress Parse(string store, string baseDirectory)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (store.StartsWith(PostgresScheme, StringComparison.Ordinal))
            return new SqlStoreAddress(PostgresAddress.Parse(store[PostgresScheme.Length..], baseDirectory));
        if (!store.StartsWith(SqliteScheme, StringComparison.Ordinal) || store.Length == SqliteScheme.Length)
        {
            throw new SqlStoreException(SqlTrouble.Configuration,
                "A store is written as 'sqlite:PATH' or 'postgres:Host=HOST;Database=NAME', for example 'sqlite:state/lfc.db'.");
        }
        var path = store[SqliteScheme.Length..];
        // SQLite would take ':memory:' and 'file:...?vfs=' as commands; here a path is a path.
        if (path.Contains('\0', StringComparison.Ordinal) || path.StartsWith(':') || path.StartsWith("file:", StringComparison.Ordinal))
            throw new SqlStoreException(SqlTrouble.Configuration, "A 'sqlite:' store names a file, neither ':memory:' nor a 'file:' URI.");
        return new SqlStoreAddress(Path.GetFullPath(path, baseDirectory));
    }

    /// <summary>The store string.</summary>
    public override string ToString() => Server is null ? SqliteScheme + File : PostgresScheme + Server;
}
