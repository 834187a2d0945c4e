namespace Mdm.Sql;

/// <summary>Where a store is: <c>sqlite:PATH</c>. Other schemes are known by name only, so that a wrong one gets a useful answer.</summary>
public sealed record SqlStoreAddress
{
    private const string Sqlite = "sqlite:";
    private const string Postgres = "postgres:";

    private SqlStoreAddress(string file) => File = file;

    /// <summary>The absolute path of the SQLite file.</summary>
    public string File { get; }

    /// <summary>Reads a store string; a relative path is meant against <paramref name="baseDirectory"/>.</summary>
    /// <exception cref="SqlStoreException"><see cref="SqlTrouble.Configuration"/>: not a store string, or a scheme that this build does not have.</exception>
    public static SqlStoreAddress Parse(string store, string baseDirectory)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (store.StartsWith(Postgres, StringComparison.Ordinal))
            throw new SqlStoreException(SqlTrouble.Configuration, "A 'postgres:' store is not available in this build; use 'sqlite:PATH'.");
        if (!store.StartsWith(Sqlite, StringComparison.Ordinal) || store.Length == Sqlite.Length)
            throw new SqlStoreException(SqlTrouble.Configuration, "A store is written as 'sqlite:PATH', for example 'sqlite:state/lfc.db'.");
        var path = store[Sqlite.Length..];
        // SQLite would take ':memory:' and 'file:...?vfs=' as commands; here a path is a path.
        if (path.Contains('\0', StringComparison.Ordinal) || path.StartsWith(':') || path.StartsWith("file:", StringComparison.Ordinal))
            throw new SqlStoreException(SqlTrouble.Configuration, "A 'sqlite:' store names a file, neither ':memory:' nor a 'file:' URI.");
        return new SqlStoreAddress(Path.GetFullPath(path, baseDirectory));
    }

    /// <summary>The store string.</summary>
    public override string ToString() => Sqlite + File;
}
