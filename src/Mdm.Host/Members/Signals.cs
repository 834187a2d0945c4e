using System.Collections.Concurrent;
using Mdm.Sql;

namespace Mdm.Host.Members;

/// <summary>
/// What hosts tell one another to look at. A signal says nothing that could be wrong when it comes late: whoever gets it looks into the store or the catalogue. It waits until its host has looked, also over a restart.
/// Asked for at intervals: the server's own notifications would need a connection of their own that is seen to, and would tell nothing to a host that was away.
/// </summary>
internal sealed class Signals(Membership members, MembersOptions options, TimeProvider time, ILogger<Signals> log) : BackgroundService
{
    /// <summary>Of a request that another host holds: the rows were changed.</summary>
    public const string Request = "request";

    /// <summary>A file was removed, or its object changed: what is held of it is of no use.</summary>
    public const string File = "file";

    /// <summary>Looked at in one turn.</summary>
    private const int Page = 256;

    private const string StoreName = "The book of requests";

    private readonly ConcurrentDictionary<string, Func<string, CancellationToken, Task>> _handlers = new(StringComparer.Ordinal);

    /// <summary>Who looks, when a signal of that kind comes.</summary>
    public void Handle(string kind, Func<string, CancellationToken, Task> look) => _handlers[kind] = look;

    /// <summary>Tells one host, within a write.</summary>
    public static void Tell(SqlSession session, string host, string kind, string subject) => session.Execute("""
        INSERT INTO signal (host, kind, subject, note) VALUES ($1, $2, $3, 1) ON CONFLICT (host, kind, subject) DO UPDATE SET note = signal.note + 1
        """, host, kind, subject);

    /// <summary>Tells all other hosts, those included that are away.</summary>
    /// <exception cref="MdmException">What the store throws.</exception>
    public async Task TellOthersAsync(string kind, IReadOnlyCollection<string> subjects, CancellationToken cancellationToken)
    {
        if (members is not { IsShared: true, Table: var (store, _) } || subjects.Count == 0)
            return;
        await StoreTrouble.ToldAsync(store.WriteAsync(session =>
        {
            foreach (var host in session.Query("SELECT host FROM member WHERE host <> $1", static row => row.GetString(0), members.Id))
            {
                foreach (var subject in subjects)
                    Tell(session, host, kind, subject);
            }
            return true;
        }, cancellationToken), StoreName);
    }

    /// <summary>Looks at all that was told by now.</summary>
    /// <exception cref="MdmException">What the store throws; it is looked at later.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (members is not { IsShared: true, Table: var (store, _) })
            return;
        while (true)
        {
            var told = await StoreTrouble.ToldAsync(store.ReadAtOnceAsync(session => session.Query(
                "SELECT kind, subject, note FROM signal WHERE host = $1 ORDER BY kind, subject LIMIT $2",
                static row => (Kind: row.GetString(0), Subject: row.GetString(1), Note: row.GetInt64(2)), members.Id, Page), cancellationToken), StoreName);
            foreach (var (kind, subject, _) in told)
            {
                // Of a kind that this version does not know there is nothing to look at.
                if (_handlers.TryGetValue(kind, out var look))
                    await look(subject, cancellationToken);
            }
            if (told.Count > 0)
            {
                await StoreTrouble.ToldAsync(store.WriteAsync(session => told.Sum(one => session.Execute(
                    "DELETE FROM signal WHERE host = $1 AND kind = $2 AND subject = $3 AND note = $4", members.Id, one.Kind, one.Subject, one.Note)), cancellationToken), StoreName);
            }
            if (told.Count < Page)
                return;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!members.IsShared)
            return;
        using var timer = new PeriodicTimer(options.Poll, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
#pragma warning disable CA1031 // Whatever happens in one turn, there is a next one.
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (MdmException failure)
            {
                Log.NotLooked(log, failure.Kind, failure.Message);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.LookingFailed(log, fault);
            }
#pragma warning restore CA1031
        }
    }
}
