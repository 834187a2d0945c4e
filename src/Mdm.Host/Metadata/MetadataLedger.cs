using System.Data.Common;
using Mdm.Host.Members;
using Mdm.Sql;

namespace Mdm.Host.Metadata;

/// <summary>What is known of a file's row.</summary>
internal sealed record KnownRow(string Collection, byte[]? Digest, string? Described);

/// <summary>An entry of which the metadata must be told, as it was noted.</summary>
internal sealed record MetadataNote(FileId Entry, long Note);

/// <summary>What the host remembers of rows in the metadata: <see cref="MetadataSchema"/>.</summary>
internal sealed class MetadataLedger(SqlStore store, TimeProvider time, string host) : IAsyncDisposable
{
    private const string Store = "The ledger of metadata rows";

    /// <exception cref="SqlStoreException">The store cannot be used.</exception>
    public static MetadataLedger Open(SqlStoreAddress address, TimeProvider time, Membership members) =>
        new(SqlStore.Open(address, MetadataSchema.Schema, new SqlStoreOptions("metadata_rows", SqlDurability.PowerLoss, IsExclusive: !members.IsShared)), time, members.Id);

    /// <summary>Adds to what rows of a collection may hold, by the names that attributes have there.</summary>
    /// <returns>All that they may hold.</returns>
    public Task<List<string>> AddAttributesAsync(StoragePath collection, IReadOnlyCollection<string> names, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        var place = collection.ToString();
        foreach (var name in names)
            session.Execute("INSERT INTO attributes (collection, keyword) VALUES ($1, $2) ON CONFLICT (collection, keyword) DO NOTHING", place, name);
        return session.Query("SELECT keyword FROM attributes WHERE collection = $1 ORDER BY keyword", static row => row.GetString(0), place);
    }, cancellationToken);

    /// <summary>Notes which collection a path names now. Where it was another, nothing is known of rows in it any more.</summary>
    /// <returns>How many rows were known of the one that is no more.</returns>
    public Task<int> DeclaredAsync(StoragePath collection, Guid id, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        var (name, now) = (collection.ToString(), id.ToString("N"));
        if (session.Scalar<string>("SELECT id FROM collections WHERE collection = $1", name) == now)
            return 0;
        session.Execute("INSERT INTO collections (collection, id) VALUES ($1, $2) ON CONFLICT (collection) DO UPDATE SET id = excluded.id", name, now);
        return session.Execute("DELETE FROM rows WHERE collection = $1", name);
    }, cancellationToken);

    /// <summary>What is known of files' rows, in their order; null where nothing is.</summary>
    public Task<List<KnownRow?>> LookAsync(IReadOnlyList<FileId> files, CancellationToken cancellationToken) => ReadAsync(session => files.Select(file => session.First(
        "SELECT collection, digest, described FROM rows WHERE file = $1",
        static row => new KnownRow(row.GetString(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1), row.IsDBNull(2) ? null : row.GetString(2)), file.ToBytes())).ToList(), cancellationToken);

    /// <summary>Notes what was put, out of a listing.</summary>
    public Task PutAsync(StoragePath collection, IReadOnlyList<(FileId File, byte[] Digest)> rows, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        foreach (var (file, digest) in rows)
        {
            session.Execute("""
                INSERT INTO rows (file, collection, digest) VALUES ($1, $2, $3)
                ON CONFLICT (file) DO UPDATE SET digest = excluded.digest, described = CASE WHEN rows.collection = excluded.collection THEN rows.described END, collection = excluded.collection
                """, file.ToBytes(), collection.ToString(), digest);
        }
        return true;
    }, cancellationToken);

    /// <summary>Notes which version of each file completed its row.</summary>
    public Task DescribedAsync(IReadOnlyList<(FileId File, StoragePath Collection, string Version)> files, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        foreach (var (file, collection, version) in files)
        {
            session.Execute("""
                INSERT INTO rows (file, collection, described) VALUES ($1, $2, $3) ON CONFLICT (file) DO UPDATE SET described = excluded.described
                """, file.ToBytes(), collection.ToString(), version);
        }
        return true;
    }, cancellationToken);

    /// <summary>Notes entries of which the metadata must be told.</summary>
    public Task NoteAsync(IReadOnlyCollection<FileId> entries, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow().ToUnixTimeMilliseconds();
        return WriteAsync(session =>
        {
            foreach (var entry in entries)
                session.Execute("INSERT INTO notes (entry, host, note, since) VALUES ($1, $3, 1, $2) ON CONFLICT (host, entry) DO UPDATE SET note = notes.note + 1", entry.ToBytes(), since, host);
            return true;
        }, cancellationToken);
    }

    /// <summary>Makes notes of other hosts this one's, or gives them back.</summary>
    public Task MoveAsync(string from, string to, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        session.Execute("""
            INSERT INTO notes (entry, host, note, since) SELECT entry, $2, note, since FROM notes WHERE host = $1
            ON CONFLICT (host, entry) DO UPDATE SET note = notes.note + 1
            """, from, to);
        return session.Execute("DELETE FROM notes WHERE host = $1", from);
    }, cancellationToken);

    /// <summary>The hosts that have notes.</summary>
    public Task<List<string>> NotingAsync(CancellationToken cancellationToken) => ReadAsync(session => session.Query("SELECT DISTINCT host FROM notes", static row => row.GetString(0)), cancellationToken);

    /// <summary>A page of what this host is to tell, by entry, after that one.</summary>
    public Task<List<MetadataNote>> PendingAsync(FileId after, int limit, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        "SELECT entry, note FROM notes WHERE host = $3 AND entry > $1 ORDER BY entry LIMIT $2", static row => new MetadataNote(IdOf(row), row.GetInt64(1)), after.ToBytes(), limit, host), cancellationToken);

    /// <summary>How much waits, and since when the oldest.</summary>
    public Task<(long Count, DateTimeOffset? Since)> BacklogAsync(CancellationToken cancellationToken) => ReadAsync(session => session.First(
        "SELECT count(*), min(since) FROM notes", static row => (row.GetInt64(0), row.IsDBNull(1) ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)))), cancellationToken);

    /// <summary>Strikes out what was told, and with <paramref name="isGone"/> what was known of the rows; what was noted again meanwhile stays.</summary>
    /// <returns>The entries that are settled.</returns>
    public Task<List<FileId>> ToldAsync(IReadOnlyCollection<MetadataNote> notes, bool isGone, CancellationToken cancellationToken) => WriteAsync(session =>
    {
        var settled = notes.Where(note => session.Execute("DELETE FROM notes WHERE host = $3 AND entry = $1 AND note = $2", note.Entry.ToBytes(), note.Note, host) > 0).Select(note => note.Entry).ToList();
        foreach (var file in isGone ? settled : [])
            session.Execute("DELETE FROM rows WHERE file = $1", file.ToBytes());
        return settled;
    }, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static FileId IdOf(DbDataReader row) => new(row.GetFieldValue<byte[]>(0));

    private Task<T> WriteAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => StoreTrouble.ToldAsync(store.WriteAsync(work, cancellationToken), Store);

    private Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => StoreTrouble.ToldAsync(store.ReadAsync(work, cancellationToken), Store);
}
