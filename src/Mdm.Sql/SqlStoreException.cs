namespace Mdm.Sql;

/// <summary>What kind of trouble a store has.</summary>
public enum SqlTrouble
{
    /// <summary>The store string, or the file or server behind it, cannot be used as configured. For an administrator to mend.</summary>
    Configuration,

    /// <summary>Somebody else owns the store.</summary>
    InUse,

    /// <summary>The store was written by a newer version, or belongs to something else.</summary>
    ForeignSchema,

    /// <summary>A rule of the schema was broken: a key twice, a missing reference, a value that its column does not take.</summary>
    Constraint,

    /// <summary>Locked for longer than was waited. Transient.</summary>
    Busy,

    /// <summary>
    /// The disk is full or does not answer, the server or the connection to it is gone, or the store is closed. Transient. Whether a write whose commit was under way was kept is not known.
    /// </summary>
    Unavailable,

    /// <summary>The store is damaged.</summary>
    Corrupt,
}

/// <summary>The one exception of this library. Messages name files, servers and rules, never values.</summary>
public sealed class SqlStoreException(SqlTrouble trouble, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What kind of trouble.</summary>
    public SqlTrouble Trouble { get; } = trouble;

    /// <summary>True when the same work may succeed later.</summary>
    public bool IsTransient => Trouble is SqlTrouble.Busy or SqlTrouble.Unavailable;
}
