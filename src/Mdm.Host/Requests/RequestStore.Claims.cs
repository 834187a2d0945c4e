using System.Data.Common;
using Mdm.Host.Members;
using Mdm.Sql;

namespace Mdm.Host.Requests;

/// <summary>A request as it is stored.</summary>
/// <param name="Header">What never changes of it.</param>
/// <param name="Files">Its files.</param>
/// <param name="Host">Who works on it; null: nobody.</param>
/// <param name="Address">Where that host's TURLs lead; null when it is not known to live.</param>
/// <param name="IsInGoodHands">True while its host lives.</param>
internal sealed record StoredRequest(RequestHeader Header, IReadOnlyList<FileRow> Files, string? Host, Uri? Address, bool IsInGoodHands);

/// <summary>What one owner may have open on all hosts together.</summary>
internal sealed record OwnerLimits(int Requests, int Files)
{
    /// <summary>To be asked when the new request is among them.</summary>
    /// <exception cref="MdmException">Refused.</exception>
    public void Check(SqlSession session, DistinguishedName owner)
    {
        var (there, files) = session.First(
            "SELECT count(*), CAST(coalesce(sum(files), 0) AS INTEGER) FROM request WHERE subject = $1 AND ended IS NULL", static row => (row.GetInt64(0), row.GetInt64(1)), owner.ToString());
        if (there > Requests)
            throw OpenRequests.TooManyRequests(there - 1);
        if (files > Files)
            throw OpenRequests.TooManyFiles(Files);
    }
}

/// <summary>
/// Who works on what. All writes of all hosts come one after the other (docs/decisions/0009-server-store.md), so a claim needs no lock of its own: of two hosts that want the same request the second finds it taken.
/// </summary>
internal sealed partial class RequestStore
{
    /// <summary>True where there may be requests to take up.</summary>
    public Task<bool> IsAnyFreeAsync(bool alsoOfDead, CancellationToken cancellationToken) => ReadAsync(session =>
        Free(session, alsoOfDead).Any(host => session.Scalar<long>("SELECT count(*) FROM (SELECT 1 FROM request WHERE host = $1 AND ended IS NULL LIMIT 1) AS one", host) > 0)
        || session.Scalar<long>("SELECT count(*) FROM (SELECT 1 FROM request WHERE host IS NULL AND ended IS NULL LIMIT 1) AS one") > 0, cancellationToken);

    /// <summary>Claims open requests that nobody works on, oldest first: given back, or of a host that is dead. What was ready there is to be fetched again, and is pinned until the time that was promised.</summary>
    /// <param name="alsoOfDead">False where only what was given back is taken.</param>
    /// <param name="limit">So many at most.</param>
    public Task<List<StoredRequest>> TakeUpAsync(bool alsoOfDead, int limit) => WriteAsync(session =>
    {
        var tokens = session.Query("SELECT token FROM request WHERE host IS NULL AND ended IS NULL ORDER BY created LIMIT $1", TokenOf, limit);
        foreach (var host in Free(session, alsoOfDead))
        {
            if (tokens.Count < limit)
                tokens.AddRange(session.Query("SELECT token FROM request WHERE host = $1 AND ended IS NULL ORDER BY created LIMIT $2", TokenOf, host, limit - tokens.Count));
        }
        foreach (var token in tokens)
        {
            session.Execute("UPDATE request SET host = $2 WHERE token = $1", token, _host);
            session.Execute("UPDATE file SET state = $2 WHERE token = $1 AND state = $3", token, (int)FileState.Queued, (int)FileState.Ready);
        }
        return tokens.ConvertAll(token => Find(session, token)!);
    });

    /// <summary>What this host had claimed when its process ended, oldest first.</summary>
    public Task<List<StoredRequest>> MineAsync(CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query("SELECT token FROM request WHERE host = $1 AND ended IS NULL ORDER BY created", TokenOf, _host).ConvertAll(token => Find(session, token)!), cancellationToken);

    /// <summary>The names of what this host has claimed, everything included that was given to be written before. In line with the writes for that.</summary>
    public Task<HashSet<string>> ClaimedAsync() => WriteAsync(session =>
        session.Query("SELECT token FROM request WHERE host = $1 AND ended IS NULL", TokenOf, _host).ToHashSet(StringComparer.Ordinal));

    /// <summary>Lets others work on these.</summary>
    public Task GiveBackAsync(IReadOnlyCollection<string> tokens) => WriteAsync(session =>
    {
        foreach (var token in tokens)
            session.Execute("UPDATE request SET host = NULL WHERE token = $1 AND host = $2 AND ended IS NULL", token, _host);
        return true;
    });

    /// <summary>Ends open files of a request, whoever works on it, and tells him.</summary>
    /// <returns>The positions that were open.</returns>
    public Task<IReadOnlySet<int>> EndAsync(string token, IReadOnlyCollection<int> positions, FileState state, FileFault? fault, DateTimeOffset now) => WriteAsync<IReadOnlySet<int>>(session =>
    {
        var ended = new HashSet<int>();
        foreach (var file in Files(session, token).Where(file => file.State.IsOpen() && positions.Contains(file.Position)))
        {
            var history = FileHistory.Read(file.History);
            history.Add(state, now);
            session.Execute("UPDATE file SET state = $3, cause = $4, error = $5, message = $6, history = $7 WHERE token = $1 AND position = $2",
                token, file.Position, (int)state, (int?)fault?.Cause, (int?)fault?.Kind, fault?.Message, history.Text);
            ended.Add(file.Position);
        }
        if (ended.Count == 0)
            return ended;
        Tell(session, token);
        EndIfAllHave(session, token, now);
        return ended;
    });

    /// <summary>Lets the pins of ready files of a request end at another time, and tells the host that has them.</summary>
    /// <returns>The positions that are ready.</returns>
    public Task<IReadOnlySet<int>> ExtendAsync(string token, IReadOnlyCollection<int> positions, DateTimeOffset until, DateTimeOffset now) => WriteAsync<IReadOnlySet<int>>(session =>
    {
        var extended = new HashSet<int>();
        foreach (var position in positions)
        {
            if (session.Execute("UPDATE file SET pinned_until = $3 WHERE token = $1 AND position = $2 AND state = $4 AND pinned_until > $5",
                token, position, Ms(until), (int)FileState.Ready, Ms(now)) > 0)
                extended.Add(position);
        }
        if (extended.Count > 0)
            Tell(session, token);
        return extended;
    });

    /// <summary>The owner's open requests in which that path is open and on which another host works.</summary>
    public Task<List<string>> ElsewhereAsync(DistinguishedName owner, StoragePath path, CancellationToken cancellationToken) => ReadAsync(session => session.Query($"""
        SELECT DISTINCT r.token FROM request r JOIN file f ON f.token = r.token
        WHERE r.subject = $1 AND r.ended IS NULL AND (r.host IS NULL OR r.host <> $2) AND f.path = $3 AND f.{IsOpen}
        """, TokenOf, owner.ToString(), _host, path.ToString()), cancellationToken);

    private static void Tell(SqlSession session, string token)
    {
        if (session.Scalar<string>("SELECT host FROM request WHERE token = $1", token) is { } host)
            Signals.Tell(session, host, Signals.Request, token);
    }

    private static string TokenOf(DbDataReader row) => row.GetString(0);

    private List<string> Free(SqlSession session, bool alsoOfDead) => alsoOfDead
        ? session.Query("SELECT host FROM member WHERE until <= $1 AND host <> $2 ORDER BY host", static row => row.GetString(0), _clock(session), _host)
        : [];
}
