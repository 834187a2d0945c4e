using System.Collections.Immutable;
using System.Data.Common;
using Mdm.Host.Access;
using Mdm.Sql;

namespace Mdm.Host.Requests;

/// <summary>Requests on disk. What a method's task has acknowledged outlives the process; writes that are under way at the same time share one flush.</summary>
internal sealed partial class RequestStore : IAsyncDisposable
{
    /// <summary>Most names that one look-up by owner gives.</summary>
    public const int MaxNames = 10_000;

    /// <summary>Ended requests forgotten in one transaction: others wait behind it.</summary>
    private const int ForgetAtOnce = 200;

    private const string RequestColumns = "token, kind, subject, fqans, limited, valid_until, description, created, deadline, starts, pin_ms";

    private static readonly SqlSchema Schema = new("requests",
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
    ]);

    private readonly SqlStore _store;

    /// <exception cref="SqlStoreException">The store cannot be used.</exception>
    public RequestStore(SqlStoreAddress address) => _store = SqlStore.Open(address, Schema, new SqlStoreOptions("the request book", IsExclusive: true));

    /// <summary>Records a request with all its files.</summary>
    public Task InsertAsync(RequestHeader header, IReadOnlyList<FileRow> files, DateTimeOffset? ended) => WriteAsync(session =>
    {
        var owner = header.Owner.Identity;
        session.Execute($"INSERT INTO request ({RequestColumns}, ended) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            header.Token, (int)header.Kind, owner.Subject.ToString(), string.Join('\n', owner.Fqans.IsDefault ? [] : owner.Fqans), owner.IsLimited ? 1 : 0,
            Ms(header.Owner.ValidUntil), header.Description, Ms(header.CreatedAt), Ms(header.Deadline), Ms(header.StartsAt), (long)header.PinFor.TotalMilliseconds, Ms(ended));
        foreach (var file in files)
        {
            session.Execute("INSERT INTO file (token, position, surl, path, state, cause, error, message, pinned_until, length, history) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                header.Token, file.Position, file.Surl, file.Path?.ToString(), (int)file.State, (int?)file.Fault?.Cause, (int?)file.Fault?.Kind, file.Fault?.Message, Ms(file.PinnedUntil), file.Length, file.History);
        }
    });

    /// <summary>Records how files of a request stand now, and its end when it came.</summary>
    public Task UpdateAsync(string token, IReadOnlyList<FileRow> files, DateTimeOffset? ended) => WriteAsync(session =>
    {
        foreach (var file in files)
        {
            session.Execute("UPDATE file SET state = $3, cause = $4, error = $5, message = $6, pinned_until = $7, length = $8, history = $9 WHERE token = $1 AND position = $2",
                token, file.Position, (int)file.State, (int?)file.Fault?.Cause, (int?)file.Fault?.Kind, file.Fault?.Message, Ms(file.PinnedUntil), file.Length, file.History);
        }
        if (ended is not null)
            session.Execute("UPDATE request SET ended = $2 WHERE token = $1", token, Ms(ended));
    });

    /// <summary>A request, whosoever; null when there is none.</summary>
    public Task<(RequestHeader Header, IReadOnlyList<FileRow> Files)?> FindAsync(string token, CancellationToken cancellationToken) =>
        ReadAsync<(RequestHeader Header, IReadOnlyList<FileRow> Files)?>(session =>
            session.First($"SELECT {RequestColumns} FROM request WHERE token = $1", ReadHeader, token) is { } header
                ? (header, Files(session, token))
                : null, cancellationToken);

    /// <summary>The owner's requests, oldest first, at most <see cref="MaxNames"/>; those of a description, when one is given.</summary>
    public Task<List<RequestName>> NamesAsync(DistinguishedName owner, string? description, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query("SELECT token, created FROM request WHERE subject = $1 AND (CAST($2 AS TEXT) IS NULL OR description = $2) ORDER BY created LIMIT $3",
            static row => new RequestName(row.GetString(0), Time(row, 1)!.Value), owner.ToString(), description, MaxNames), cancellationToken);

    /// <summary>All that had not come to its end.</summary>
    public Task<List<(RequestHeader Header, IReadOnlyList<FileRow> Files)>> OpenAsync(CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query($"SELECT {RequestColumns} FROM request WHERE ended IS NULL ORDER BY created", ReadHeader)
            .ConvertAll(header => (header, (IReadOnlyList<FileRow>)Files(session, header.Token))), cancellationToken);

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

    private static List<FileRow> Files(SqlSession session, string token) =>
        session.Query("SELECT position, surl, path, state, cause, error, message, pinned_until, length, history FROM file WHERE token = $1 ORDER BY position", static row => new FileRow(
            row.GetInt32(0), row.GetString(1),
            row.IsDBNull(2) ? null : StoragePath.Parse(row.GetString(2)),
            (FileState)row.GetInt32(3),
            row.IsDBNull(4) ? null : new FileFault((FaultCause)row.GetInt32(4), (MdmErrorKind)row.GetInt32(5), row.GetString(6)),
            Time(row, 7),
            row.IsDBNull(8) ? null : row.GetInt64(8),
            row.IsDBNull(9) ? null : row.GetString(9)), token);

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

    // Never cancelled: what was begun is finished, whether or not its caller still listens.
    private async Task WriteAsync(Action<SqlSession> work)
    {
        try
        {
            await _store.WriteAsync(session =>
            {
                work(session);
                return true;
            }, CancellationToken.None);
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
        e.IsTransient ? MdmErrorKind.Unavailable : MdmErrorKind.Refused, "The book of requests cannot be used now; the operator's log says why.", e);
}
