using System.Data.Common;
using System.Globalization;
using Mdm.Sql;

namespace Mdm.Host.Usage;

/// <summary>Who used how much, by day. Several hosts that share a store add to the same rows.</summary>
internal sealed class UsageStore : IAsyncDisposable
{
    /// <summary>Days that are kept.</summary>
    public const int KeptDays = 1_100;

    private const string Sums = "coalesce(sum(requests), 0), coalesce(sum(fetched), 0), coalesce(sum(staged), 0), coalesce(sum(deliveries), 0), coalesce(sum(delivered), 0), coalesce(sum(puts), 0), coalesce(sum(put), 0)";

    /// <summary>Its tables.</summary>
    public static SqlSchema Schema { get; } = new("usage",
    [
        """
        CREATE TABLE used (
            day        INTEGER NOT NULL,
            vo         TEXT NOT NULL,
            subject    TEXT NOT NULL,
            archive    TEXT NOT NULL,
            requests   INTEGER NOT NULL,
            fetched    INTEGER NOT NULL,
            staged     INTEGER NOT NULL,
            deliveries INTEGER NOT NULL,
            delivered  INTEGER NOT NULL,
            PRIMARY KEY (day, vo, subject, archive)
        );
        """,
        """
        ALTER TABLE used ADD COLUMN puts INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE used ADD COLUMN put INTEGER NOT NULL DEFAULT 0;
        """,
    ]);

    private readonly SqlStore _store;

    private UsageStore(SqlStore store) => _store = store;

    /// <exception cref="MdmException">The store cannot be used.</exception>
    public static UsageStore Open(SqlStoreAddress address)
    {
        try
        {
            return new UsageStore(SqlStore.Open(address, Schema, new SqlStoreOptions("usage", SqlDurability.ProcessCrash)));
        }
        catch (SqlStoreException e)
        {
            throw new MdmException(e.IsTransient ? MdmErrorKind.Unavailable : MdmErrorKind.Refused, $"The ledger of usage (State:UsageLedger) cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Adds to what is there, in one transaction.</summary>
    public Task AddAsync(IReadOnlyCollection<KeyValuePair<UsageKey, UsageCounts>> counts, DateOnly today) => GuardedAsync(() => _store.WriteAsync(session =>
    {
        foreach (var (key, added) in counts)
        {
            session.Execute("""
                INSERT INTO used (day, vo, subject, archive, requests, fetched, staged, deliveries, delivered, puts, put) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                ON CONFLICT (day, vo, subject, archive) DO UPDATE SET requests = used.requests + excluded.requests, fetched = used.fetched + excluded.fetched,
                    staged = used.staged + excluded.staged, deliveries = used.deliveries + excluded.deliveries, delivered = used.delivered + excluded.delivered,
                    puts = used.puts + excluded.puts, put = used.put + excluded.put
                """, key.Day.DayNumber, key.Vo, key.Subject, key.Archive, added.Requests, added.Fetched, added.Staged, added.Deliveries, added.Delivered, added.Puts, added.Put);
        }
        return session.Execute("DELETE FROM used WHERE day < $1", today.DayNumber - KeptDays);
    }, CancellationToken.None));

    /// <summary>Sums from a day to a day, both included, the name's order.</summary>
    public Task<List<UsageSum>> SumAsync(DateOnly since, DateOnly until, UsageBy by, CancellationToken cancellationToken) => GuardedAsync(() => _store.ReadAtOnceAsync(session => session.Query<UsageSum>(
        by switch
        {
            UsageBy.Vo => $"SELECT vo, {Sums} FROM used WHERE day >= $1 AND day <= $2 GROUP BY vo ORDER BY vo",
            UsageBy.User => $"SELECT subject, {Sums} FROM used WHERE day >= $1 AND day <= $2 GROUP BY subject ORDER BY subject",
            UsageBy.Archive => $"SELECT archive, {Sums} FROM used WHERE day >= $1 AND day <= $2 GROUP BY archive ORDER BY archive",
            _ => $"SELECT day, {Sums} FROM used WHERE day >= $1 AND day <= $2 GROUP BY day ORDER BY day",
        },
        by == UsageBy.Day ? ReadDay : ReadNamed, since.DayNumber, until.DayNumber), cancellationToken));

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private static UsageSum ReadNamed(DbDataReader row) => new(row.GetString(0), ReadCounts(row));

    private static UsageSum ReadDay(DbDataReader row) => new(DateOnly.FromDayNumber(row.GetInt32(0)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), ReadCounts(row));

    // A server adds whole numbers up to what has no bounds.
    private static UsageCounts ReadCounts(DbDataReader row) => new(Whole(row, 1), Whole(row, 2), Whole(row, 3), Whole(row, 4), Whole(row, 5), Whole(row, 6), Whole(row, 7));

    private static long Whole(DbDataReader row, int column) => Convert.ToInt64(row.GetValue(column), CultureInfo.InvariantCulture);

    private static async Task<T> GuardedAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (SqlStoreException e)
        {
            throw new MdmException(e.IsTransient ? MdmErrorKind.Unavailable : MdmErrorKind.Refused, "The ledger of usage cannot be used now; the host's log says why.", e);
        }
    }
}
