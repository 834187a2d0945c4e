using System.Data.Common;
using Mdm.Host.Access;
using Mdm.Host.Members;
using Mdm.Host.Staging;
using Mdm.Sql;

namespace Mdm.Host.Publication;

/// <summary>A scan of one publication.</summary>
/// <param name="Publication">The publication's number in the ledger.</param>
/// <param name="Number">Grows with each scan.</param>
internal sealed record ScanMark(long Publication, long Number);

/// <summary>An object as a scan sees it.</summary>
internal sealed record SeenObject(FileId File, byte[]? Study, byte[]? Patient, byte[]? Version);

/// <summary>What the ledger knew of an object before; removed is also what a withdrawn patient's objects are, known or not.</summary>
internal sealed record KnownObject(bool IsRemoved, byte[]? Version);

/// <summary>
/// Remembers what scans saw, what users removed, and how the last run went. Its writes come before the catalogue's, so that after a crash it knows too much rather than
/// too little; the next scan makes both agree.
/// </summary>
internal sealed class PublicationLedger(SqlStore store, TimeProvider time) : IRemovalLedger, IQuarantineLedger, IAsyncDisposable
{
    private const string Store = "The ledger of publications";

    /// <exception cref="SqlStoreException">The store cannot be used.</exception>
    public static PublicationLedger Open(SqlStoreAddress address, TimeProvider time, Membership members) => new(
        SqlStore.Open(address, LedgerSchema.Schema, new SqlStoreOptions("publications", SqlDurability.PowerLoss, IsExclusive: !members.IsShared)), time);

    /// <summary>Begins a scan; with <paramref name="restore"/>, what users removed (in that study) is to come back.</summary>
    public Task<ScanMark> BeginAsync(string publication, byte[]? study, bool restore, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        var id = NumberOf(session, publication);
        session.Execute("UPDATE publications SET scan = scan + 1 WHERE id = $1", id);
        if (restore)
            session.Execute("UPDATE objects SET removed = 0, removed_by = NULL, removed_at = NULL WHERE publication = $1 AND removed = 1 AND (CAST($2 AS BLOB) IS NULL OR study = $2)", id, study);
        return new ScanMark(id, session.Scalar<long>("SELECT scan FROM publications WHERE id = $1", id));
    }, cancellationToken);

    /// <summary>What is known of objects, in their order; null where nothing is.</summary>
    public Task<KnownObject?[]> LookAsync(IReadOnlyList<SeenObject> objects, CancellationToken cancellationToken) => ReadAsync(session =>
        objects.Select(seen =>
        {
            var known = session.First("SELECT removed, version FROM objects WHERE file = $1", static row => new KnownObject(row.GetInt64(0) == 1, Bytes(row, 1)), seen.File.ToBytes());
            return seen.Patient is { } patient && IsWithdrawn(session, patient) ? new KnownObject(IsRemoved: true, known?.Version) : known;
        }).ToArray(), cancellationToken);

    /// <summary>Records that a scan saw these objects, and that these directories are its publication's.</summary>
    public Task SeeAsync(ScanMark scan, IReadOnlyList<SeenObject> objects, IReadOnlyCollection<FileId> directories, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        foreach (var seen in objects)
        {
            session.Execute("""
                INSERT INTO objects (file, publication, study, version, seen, patient) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (file) DO UPDATE SET study = excluded.study, version = coalesce(excluded.version, objects.version), seen = CASE WHEN excluded.seen > objects.seen THEN excluded.seen ELSE objects.seen END, patient = excluded.patient, misses = 0
                """, seen.File.ToBytes(), scan.Publication, seen.Study, seen.Version, scan.Number, seen.Patient);
        }
        foreach (var directory in directories)
            session.Execute("INSERT INTO directories (id, publication) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", directory.ToBytes(), scan.Publication);
        return true;
    }, cancellationToken);

    /// <summary>Those that a user has removed, or whose patient was withdrawn.</summary>
    public Task<List<FileId>> RemovedAmongAsync(IEnumerable<FileId> files, CancellationToken cancellationToken) => ReadAsync(session =>
        files.Where(file => session.Scalar<long>(
            "SELECT count(*) FROM objects WHERE file = $1 AND (removed = 1 OR patient IN (SELECT patient FROM withdrawn))", file.ToBytes()) > 0).ToList(), cancellationToken);

    /// <summary>From now on nothing of that patient is published.</summary>
    public Task WithdrawAsync(byte[] patient, GridIdentity by, CancellationToken cancellationToken)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        return WriteAsync(session => session.Execute(
            "INSERT INTO withdrawn (patient, withdrawn_by, withdrawn_at) VALUES ($1, $2, $3) ON CONFLICT (patient) DO NOTHING", patient, by.Subject.ToString(), at), cancellationToken);
    }

    /// <summary>The next scans publish that patient again.</summary>
    /// <returns>False when the patient was not withdrawn.</returns>
    public Task<bool> LiftAsync(byte[] patient, CancellationToken cancellationToken) =>
        WriteAsync(session => session.Execute("DELETE FROM withdrawn WHERE patient = $1", patient) > 0, cancellationToken);

    /// <summary>A page of a patient's files in all publications, by id, after that one.</summary>
    public Task<List<FileId>> FilesOfAsync(byte[] patient, FileId after, int limit, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT file FROM objects WHERE patient = $1 AND file > $2 ORDER BY file LIMIT $3", IdOf, patient, after.ToBytes(), limit), cancellationToken);

    /// <summary>Counts a complete scan against all (of that study) that it did not see.</summary>
    /// <returns>How many were missing.</returns>
    /// <exception cref="MdmException">Busy: another scan has begun since; what this one did not see says nothing.</exception>
    public Task<int> MissAsync(ScanMark scan, byte[]? study, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        if (session.Scalar<long>("SELECT scan FROM publications WHERE id = $1", scan.Publication) != scan.Number)
            throw new MdmException(MdmErrorKind.Busy, "Another run of this publication has begun since, on another host; its listing counts.");
        return session.Execute(
            "UPDATE objects SET misses = misses + 1 WHERE publication = $1 AND seen < $2 AND removed = 0 AND (CAST($3 AS BLOB) IS NULL OR study = $3)", scan.Publication, scan.Number, study);
    }, cancellationToken);

    /// <summary>How many (of that study) were missed at least so often, and how many files the publication has.</summary>
    public Task<(long Missed, long Published)> CountAsync(ScanMark scan, byte[]? study, int misses, CancellationToken cancellationToken) => ReadAsync(session => (
        session.Scalar<long>("SELECT count(*) FROM objects WHERE publication = $1 AND misses > 0 AND misses >= $3 AND removed = 0 AND (CAST($2 AS BLOB) IS NULL OR study = $2)", scan.Publication, study, misses),
        session.Scalar<long>("SELECT count(*) FROM objects WHERE publication = $1 AND removed = 0", scan.Publication)), cancellationToken);

    /// <summary>A page of those (of that study) that were missed at least so often, by id.</summary>
    public Task<List<FileId>> MissedAsync(ScanMark scan, byte[]? study, int misses, FileId after, int limit, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT file FROM objects WHERE publication = $1 AND misses > 0 AND misses >= $3 AND removed = 0 AND (CAST($2 AS BLOB) IS NULL OR study = $2) AND file > $4 ORDER BY file LIMIT $5",
        IdOf, scan.Publication, study, misses, after.ToBytes(), limit), cancellationToken);

    /// <summary>Forgets objects that are no longer published.</summary>
    public Task DropAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        foreach (var file in files)
            session.Execute("DELETE FROM objects WHERE file = $1 AND removed = 0", file.ToBytes());
        return true;
    }, cancellationToken);

    /// <summary>True for a directory that a scan made, not a user.</summary>
    public Task<bool> IsOwnDirectoryAsync(FileId id, CancellationToken cancellationToken) =>
        ReadAsync(session => session.Scalar<long>("SELECT count(*) FROM directories WHERE id = $1", id.ToBytes()) > 0, cancellationToken);

    public Task DropDirectoryAsync(FileId id, CancellationToken cancellationToken) =>
        WriteAsync(session => session.Execute("DELETE FROM directories WHERE id = $1", id.ToBytes()), cancellationToken);

    /// <summary>Puts files into, or takes them out of, the line of those to be staged once.</summary>
    public Task SetMeasureAsync(IEnumerable<FileId> files, bool waits, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        foreach (var file in files)
            session.Execute("UPDATE objects SET measure = $2 WHERE file = $1", file.ToBytes(), waits ? 1L : 0L);
        return true;
    }, cancellationToken);

    /// <summary>Some of a publication's files that wait to be staged once, after that id.</summary>
    public Task<List<FileId>> ToMeasureAsync(string publication, FileId after, int limit, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT o.file FROM objects o JOIN publications p ON p.id = o.publication WHERE p.name = $1 AND o.measure = 1 AND o.removed = 0 AND o.file > $2 ORDER BY o.file LIMIT $3",
        IdOf, publication, after.ToBytes(), limit), cancellationToken);

    /// <summary>Keeps how a run ended, as it is to be shown.</summary>
    public Task SaveRunAsync(string publication, string json, CancellationToken cancellationToken) =>
        WriteAsync(session => session.Execute("UPDATE publications SET last_run = $2 WHERE id = $1", NumberOf(session, publication), json), cancellationToken);

    /// <summary>How a publication's last run ended; null when it never ran.</summary>
    public Task<string?> LastRunAsync(string publication, CancellationToken cancellationToken) =>
        ReadAsync(session => session.Scalar<string>("SELECT last_run FROM publications WHERE name = $1", publication), cancellationToken);

    /// <summary>A file that a user removed may be published again; one of a withdrawn patient may not.</summary>
    public Task LetReturnAsync(FileId file, CancellationToken cancellationToken) => WriteAsync(session => session.Execute(
        "UPDATE objects SET removed = 0, removed_by = NULL, removed_at = NULL WHERE file = $1 AND removed = 1", file.ToBytes()), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask RecordAsync(CatalogEntry entry, GridIdentity by, CancellationToken cancellationToken)
    {
        if (entry.Publication is not { } publication)
            return;
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        await WriteAsync(session => session.Execute("""
            INSERT INTO objects (file, publication, seen, removed, removed_by, removed_at) VALUES ($1, $2, 0, 1, $3, $4)
            ON CONFLICT (file) DO UPDATE SET removed = 1, removed_by = excluded.removed_by, removed_at = excluded.removed_at, misses = 0, measure = 0
            """, entry.Id.ToBytes(), NumberOf(session, publication), by.Subject.ToString(), at), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<List<QuarantinedFile>> QuarantinedAsync(CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT file, version, reason, since FROM quarantine",
        static row => new QuarantinedFile(IdOf(row), row.GetString(1), row.GetString(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)))), cancellationToken);

    /// <inheritdoc/>
    public Task QuarantineAsync(QuarantinedFile file, CancellationToken cancellationToken) => WriteAsync(session => session.Execute("""
        INSERT INTO quarantine (file, version, reason, since) VALUES ($1, $2, $3, $4)
        ON CONFLICT (file) DO UPDATE SET version = excluded.version, reason = excluded.reason, since = excluded.since
        """, file.File.ToBytes(), file.Version, file.Reason, file.Since.ToUnixTimeMilliseconds()), cancellationToken);

    /// <inheritdoc/>
    public Task EndQuarantineAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        foreach (var file in files)
            session.Execute("DELETE FROM quarantine WHERE file = $1", file.ToBytes());
        return true;
    }, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static long NumberOf(SqlSession session, string publication)
    {
        session.Execute("INSERT INTO publications (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", publication);
        return session.Scalar<long>("SELECT id FROM publications WHERE name = $1", publication);
    }

    private static bool IsWithdrawn(SqlSession session, byte[] patient) => session.Scalar<long>("SELECT count(*) FROM withdrawn WHERE patient = $1", patient) > 0;

    private static byte[]? Bytes(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

    private static FileId IdOf(DbDataReader row) => new(row.GetFieldValue<byte[]>(0));

    private Task<T> WriteAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => StoreTrouble.ToldAsync(store.WriteAsync(work, cancellationToken), Store);

    private Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => StoreTrouble.ToldAsync(store.ReadAsync(work, cancellationToken), Store);
}
