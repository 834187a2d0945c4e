using System.Collections.Immutable;
using System.Data.Common;
using Mdm.Host.Access;
using Mdm.Host.Members;
using Mdm.Sql;

namespace Mdm.Host.Requests;

/// <summary>
/// Requests on disk. What a method's task has acknowledged outlives the process; writes that are under way at the same time share one flush. Each open request is claimed by one host, or by
/// none; what that host writes of it is written only while it is.
/// </summary>
internal sealed partial class RequestStore : IAsyncDisposable
{
    /// <summary>Most names that one look-up by owner gives.</summary>
    public const int MaxNames = 10_000;

    /// <summary>How often a write is made whose end is not known, and a read that broke off.</summary>
    private const int MaxAttempts = 2;

    /// <summary>States in which there is more to come: <see cref="FileStates.IsOpen"/>.</summary>
    private const string IsOpen = "state IN (1, 2, 3)";

    /// <summary>Ended requests forgotten in one transaction: others wait behind it.</summary>
    private const int ForgetAtOnce = 200;

    private const string RequestColumns = "token, kind, subject, fqans, limited, valid_until, description, created, deadline, starts, pin_ms";

    /// <summary>Its tables, those in which hosts meet included.</summary>
    public static SqlSchema Schema { get; } = new("requests",
    [
        """
        CREATE TABLE request (
            token       TEXT NOT NULL PRIMARY KEY,
            kind        INTEGER NOT NULL,
            subject     TEXT NOT NULL,
            fqans       TEXT NOT NULL,
            limited     INTEGER NOT NULL,
            valid_until INTEGER,
            description TEXT,
            created     INTEGER NOT NULL,
            deadline    INTEGER NOT NULL,
            starts      INTEGER NOT NULL,
            pin_ms      INTEGER NOT NULL,
            ended       INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX request_by_subject ON request (subject, created);
        CREATE INDEX request_by_end ON request (ended);
        CREATE TABLE file (
            token        TEXT NOT NULL REFERENCES request (token) ON DELETE CASCADE,
            position     INTEGER NOT NULL,
            surl         TEXT NOT NULL,
            path         TEXT,
            state        INTEGER NOT NULL,
            cause        INTEGER,
            error        INTEGER,
            message      TEXT,
            pinned_until INTEGER,
            length       INTEGER,
            PRIMARY KEY (token, position)
        ) WITHOUT ROWID;
        """,
        "ALTER TABLE file ADD COLUMN history TEXT",
        // host: who works on it; nobody does where it is null. entry: what is ready, so that any host can tell its address.
        "ALTER TABLE request ADD COLUMN host TEXT; ALTER TABLE request ADD COLUMN files INTEGER NOT NULL DEFAULT 0; ALTER TABLE file ADD COLUMN entry BLOB;"
            + "CREATE INDEX request_claimed ON request (host, created) WHERE ended IS NULL; CREATE INDEX request_open ON request (subject) WHERE ended IS NULL;"
            + "UPDATE request SET files = (SELECT count(*) FROM file WHERE file.token = request.token);"
            + MemberTables.Script,
        MemberTables.ToldScript,
    ]);

    private readonly SqlStore _store;
    private readonly StoreClock _clock;
    private readonly string _host;

    /// <exception cref="SqlStoreException">The store cannot be used.</exception>
    public RequestStore(SqlStoreAddress address, StoreClock clock, ThisHost host)
    {
        (_clock, _host) = (clock, host.Id);
        _store = SqlStore.Open(address, Schema, new SqlStoreOptions("the request book"));
    }

    /// <summary>The store itself, which hosts meet in.</summary>
    public SqlStore Store => _store;

    private const string FileColumns = "position, surl, path, state, cause, error, message, pinned_until, length, entry, history";

    /// <summary>Records a request with all its files. Done twice, it is there once.</summary>
    /// <param name="header">What never changes of it.</param>
    /// <param name="files">Its files.</param>
    /// <param name="ended">When it came to its end, if it did.</param>
    /// <param name="limits">What its owner may have open on all hosts; null where this host's own count is enough.</param>
    /// <param name="isClaimed">False where another host is to work on it.</param>
    /// <exception cref="MdmException">Refused: a limit.</exception>
    public Task InsertAsync(RequestHeader header, IReadOnlyList<FileRow> files, DateTimeOffset? ended, OwnerLimits? limits = null, bool isClaimed = true) => WriteAsync(session =>
    {
        var owner = header.Owner.Identity;
        var isNew = session.Execute($"INSERT INTO request ({RequestColumns}, ended, host, files) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (token) DO NOTHING",
            header.Token, (int)header.Kind, owner.Subject.ToString(), string.Join('\n', owner.Fqans.IsDefault ? [] : owner.Fqans), owner.IsLimited ? 1 : 0,
            Ms(header.Owner.ValidUntil), header.Description, Ms(header.CreatedAt), Ms(header.Deadline), Ms(header.StartsAt), (long)header.PinFor.TotalMilliseconds, Ms(ended),
            isClaimed ? _host : null, files.Count) > 0;
        if (isNew)
            limits?.Check(session, owner.Subject);
        foreach (var file in isNew ? files : [])
        {
            session.Execute($"INSERT INTO file (token, {FileColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                header.Token, file.Position, file.Surl, file.Path?.ToString(), (int)file.State, (int?)file.Fault?.Cause, (int?)file.Fault?.Kind, file.Fault?.Message, Ms(file.PinnedUntil), file.Length,
                file.Entry?.ToBytes(), file.History);
        }
        return true;
    });

    /// <summary>Records how files of a request stand now, and its end when it came. What has come to its end stays as it is.</summary>
    /// <returns>False when the request is not this host's any more; nothing was written.</returns>
    public Task<bool> UpdateAsync(string token, IReadOnlyList<FileRow> files, DateTimeOffset? ended) => WriteAsync(session =>
    {
        if (session.Scalar<long>("SELECT count(*) FROM request WHERE token = $1 AND host = $2", token, _host) == 0)
            return false;
        foreach (var file in files)
        {
            session.Execute($"""
                UPDATE file SET state = $3, cause = $4, error = $5, message = $6, pinned_until = $7, length = $8, entry = $9, history = $10 WHERE token = $1 AND position = $2 AND {IsOpen}
                """, token, file.Position, (int)file.State, (int?)file.Fault?.Cause, (int?)file.Fault?.Kind, file.Fault?.Message, Ms(file.PinnedUntil), file.Length, file.Entry?.ToBytes(), file.History);
        }
        if (ended is not null)
            EndIfAllHave(session, token, ended.Value);
        return true;
    });

    /// <summary>A request, whosoever and whoever works on it; null when there is none.</summary>
    public Task<StoredRequest?> FindAsync(string token, CancellationToken cancellationToken) => ReadAsync(session => Find(session, token), cancellationToken);

    /// <summary>The owner's requests, oldest first, at most <see cref="MaxNames"/>; those of a description, when one is given.</summary>
    public Task<List<RequestName>> NamesAsync(DistinguishedName owner, string? description, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query("SELECT token, created FROM request WHERE subject = $1 AND (CAST($2 AS TEXT) IS NULL OR description = $2) ORDER BY created LIMIT $3",
            static row => new RequestName(row.GetString(0), Time(row, 1)!.Value), owner.ToString(), description, MaxNames), cancellationToken);

    /// <summary>Forgets some of what ended before then; false when there is nothing left of it.</summary>
    public async Task<bool> ForgetAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.WriteAsync(session =>
                session.Execute("DELETE FROM request WHERE token IN (SELECT token FROM request WHERE ended < $1 LIMIT $2)", Ms(endedBefore), ForgetAtOnce), cancellationToken) == ForgetAtOnce;
        }
        catch (SqlStoreException e)
        {
            throw Translate(e);
        }
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private StoredRequest? Find(SqlSession session, string token)
    {
        var (header, host, address, until) = session.First(
            $"SELECT {RequestColumns}, r.host, m.address, m.until FROM request r LEFT JOIN member m ON m.host = r.host WHERE token = $1",
            static row => (ReadHeader(row), row.IsDBNull(11) ? null : row.GetString(11), row.IsDBNull(12) ? null : row.GetString(12), row.IsDBNull(13) ? 0 : row.GetInt64(13)), token);
        if (header is null)
            return null;
        var isAlive = host == _host || (host is not null && until > _clock(session));
        return new StoredRequest(header, Files(session, token), host, isAlive && address is { Length: > 0 } ? new Uri(address) : null, isAlive);
    }

    private static List<FileRow> Files(SqlSession session, string token) =>
        session.Query($"SELECT {FileColumns} FROM file WHERE token = $1 ORDER BY position", static row => new FileRow(
            row.GetInt32(0), row.GetString(1),
            row.IsDBNull(2) ? null : StoragePath.Parse(row.GetString(2)),
            (FileState)row.GetInt32(3),
            row.IsDBNull(4) ? null : new FileFault((FaultCause)row.GetInt32(4), (MdmErrorKind)row.GetInt32(5), row.GetString(6)),
            Time(row, 7),
            row.IsDBNull(8) ? null : row.GetInt64(8),
            row.IsDBNull(9) ? null : new FileId(row.GetFieldValue<byte[]>(9)),
            row.IsDBNull(10) ? null : row.GetString(10)), token);

    private static void EndIfAllHave(SqlSession session, string token, DateTimeOffset at) => session.Execute(
        $"UPDATE request SET ended = $2 WHERE token = $1 AND ended IS NULL AND NOT EXISTS (SELECT 1 FROM file WHERE file.token = $1 AND {IsOpen})", token, Ms(at));

    private static RequestHeader ReadHeader(DbDataReader row) => new()
    {
        Token = row.GetString(0),
        Kind = (RequestKind)row.GetInt32(1),
        Owner = new GridCaller(
            new GridIdentity(DistinguishedName.Parse(row.GetString(2)), row.GetString(3).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Fqan.Parse).ToImmutableArray())
            {
                IsLimited = row.GetInt32(4) != 0,
            },
            Time(row, 5)),
        Description = row.IsDBNull(6) ? null : row.GetString(6),
        CreatedAt = Time(row, 7)!.Value,
        Deadline = Time(row, 8)!.Value,
        StartsAt = Time(row, 9)!.Value,
        PinFor = TimeSpan.FromMilliseconds(row.GetInt64(10)),
    };

    private static long? Ms(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();

    private static DateTimeOffset? Time(DbDataReader row, int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    // Never cancelled: what was begun is finished, whether or not its caller still listens. What is written here may be written twice, so that one whose commit was lost on its way is written again.
    private async Task<T> WriteAsync<T>(Func<SqlSession, T> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await _store.WriteAsync(work, CancellationToken.None);
            }
            catch (SqlStoreException e) when (e.Trouble == SqlTrouble.Unavailable && _store.Address.Dialect == SqlDialect.Postgres && attempt < MaxAttempts)
            {
                // The store itself has waited for its server already, as long as its address says.
            }
            catch (SqlStoreException e)
            {
                throw Translate(e);
            }
        }
    }

    private async Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await _store.ReadAsync(work, cancellationToken);
            }
            catch (SqlStoreException e) when (e.Trouble == SqlTrouble.Unavailable && _store.Address.Dialect == SqlDialect.Postgres && attempt < MaxAttempts)
            {
                // As above.
            }
            catch (SqlStoreException e)
            {
                throw Translate(e);
            }
        }
    }

    private static MdmException Translate(SqlStoreException e) => new(
        e.IsTransient ? MdmErrorKind.Unavailable : MdmErrorKind.Refused, "The book of requests cannot be used now; the operator's log says why.", e);
}
