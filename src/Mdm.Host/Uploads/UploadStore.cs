using System.Data.Common;
using Mdm.Host.Requests;
using Mdm.Sql;

namespace Mdm.Host.Uploads;

/// <summary>
/// Puts on disk. Nothing of them is remembered elsewhere: each change is one transaction that asks for the state it is made from, so that whichever host shares the store may answer for any put. What a method's
/// task has acknowledged outlives the process.
/// </summary>
internal sealed partial class UploadStore(SqlStore store) : IAsyncDisposable
{
    /// <summary>Most names that one look-up by owner gives.</summary>
    public const int MaxNames = 10_000;

    private const string What = "The book of puts";

    /// <summary>Ended puts forgotten in one transaction: others wait behind it.</summary>
    private const int ForgetAtOnce = 200;

    private const string Columns = "token, position, surl, asked, path, publication, archive, state, cause, error, message, host, base, turl_until, space, reserved, expected, lifetime, attempt, object, media, length, adler, since";

    /// <exception cref="SqlStoreException">The store cannot be used.</exception>
    public static UploadStore Open(SqlStoreAddress address) => new(SqlStore.Open(address, UploadSchema.Schema, new SqlStoreOptions("uploads", SqlDurability.PowerLoss)));

    /// <summary>The room of puts, in the same store: what is taken for a put is taken in its transaction.</summary>
    public SpaceStore Spaces { get; } = new(store);

    /// <summary>Records a put with its files, and keeps their names and room: a file for which either is not to be had fails.</summary>
    /// <param name="request">The put.</param>
    /// <param name="files">Its files: awaited, or failed already.</param>
    /// <param name="maxOpen">Most open files of its owner.</param>
    /// <returns>The files as they stand.</returns>
    /// <exception cref="MdmException">Refused: the owner has too many open.</exception>
    public Task<List<UploadRow>> InsertAsync(UploadRequest request, IReadOnlyList<UploadRow> files, int maxOpen) => WriteAsync(session =>
    {
        var open = session.Scalar<long>("SELECT count(*) FROM upload WHERE subject = $1 AND state <= 4", request.Owner.ToString());
        if (open + files.Count > maxOpen)
            throw new MdmException(MdmErrorKind.Refused, $"You have {open} files in puts that are not at their end; {maxOpen} are the most (Uploads:MaxOpenFilesPerUser). End some, with srmPutDone or srmAbortRequest.");
        var kept = files.Select(file => file.State == UploadState.Awaited ? Keep(session, file) : file).ToList();
        if (kept.TrueForAll(file => file.State == UploadState.Failed))
            return kept;
        session.Execute("INSERT INTO request (token, subject, description, created, deadline, overwriting) VALUES ($1, $2, $3, $4, $5, $6)",
            request.Token, request.Owner.ToString(), request.Description, Ms(request.CreatedAt), Ms(request.Deadline), (int)request.Overwriting);
        foreach (var file in kept)
        {
            session.Execute($"INSERT INTO upload ({Columns}, subject, history) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
                request.Token, file.Position, file.Surl, file.Asked?.ToString(), file.Path?.ToString(), file.Publication, file.Archive, (int)file.State, (int?)file.Fault?.Cause, (int?)file.Fault?.Kind, file.Fault?.Message,
                file.Host, file.Base.AbsoluteUri, Ms(file.TurlUntil), file.Space, file.Reserved, file.Expected, (long?)file.Lifetime?.TotalMilliseconds, 0, null, null, null, null, Ms(file.Since), request.Owner.ToString(), Step(file.State, file.Since));
        }
        return kept;
    });

    /// <summary>A put, whosoever; null when there is none.</summary>
    public Task<(UploadRequest Request, List<UploadRow> Files)?> FindAsync(string token, CancellationToken cancellationToken) => ReadAsync<(UploadRequest, List<UploadRow>)?>(session =>
        session.First("SELECT token, subject, description, created, deadline, overwriting FROM request WHERE token = $1", ReadRequest, token) is { } request
            ? (request, session.Query($"SELECT {Columns} FROM upload WHERE token = $1 ORDER BY position", ReadRow, token))
            : null, cancellationToken);

    /// <summary>The owner's puts, oldest first, at most <see cref="MaxNames"/>; those of a description, when one is given.</summary>
    public Task<List<RequestName>> NamesAsync(DistinguishedName owner, string? description, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query("SELECT token, created FROM request WHERE subject = $1 AND (CAST($2 AS TEXT) IS NULL OR description = $2) ORDER BY created LIMIT $3",
            static row => new RequestName(row.GetString(0), Time(row, 1)!.Value), owner.ToString(), description, MaxNames), cancellationToken);

    /// <summary>The open put of a name; null when there is none.</summary>
    public Task<UploadRow?> FindOpenAsync(StoragePath path, CancellationToken cancellationToken) => ReadAsync(session =>
        session.First($"SELECT {Columns} FROM upload WHERE path = $1 AND state <= 4", ReadRow, path.ToString()), cancellationToken);

    /// <summary>True when a name at or below that path is being put.</summary>
    public Task<bool> IsPutBelowAsync(StoragePath path, CancellationToken cancellationToken)
    {
        var below = path.ToString().TrimEnd('/') + "/";
        return ReadAsync(session => session.Scalar<long>("SELECT count(*) FROM upload WHERE state <= 4 AND (path = $1 OR substr(path, 1, length($2)) = $2)", path.ToString(), below) > 0, cancellationToken);
    }

    /// <summary>Bytes begin to come: what came before counts no more. The object is noted before it can be there.</summary>
    /// <param name="row">As it was read, with the address of the host that takes them.</param>
    /// <param name="host">That host.</param>
    /// <param name="objectOf">The object's id by the number of the attempt; null where the archive gives it another.</param>
    /// <param name="now">The time.</param>
    /// <returns>The file as it stands; null when it takes no bytes any more.</returns>
    public Task<UploadRow?> BeginAsync(UploadRow row, string host, Func<int, ArchiveObjectId?> objectOf, DateTimeOffset now) => WriteAsync<UploadRow?>(session =>
    {
        if (session.First($"SELECT {Columns} FROM upload WHERE token = $1 AND position = $2 AND state <= 3 AND turl_until > $3", ReadRow, row.Token, row.Position, Ms(now)) is not { } there)
            return null;
        var attempt = there.Attempt + 1;
        session.Execute($"UPDATE upload SET state = 2, attempt = $3, host = $4, since = $5, object = NULL, media = NULL, length = NULL, adler = NULL, {Noting(6)}, base = $7 WHERE token = $1 AND position = $2",
            row.Token, row.Position, attempt, host, Ms(now), Step(UploadState.Coming, now), row.Base.AbsoluteUri);
        if (objectOf(attempt) is { } id)
        {
            session.Execute("INSERT INTO stray (archive, object, token, position, attempt, host, since) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                there.Archive, id.Value, row.Token, row.Position, attempt, host, Ms(now));
        }
        return there with { State = UploadState.Coming, Attempt = attempt, Host = host, Base = row.Base, Since = now, Object = null, Facts = null };
    });

    /// <summary>Sets more room aside while bytes come.</summary>
    /// <returns>False when the put was called off, or begun anew.</returns>
    /// <exception cref="MdmException">NoSpace.</exception>
    public Task<bool> GrowAsync(UploadRow row, long upTo) => WriteAsync(session =>
    {
        if (session.First($"SELECT {Columns} FROM upload WHERE token = $1 AND position = $2 AND attempt = $3 AND state = 2", ReadRow, row.Token, row.Position, row.Attempt) is not { } there)
            return false;
        if (there.Space is not { } space || there.Reserved >= upTo)
            return true;
        SpaceStore.Take(session, space, upTo - there.Reserved);
        session.Execute("UPDATE upload SET reserved = $3 WHERE token = $1 AND position = $2", row.Token, row.Position, upTo);
        return true;
    });

    /// <summary>All bytes are there.</summary>
    /// <returns>False when the put was called off, or begun anew.</returns>
    public Task<bool> ArriveAsync(UploadRow row, ArchiveObjectId? id, string mediaType, FileFacts facts, DateTimeOffset now) => WriteAsync(session => session.Execute(
        $"UPDATE upload SET state = 3, object = $4, media = $5, length = $6, adler = $7, since = $8, {Noting(9)} WHERE token = $1 AND position = $2 AND attempt = $3 AND state = 2",
        row.Token, row.Position, row.Attempt, id?.Value, mediaType, facts.Length, (long)facts.Adler32, Ms(now), Step(UploadState.Arrived, now)) == 1);

    /// <summary>Bytes broke off, or are wanted no more: the TURL takes them anew.</summary>
    public Task DropAsync(UploadRow row, DateTimeOffset now) => WriteAsync(session => session.Execute(
        $"UPDATE upload SET state = 1, object = NULL, media = NULL, length = NULL, adler = NULL, since = $4, {Noting(5)} WHERE token = $1 AND position = $2 AND attempt = $3 AND state IN (2, 3)",
        row.Token, row.Position, row.Attempt, Ms(now), Step(UploadState.Awaited, now)));

    /// <summary>Its owner said that it is done.</summary>
    /// <returns>False when it is not all there, or somebody else is at it.</returns>
    public Task<bool> EnterAsync(UploadRow row, FileId? replaces, string host, DateTimeOffset now) => WriteAsync(session => session.Execute(
        $"UPDATE upload SET state = 4, host = $4, replaces = $5, since = $6, {Noting(7)} WHERE token = $1 AND position = $2 AND attempt = $3 AND state = 3",
        row.Token, row.Position, row.Attempt, host, replaces?.ToBytes(), Ms(now), Step(UploadState.Entering, now)) == 1);

    /// <summary>It could not be entered now; it may be tried again.</summary>
    public Task LeaveAsync(UploadRow row, DateTimeOffset now) => WriteAsync(session => session.Execute(
        $"UPDATE upload SET state = 3, since = $4, {Noting(5)} WHERE token = $1 AND position = $2 AND attempt = $3 AND state = 4", row.Token, row.Position, row.Attempt, Ms(now), Step(UploadState.Arrived, now)));

    /// <summary>It is a file: its object is no stray, its room is what it takes, and what it replaced goes.</summary>
    /// <param name="row">As it was entered, with the object that stands for it.</param>
    /// <param name="file">The file.</param>
    /// <param name="expiresAt">When it ends; null for never.</param>
    /// <param name="now">The time.</param>
    public Task DoneAsync(UploadRow row, FileId file, DateTimeOffset? expiresAt, DateTimeOffset now) => WriteAsync(session =>
    {
        if (session.First("SELECT replaces FROM upload WHERE token = $1 AND position = $2 AND state = 4", static row => new Replaced(row.IsDBNull(0) ? null : row.GetFieldValue<byte[]>(0)), row.Token, row.Position) is not { } replaced)
            return false;
        var length = row.Facts!.Length;
        session.Execute("DELETE FROM stray WHERE archive = $1 AND object = $2", row.Archive, row.Object!.Value);
        session.Execute("INSERT INTO stored (file, publication, archive, object, space, length, expires) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (file) DO NOTHING",
            file.ToBytes(), row.Publication, row.Archive, row.Object.Value, row.Space, length, Ms(expiresAt));
        SettleRoom(session, row.Token, row.Position, length);
        session.Execute($"UPDATE upload SET state = 5, object = $3, since = $4, {Noting(5)} WHERE token = $1 AND position = $2", row.Token, row.Position, row.Object.Value, Ms(now), Step(UploadState.Done, now));
        if (replaced.File is { } old)
            session.Execute("UPDATE stored SET leaving = $2 WHERE file = $1 AND leaving IS NULL", old, Ms(now));
        EndIfOver(session, row.Token, now);
        return true;
    });

    /// <summary>Ends what is open of a put, or some of its files, and gives their room back.</summary>
    /// <returns>Those that were open.</returns>
    public Task<List<UploadRow>> EndAsync(string token, IReadOnlyCollection<int>? positions, UploadState state, FileFault? fault, DateTimeOffset now) => WriteAsync(session =>
    {
        // What is being entered comes to an end of its own.
        var open = session.Query($"SELECT {Columns} FROM upload WHERE token = $1 AND state <= 3 ORDER BY position", ReadRow, token).FindAll(row => positions?.Contains(row.Position) != false);
        foreach (var row in open)
            End(session, row, state, fault, now);
        EndIfOver(session, token, now);
        return open;
    });

    /// <summary>It cannot be entered.</summary>
    /// <param name="row">The file, with the attempt that brought its bytes.</param>
    /// <param name="at">Where it has to be still: whoever enters it alone says that it failed.</param>
    /// <param name="fault">Why.</param>
    /// <param name="now">The time.</param>
    /// <returns>False when it is not there any more: somebody else enters it, or has.</returns>
    public Task<bool> FailAsync(UploadRow row, UploadState at, FileFault fault, DateTimeOffset now) => WriteAsync(session =>
    {
        if (session.Scalar<long>("SELECT count(*) FROM upload WHERE token = $1 AND position = $2 AND attempt = $3 AND state = $4", row.Token, row.Position, row.Attempt, (int)at) == 0)
            return false;
        End(session, row, UploadState.Failed, fault, now);
        EndIfOver(session, row.Token, now);
        return true;
    });

    /// <summary>Ends what has run out.</summary>
    /// <returns>What was ended.</returns>
    public Task<List<UploadRow>> EndDueAsync(DateTimeOffset now, int limit) => WriteAsync(session =>
    {
        var due = session.Query($"SELECT {Columns} FROM upload WHERE state <= 3 AND turl_until <= $1 ORDER BY turl_until LIMIT $2", ReadRow, Ms(now), limit);
        foreach (var row in due)
        {
            var deadline = session.Scalar<long>("SELECT deadline FROM request WHERE token = $1", row.Token);
            End(session, row, deadline <= Ms(now) ? UploadState.TimedOut : UploadState.Expired, null, now);
            EndIfOver(session, row.Token, now);
        }
        return due;
    });

    /// <summary>After this host died: what came to it comes no more.</summary>
    /// <returns>What it was entering.</returns>
    public Task<List<UploadRow>> RecoverAsync(string host, DateTimeOffset now) => WriteAsync(session =>
    {
        session.Execute($"UPDATE upload SET state = 1, since = $2, {Noting(3)} WHERE host = $1 AND state = 2", host, Ms(now), Step(UploadState.Awaited, now));
        return session.Query($"SELECT {Columns} FROM upload WHERE host = $1 AND state = 4", ReadRow, host);
    });

    /// <summary>What another host has been entering for so long that it must have died.</summary>
    public Task<List<UploadRow>> StuckAsync(DateTimeOffset before, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query($"SELECT {Columns} FROM upload WHERE state = 4 AND since < $1", ReadRow, Ms(before)), cancellationToken);

    /// <summary>Objects that no put needs any more: those of this host, and old ones of others.</summary>
    public Task<List<StrayObject>> StraysAsync(string host, DateTimeOffset othersBefore, int limit, CancellationToken cancellationToken) => ReadAsync(session => session.Query("""
        SELECT s.archive, s.object, s.token, s.position, s.attempt, s.host, s.since FROM stray s
        LEFT JOIN upload u ON u.token = s.token AND u.position = s.position AND u.attempt = s.attempt AND u.state IN (2, 3, 4)
        WHERE u.token IS NULL AND (s.host = $1 OR s.since < $2) LIMIT $3
        """, static row => new StrayObject(row.GetString(0), new ArchiveObjectId(row.GetString(1)), row.GetString(2), row.GetInt32(3), row.GetInt32(4), row.GetString(5), Time(row, 6)!.Value), host, Ms(othersBefore), limit), cancellationToken);

    /// <summary>The object is erased.</summary>
    public Task StrikeAsync(string archive, ArchiveObjectId id) => WriteAsync(session => session.Execute("DELETE FROM stray WHERE archive = $1 AND object = $2", archive, id.Value));

    /// <summary>What is known of files that came by puts; nothing of others.</summary>
    public Task<Dictionary<FileId, StoredRow>> StoredAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken) => ReadAsync(session => files
        .Select(file => session.First("SELECT file, publication, archive, object, space, length, expires, leaving FROM stored WHERE file = $1", ReadStored, file.ToBytes()))
        .OfType<StoredRow>().ToDictionary(stored => stored.File), cancellationToken);

    /// <summary>A file is about to go.</summary>
    public Task LeavingAsync(FileId file, DateTimeOffset now) => WriteAsync(session => session.Execute("UPDATE stored SET leaving = $2 WHERE file = $1", file.ToBytes(), Ms(now)));

    /// <summary>It did not go.</summary>
    public Task StaysAsync(FileId file, DateTimeOffset notedBefore) => WriteAsync(session => session.Execute("UPDATE stored SET leaving = NULL WHERE file = $1 AND leaving < $2", file.ToBytes(), Ms(notedBefore)));

    /// <summary>Files that are to go, or are gone.</summary>
    public Task<List<StoredRow>> LeaversAsync(int limit, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query("SELECT file, publication, archive, object, space, length, expires, leaving FROM stored WHERE leaving IS NOT NULL ORDER BY leaving LIMIT $1", ReadStored, limit), cancellationToken);

    /// <summary>Files whose lifetime is over.</summary>
    public Task<List<StoredRow>> ExpiredAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query("SELECT file, publication, archive, object, space, length, expires, leaving FROM stored WHERE expires <= $1 AND leaving IS NULL ORDER BY expires LIMIT $2", ReadStored, Ms(now), limit), cancellationToken);

    /// <summary>A file lives until then; null for without end.</summary>
    /// <returns>False when it did not come by a put.</returns>
    public Task<bool> ExtendAsync(FileId file, DateTimeOffset? expiresAt) => WriteAsync(session =>
        session.Execute("UPDATE stored SET expires = $2 WHERE file = $1 AND leaving IS NULL", file.ToBytes(), Ms(expiresAt)) == 1);

    /// <summary>Its object is erased: its room is given back.</summary>
    public Task ForgetAsync(StoredRow stored) => WriteAsync(session =>
    {
        if (session.Execute("DELETE FROM stored WHERE file = $1", stored.File.ToBytes()) == 1 && stored.Space is { } space)
            SpaceStore.Give(session, space, stored.Length);
        return true;
    });

    /// <summary>Forgets some of what ended before then; false when there is nothing left of it.</summary>
    public async Task<bool> ForgetAsync(DateTimeOffset endedBefore) => await WriteAsync(session =>
        session.Execute("DELETE FROM request WHERE token IN (SELECT token FROM request WHERE ended < $1 LIMIT $2)", Ms(endedBefore), ForgetAtOnce)) == ForgetAtOnce;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    /// <summary>Milliseconds, as times are stored.</summary>
    internal static long? Ms(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();

    internal static DateTimeOffset? Time(DbDataReader row, int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static UploadRow Keep(SqlSession session, UploadRow file)
    {
        if (session.Scalar<long>("SELECT count(*) FROM upload WHERE path = $1 AND state <= 4", file.Path!.ToString()) > 0)
            return Failed(file, new FileFault(FaultCause.Error, MdmErrorKind.Busy, $"{file.Path} is being put already; wait until that is done, or called off."));
        if (file.Space is not { } space)
            return file with { Reserved = 0 };
        try
        {
            SpaceStore.Take(session, space, file.Reserved);
            return file;
        }
        catch (MdmException full)
        {
            return Failed(file, FileFault.Of(full));
        }
    }

    private static UploadRow Failed(UploadRow file, FileFault fault) => file with { State = UploadState.Failed, Fault = fault, Reserved = 0 };

    private static void End(SqlSession session, UploadRow row, UploadState state, FileFault? fault, DateTimeOffset now)
    {
        SettleRoom(session, row.Token, row.Position, 0);
        session.Execute($"UPDATE upload SET state = $3, cause = $4, error = $5, message = $6, since = $7, {Noting(8)} WHERE token = $1 AND position = $2",
            row.Token, row.Position, (int)state, (int?)fault?.Cause, (int?)fault?.Kind, fault?.Message, Ms(now), Step(state, now));
    }

    /// <summary>Of what was set aside so much stays taken.</summary>
    private static void SettleRoom(SqlSession session, string token, int position, long taken)
    {
        var held = session.First("SELECT space, reserved FROM upload WHERE token = $1 AND position = $2", static row => new HeldRoom(row.IsDBNull(0) ? null : row.GetString(0), row.GetInt64(1)), token, position);
        if (held?.Space is not { } space)
            return;
        SpaceStore.Give(session, space, held.Reserved - taken);
        session.Execute("UPDATE upload SET reserved = 0 WHERE token = $1 AND position = $2", token, position);
    }

    private static void EndIfOver(SqlSession session, string token, DateTimeOffset now) => session.Execute(
        "UPDATE request SET ended = $2 WHERE token = $1 AND ended IS NULL AND NOT EXISTS (SELECT 1 FROM upload WHERE upload.token = $1 AND upload.state <= 4)", token, Ms(now));

    private static UploadRequest ReadRequest(DbDataReader row) => new()
    {
        Token = row.GetString(0),
        Owner = DistinguishedName.Parse(row.GetString(1)),
        Description = row.IsDBNull(2) ? null : row.GetString(2),
        CreatedAt = Time(row, 3)!.Value,
        Deadline = Time(row, 4)!.Value,
        Overwriting = (Overwriting)row.GetInt32(5),
    };

    private static UploadRow ReadRow(DbDataReader row) => new()
    {
        Token = row.GetString(0),
        Position = row.GetInt32(1),
        Surl = row.GetString(2),
        Asked = row.IsDBNull(3) ? null : StoragePath.Parse(row.GetString(3)),
        Path = row.IsDBNull(4) ? null : StoragePath.Parse(row.GetString(4)),
        Publication = row.IsDBNull(5) ? null : row.GetString(5),
        Archive = row.IsDBNull(6) ? null : row.GetString(6),
        State = (UploadState)row.GetInt32(7),
        Fault = row.IsDBNull(8) ? null : new FileFault((FaultCause)row.GetInt32(8), (MdmErrorKind)row.GetInt32(9), row.GetString(10)),
        Host = row.GetString(11),
        Base = new Uri(row.GetString(12)),
        TurlUntil = Time(row, 13)!.Value,
        Space = row.IsDBNull(14) ? null : row.GetString(14),
        Reserved = row.GetInt64(15),
        Expected = row.IsDBNull(16) ? null : row.GetInt64(16),
        Lifetime = row.IsDBNull(17) ? null : TimeSpan.FromMilliseconds(row.GetInt64(17)),
        Attempt = row.GetInt32(18),
        Object = row.IsDBNull(19) ? null : new ArchiveObjectId(row.GetString(19)),
        MediaType = row.IsDBNull(20) ? null : row.GetString(20),
        Facts = row.IsDBNull(21) ? null : new FileFacts(row.GetInt64(21), (uint)row.GetInt64(22)),
        Since = Time(row, 23)!.Value,
    };

    private static StoredRow ReadStored(DbDataReader row) => new(
        new FileId(row.GetFieldValue<byte[]>(0)), row.GetString(1), row.GetString(2), new ArchiveObjectId(row.GetString(3)), row.IsDBNull(4) ? null : row.GetString(4), row.GetInt64(5), Time(row, 6), !row.IsDBNull(7));

    // Never cancelled: what was begun is finished, whether or not its caller still listens.
    private Task<T> WriteAsync<T>(Func<SqlSession, T> work) => StoreTrouble.ToldAsync(store.WriteAsync(work, CancellationToken.None), What);

    private Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => StoreTrouble.ToldAsync(store.ReadAsync(work, cancellationToken), What);

    private sealed record Replaced(byte[]? File);

    private sealed record HeldRoom(string? Space, long Reserved);
}
