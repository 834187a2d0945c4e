using System.Data.Common;
using Mdm.Host.Configuration;
using Mdm.Sql;

namespace Mdm.Host.Orders;

/// <summary>Keeps the orders that hold until they are taken back. Bans are of all hosts that share the store, drains of one.</summary>
internal sealed class OrderLedger : IAsyncDisposable
{
    /// <summary>Its tables.</summary>
    public static SqlSchema Schema { get; } = new("orders",
    [
        """
        CREATE TABLE ban (
            whom      TEXT NOT NULL PRIMARY KEY,
            reason    TEXT NOT NULL,
            placed_by TEXT NOT NULL,
            since     INTEGER NOT NULL,
            until     INTEGER
        );
        CREATE TABLE drain (
            host      TEXT NOT NULL,
            archive   TEXT NOT NULL,
            reason    TEXT NOT NULL,
            placed_by TEXT NOT NULL,
            since     INTEGER NOT NULL,
            PRIMARY KEY (host, archive)
        );
        """,
    ]);

    private readonly SqlStore _store;

    private OrderLedger(SqlStore store) => _store = store;

    /// <summary>True where other hosts may change what is here.</summary>
    public bool IsShared => _store.Address.Dialect == SqlDialect.Postgres;

    /// <exception cref="MdmException">The store cannot be used.</exception>
    public static OrderLedger Open(SqlStoreAddress address)
    {
        try
        {
            return new OrderLedger(SqlStore.Open(address, Schema, new SqlStoreOptions("administrators' orders", SqlDurability.PowerLoss)));
        }
        catch (SqlStoreException e)
        {
            throw new MdmException(e.IsTransient ? MdmErrorKind.Unavailable : MdmErrorKind.Refused, $"The ledger of administrators' orders (State:OrderLedger) cannot be used: {e.Message}", e);
        }
    }

    public Task<List<Ban>> BansAsync(CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT whom, reason, placed_by, since, until FROM ban ORDER BY since, whom",
        static row => new Ban(CallerRule.Parse(row.GetString(0)), row.GetString(1), row.GetString(2), Time(row, 3)!.Value, Time(row, 4))), cancellationToken);

    public Task PlaceAsync(Ban ban) => WriteAsync(session => session.Execute("""
        INSERT INTO ban (whom, reason, placed_by, since, until) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (whom) DO UPDATE SET reason = excluded.reason, placed_by = excluded.placed_by, since = excluded.since, until = excluded.until
        """, ban.Whom.ToString(), ban.Reason, ban.By, Ms(ban.Since), Ms(ban.Until)));

    /// <summary>False when there was none.</summary>
    public async Task<bool> LiftAsync(CallerRule whom) => await WriteAsync(session => session.Execute("DELETE FROM ban WHERE whom = $1", whom.ToString())) > 0;

    /// <summary>Forgets bans that ended by themselves before then.</summary>
    public Task ForgetAsync(DateTimeOffset endedBefore) => WriteAsync(session => session.Execute("DELETE FROM ban WHERE until < $1", Ms(endedBefore)));

    /// <summary>A host's drains.</summary>
    public Task<List<Drain>> DrainsAsync(string host, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT archive, reason, placed_by, since FROM drain WHERE host = $1 ORDER BY archive",
        static row => new Drain(row.GetString(0) is { Length: > 0 } archive ? archive : null, row.GetString(1), row.GetString(2), Time(row, 3)!.Value), host), cancellationToken);

    public Task PlaceAsync(string host, Drain drain) => WriteAsync(session => session.Execute("""
        INSERT INTO drain (host, archive, reason, placed_by, since) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (host, archive) DO UPDATE SET reason = excluded.reason, placed_by = excluded.placed_by, since = excluded.since
        """, host, drain.Archive ?? string.Empty, drain.Reason, drain.By, Ms(drain.Since)));

    /// <summary>False when there was none.</summary>
    public async Task<bool> LiftAsync(string host, string? archive) =>
        await WriteAsync(session => session.Execute("DELETE FROM drain WHERE host = $1 AND archive = $2", host, archive ?? string.Empty)) > 0;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private static long? Ms(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();

    private static DateTimeOffset? Time(DbDataReader row, int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    // What was begun is finished, whether or not its sender still listens.
    private async Task<int> WriteAsync(Func<SqlSession, int> work)
    {
        try
        {
            return await _store.WriteAsync(work, CancellationToken.None);
        }
        catch (SqlStoreException e)
        {
            throw Translate(e);
        }
    }

    private async Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.ReadAsync(work, cancellationToken);
        }
        catch (SqlStoreException e)
        {
            throw Translate(e);
        }
    }

    private static MdmException Translate(SqlStoreException e) => new(
        e.IsTransient ? MdmErrorKind.Unavailable : MdmErrorKind.Refused, "The ledger of administrators' orders cannot be used now; the host's log says why.", e);
}
