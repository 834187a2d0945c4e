using Mdm.Sql;

namespace Mdm.Host.Members;

/// <summary>A lease on work of which there is one in all hosts; ends when it is disposed, and with the host's own lease.</summary>
/// <param name="give">Gives it back.</param>
/// <param name="over">Cancelled when it is held no more.</param>
internal sealed class NamedLease(Func<Task> give, CancellationToken over) : IAsyncDisposable
{
    public CancellationToken Over => over;

    public ValueTask DisposeAsync() => new(give());
}

/// <summary>Leases by name. A host has one for as long as its own lease runs; who comes later waits, or takes it over when that is over.</summary>
internal sealed class NamedLeases(Membership members, ILogger<NamedLeases> log)
{
    private const string StoreName = "The book of requests";

    /// <summary>Takes a lease; null when another host has it.</summary>
    /// <exception cref="MdmException">What the store throws.</exception>
    public async Task<NamedLease?> TryTakeAsync(string name, CancellationToken cancellationToken)
    {
        // Of a file's one host each part of the work is guarded by itself.
        if (members is not { IsShared: true, Table: var (store, clock) })
            return new NamedLease(static () => Task.CompletedTask, CancellationToken.None);
        var (over, term) = (members.Term, members.TermNumber);
        if (!members.Holds)
            return null;
        var isTaken = await StoreTrouble.ToldAsync(store.WriteAsync(session => session.Execute("""
            INSERT INTO lease (name, host, term) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET host = excluded.host, term = excluded.term
            WHERE lease.host = excluded.host OR NOT EXISTS (SELECT 1 FROM member m WHERE m.host = lease.host AND m.term = lease.term AND m.until > $4)
            """, name, members.Id, term, clock(session)) > 0, cancellationToken), StoreName);
        return isTaken ? new NamedLease(() => GiveAsync(name, term), over) : null;
    }

    /// <summary>Takes a lease, however long another host has it.</summary>
    /// <exception cref="MdmException">What the store throws.</exception>
    public async Task<NamedLease> TakeAsync(string name, TimeSpan poll, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await TryTakeAsync(name, cancellationToken) is { } lease)
                return lease;
            await Task.Delay(poll, time, cancellationToken);
        }
    }

    private async Task GiveAsync(string name, long term)
    {
        try
        {
            await StoreTrouble.ToldAsync(members.Table!.Value.Store.WriteAsync(
                session => session.Execute("DELETE FROM lease WHERE name = $1 AND host = $2 AND term = $3", name, members.Id, term), CancellationToken.None), StoreName);
        }
        catch (MdmException failure)
        {
            // It ends with this host's own lease, at the latest.
            Log.LeaseNotGiven(log, name, failure.Kind, failure.Message);
        }
    }
}
