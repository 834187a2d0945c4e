namespace Mdm.Sql;

/// <summary>What an acknowledged write survives.</summary>
public enum SqlDurability
{
    /// <summary>The end of the process, however it ends. A power failure may take the last moments with it; the file stays whole. SQLite's synchronous NORMAL.</summary>
    ProcessCrash,

    /// <summary>A power failure as well: each commit is on the disk before it is acknowledged. SQLite's synchronous FULL.</summary>
    PowerLoss,
}

/// <summary>How a store is opened.</summary>
/// <param name="Owner">Whose store it is, for the message to whoever opens it a second time: <c>lfc catalogue 'main'</c>.</param>
/// <param name="Durability">What an acknowledged write survives.</param>
/// <param name="MaxReaders">Connections that read at the same time.</param>
public sealed record SqlStoreOptions(string Owner, SqlDurability Durability = SqlDurability.PowerLoss, int MaxReaders = 4);
