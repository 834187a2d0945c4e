using Mdm.Host.Members;
using Mdm.Sql;

namespace Mdm.Host.Keys;

/// <summary>A file whose rights are to be told, as it was noted.</summary>
internal sealed record KeyNote(FileId File, KeyId Key, long Note);

/// <summary>What the host remembers of content keys: <see cref="KeySchema"/>.</summary>
internal sealed class KeyLedger(SqlStore store, TimeProvider time, string host) : IAsyncDisposable
{
    private const string Store = "The ledger of content keys";

    /// <exception cref="SqlStoreException">The store cannot be used.</exception>
    public static KeyLedger Open(SqlStoreAddress address, TimeProvider time, Membership members) =>
        new(SqlStore.Open(address, KeySchema.Schema, new SqlStoreOptions("keys", SqlDurability.PowerLoss, IsExclusive: !members.IsShared)), time, members.Id);

    /// <summary>Notes that these files have, or are about to have, these keys.</summary>
    /// <returns>The files of which that was not known.</returns>
    public Task<HashSet<FileId>> NoteKeysAsync(IReadOnlyList<(FileId File, KeyId Key)> keys, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        var added = new HashSet<FileId>();
        foreach (var (file, key) in keys)
        {
            if (session.Execute("INSERT INTO keys (file, id) VALUES ($1, $2) ON CONFLICT (file) DO NOTHING", file.ToBytes(), key.ToBytes()) > 0)
                added.Add(file);
        }
        return added;
    }, cancellationToken);

    /// <summary>Notes files whose keys must follow; those without a key are passed over.</summary>
    /// <returns>Those that were noted.</returns>
    public Task<List<FileId>> NoteChangesAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow().ToUnixTimeMilliseconds();
        return WriteAsync(session =>
        {
            var noted = new List<FileId>();
            foreach (var file in files)
            {
                if (session.Execute("""
                    INSERT INTO notes (file, host, note, since) SELECT file, $3, 1, $2 FROM keys WHERE file = $1
                    ON CONFLICT (host, file) DO UPDATE SET note = notes.note + 1
                    """, file.ToBytes(), since, host) > 0)
                    noted.Add(file);
            }
            return noted;
        }, cancellationToken);
    }

    /// <summary>Makes notes of other hosts this one's, or gives them back.</summary>
    public Task MoveAsync(string from, string to, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        session.Execute("""
            INSERT INTO notes (file, host, note, since) SELECT file, $2, note, since FROM notes WHERE host = $1
            ON CONFLICT (host, file) DO UPDATE SET note = notes.note + 1
            """, from, to);
        return session.Execute("DELETE FROM notes WHERE host = $1", from);
    }, cancellationToken);

    /// <summary>The hosts that have notes.</summary>
    public Task<List<string>> NotingAsync(CancellationToken cancellationToken) => ReadAsync(session => session.Query("SELECT DISTINCT host FROM notes", static row => row.GetString(0)), cancellationToken);

    /// <summary>A page of what this host is to tell, by file, after that one.</summary>
    public Task<List<KeyNote>> PendingAsync(FileId after, int limit, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT o.file, k.id, o.note FROM notes o JOIN keys k ON k.file = o.file WHERE o.host = $3 AND o.file > $1 ORDER BY o.file LIMIT $2",
        static row => new KeyNote(new FileId(row.GetFieldValue<byte[]>(0)), new KeyId(row.GetFieldValue<byte[]>(1)), row.GetInt64(2)), after.ToBytes(), limit, host), cancellationToken);

    /// <summary>How many files and retired keys wait, and since when the oldest.</summary>
    public Task<(long Count, DateTimeOffset? Since)> BacklogAsync(CancellationToken cancellationToken) => ReadAsync(session =>
    {
        var count = session.Scalar<long>("SELECT (SELECT count(*) FROM notes) + (SELECT count(*) FROM retired)");
        var since = session.Scalar<long>("SELECT coalesce(min(since), 0) FROM notes");
        return (count, since == 0 ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(since));
    }, cancellationToken);

    /// <summary>Strikes out what was told; what was noted again meanwhile stays.</summary>
    /// <returns>The files that are settled.</returns>
    public Task<List<FileId>> ToldAsync(IReadOnlyCollection<KeyNote> notes, CancellationToken cancellationToken) => WriteAsync(session => notes
        .Where(note => session.Execute("DELETE FROM notes WHERE host = $3 AND file = $1 AND note = $2", note.File.ToBytes(), note.Note, host) > 0)
        .Select(note => note.File).ToList(), cancellationToken);

    /// <summary>The rotations that were made after that change, in their order; from -1, all there ever were.</summary>
    public Task<List<(FileId File, long Number, long Change)>> RotationsAsync(long after, CancellationToken cancellationToken) => StoreTrouble.ToldAsync(store.ReadAtOnceAsync(session => session.Query(
        "SELECT file, number, change FROM rotations WHERE change > $1 ORDER BY change",
        static row => (new FileId(row.GetFieldValue<byte[]>(0)), row.GetInt64(1), row.GetInt64(2)), after), cancellationToken), Store);

    /// <summary>Gives files their next numbers and retires the keys they had; in one transaction.</summary>
    /// <returns>The new numbers.</returns>
    public Task<List<(FileId File, long Number)>> RotateAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken) => WriteAsync(session => files.Select(file =>
    {
        var id = file.ToBytes();
        session.Execute("INSERT INTO retired (id) SELECT id FROM keys WHERE file = $1 ON CONFLICT (id) DO NOTHING", id);
        session.Execute("DELETE FROM notes WHERE file = $1", id);
        session.Execute("DELETE FROM keys WHERE file = $1", id);
        var change = session.Scalar<long>("SELECT coalesce(max(change), 0) + 1 FROM rotations");
        session.Execute("INSERT INTO rotations (file, number, change) VALUES ($1, 1, $2) ON CONFLICT (file) DO UPDATE SET number = rotations.number + 1, change = excluded.change", id, change);
        return (file, session.Scalar<long>("SELECT number FROM rotations WHERE file = $1", id));
    }).ToList(), cancellationToken);

    /// <summary>Notes keys that no file has.</summary>
    public Task RetireAsync(IReadOnlyCollection<KeyId> keys, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        foreach (var key in keys)
            session.Execute("INSERT INTO retired (id) VALUES ($1) ON CONFLICT (id) DO NOTHING", key.ToBytes());
        return true;
    }, cancellationToken);

    /// <summary>Some keys that are to be destroyed.</summary>
    public Task<List<KeyId>> RetiredAsync(int limit, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT id FROM retired ORDER BY id LIMIT $1", static row => new KeyId(row.GetFieldValue<byte[]>(0)), limit), cancellationToken);

    /// <summary>Strikes out keys that are destroyed.</summary>
    public Task DestroyedAsync(IReadOnlyCollection<KeyId> keys, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        foreach (var key in keys)
            session.Execute("DELETE FROM retired WHERE id = $1", key.ToBytes());
        return true;
    }, cancellationToken);

    /// <summary>A page of the keys that files have, by key, after that one.</summary>
    public Task<List<(FileId File, KeyId Key)>> KeysAsync(KeyId after, int limit, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT file, id FROM keys WHERE id > $1 ORDER BY id LIMIT $2",
        static row => (new FileId(row.GetFieldValue<byte[]>(0)), new KeyId(row.GetFieldValue<byte[]>(1))), after.ToBytes(), limit), cancellationToken);

    /// <summary>True for a key that waits to be destroyed.</summary>
    public Task<bool> IsRetiredAsync(KeyId key, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Scalar<long>("SELECT count(*) FROM retired WHERE id = $1", key.ToBytes()) > 0, cancellationToken);

    /// <summary>Work of <see cref="LocalKeyStore"/> on the same file.</summary>
    public Task<T> WriteAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => StoreTrouble.ToldAsync(store.WriteAsync(work, cancellationToken), Store);

    /// <summary>Work of <see cref="LocalKeyStore"/> on the same file.</summary>
    public Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => StoreTrouble.ToldAsync(store.ReadAsync(work, cancellationToken), Store);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
