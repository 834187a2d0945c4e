namespace Mdm.Sql;

/// <summary>What an acknowledged write survives.</summary>
public enum SqlDurability
{
    /// <summary>
    /// The end of the process, however it ends. A power failure may take the last moments with it; the store stays whole. SQLite's synchronous NORMAL,
    /// PostgreSQL's synchronous_commit off.
    /// </summary>
    ProcessCrash,

    /// <summary>A power failure as well: each commit is on the disk before it is acknowledged. SQLite's synchronous FULL; with PostgreSQL as the server says, and at least its own disk.</summary>
    PowerLoss,
}

/// <summary>How a store is opened.</summary>
/// <param name="Owner">Whose store it is, for the message to whoever opens a file a second time, and for the list of a server's connections: <c>lfc catalogue 'main'</c>.</param>
/// <param name="Durability">What an acknowledged write survives.</param>
/// <param name="MaxReaders">Connections that read at the same time; a server's address may say otherwise.</param>
/// <param name="IsExclusive">True: on a server too it belongs to one process at a time, as a file always does. For stores whose owner remembers what is in them.</param>
/// <param name="HasFreeQueries">True: which queries come is not known beforehand, so a file keeps statistics of how its values are spread, by which SQLite picks an index. A server does so anyway.</param>
public sealed record SqlStoreOptions(string Owner, SqlDurability Durability = SqlDurability.PowerLoss, int MaxReaders = 4, bool IsExclusive = false, bool HasFreeQueries = false);
