using System.Text;
using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Lfc;

/// <summary>The catalogue in an SQL store. Every write is one transaction that is on the disk when it returns.</summary>
internal sealed class LfcCatalog : ICommentableCatalog, IOwnableCatalog, IFindableCatalog, IProbeable
{
    private const string Store = "The catalogue";

    private readonly SqlStore _store;
    private readonly TimeProvider _time;
    private readonly TermCache _terms = new();

    private LfcCatalog(SqlStore store, TimeProvider time) => (_store, _time) = (store, time);

    /// <exception cref="SqlStoreException">The store cannot be opened.</exception>
    public static LfcCatalog Open(SqlStoreAddress address, TimeProvider time, string owner)
    {
        var store = SqlStore.Open(address, LfcSchema.Schema, new SqlStoreOptions(owner, SqlDurability.PowerLoss), session => new Creation(session).Root(time.GetUtcNow()));
        return new LfcCatalog(store, time);
    }

    // One statement sees one state. The terms that its rows name were committed with them, and are never changed or removed: they may be read after it.
    public async ValueTask<IReadOnlyList<CatalogEntry>> WalkAsync(StoragePath path, CancellationToken cancellationToken) =>
        await StoreTrouble.ToldAsync(_store.ReadAtOnceAsync<IReadOnlyList<CatalogEntry>>(session =>
        {
            var terms = new Terms(session, _terms);
            var at = StoragePath.Root;
            var rows = EntryQueries.Walk(session, path);
            var entries = new CatalogEntry[rows.Count];
            for (var i = 0; i < rows.Count; i++)
            {
                at = i == 0 ? at : at.Child(rows[i].Name);
                entries[i] = rows[i].At(at, terms);
            }
            return entries;
        }, cancellationToken), Store).ConfigureAwait(false);

    public async ValueTask<CatalogEntry?> FindAsync(FileId id, CancellationToken cancellationToken) =>
        await ReadAsync((session, terms) => EntryQueries.Find(session, id) is { } row ? row.At(EntryQueries.PathOf(session, row), terms) : null, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(StoragePath directory, string? after, int skip, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await ReadAsync<IReadOnlyList<CatalogEntry>>((session, terms) =>
        {
            var parent = EntryQueries.Directory(session, directory);
            return EntryQueries.Children(session, parent.Entry, after, skip, limit).ConvertAll(row => row.At(directory.Child(row.Name), terms));
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<CatalogDraft> drafts, CancellationToken cancellationToken)
    {
        foreach (var draft in drafts)
            draft.Check();
        return await WriteAsync<IReadOnlyList<CreateOutcome>>(session =>
        {
            var creation = new Creation(session);
            return drafts.Select(creation.Create).ToArray();
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<CreateOutcome> ReplaceAsync(FileId old, CatalogDraft draft, CancellationToken cancellationToken)
    {
        draft.Check();
        return await WriteAsync(session =>
        {
            if (EntryQueries.Find(session, draft.Id) is null && EntryQueries.Find(session, old) is { IsDirectory: false } row && EntryQueries.PathOf(session, row) == draft.Path)
                session.Execute("DELETE FROM entries WHERE entry = $1", row.Entry);
            return new Creation(session).Create(draft);
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<CatalogEntry> SetAclAsync(FileId id, Acl acl, long expectedVersion, CancellationToken cancellationToken) =>
        await ChangeRightsAsync(id, (session, terms) => session.Execute("UPDATE entries SET acl = $2, acl_version = acl_version + 1, modified = $3 WHERE id = $1 AND acl_version = $4",
            id.ToBytes(), terms.Number(acl), Now, expectedVersion), cancellationToken).ConfigureAwait(false);

    public async ValueTask<CatalogEntry> SetOwnerAsync(FileId id, DistinguishedName owner, Fqan group, long expectedVersion, CancellationToken cancellationToken) =>
        await ChangeRightsAsync(id, (session, terms) => session.Execute("UPDATE entries SET owner = $2, owner_group = $3, acl_version = acl_version + 1, modified = $4 WHERE id = $1 AND acl_version = $5",
            id.ToBytes(), terms.Number(owner), terms.Number(group), Now, expectedVersion), cancellationToken).ConfigureAwait(false);

    public async ValueTask<CatalogEntry> SetRightsAsync(FileId id, Acl acl, Acl? search, long expectedVersion, CancellationToken cancellationToken) =>
        await ChangeRightsAsync(id, (session, terms) => session.Execute("UPDATE entries SET acl = $2, search_acl = $3, acl_version = acl_version + 1, modified = $4 WHERE id = $1 AND acl_version = $5",
            id.ToBytes(), terms.Number(acl), search is null ? null : terms.Number(search), Now, expectedVersion), cancellationToken).ConfigureAwait(false);

    public async ValueTask<CatalogEntry> SetCommentAsync(FileId id, string? comment, CancellationToken cancellationToken)
    {
        if (comment is not null && Encoding.UTF8.GetByteCount(comment) is 0 or > ICommentableCatalog.MaxCommentBytes)
            throw new ArgumentException($"A comment has 1 to {ICommentableCatalog.MaxCommentBytes} bytes.", nameof(comment));
        return await WriteAsync(session =>
        {
            var row = Existing(session, id);
            session.Execute("UPDATE entries SET comment = $2 WHERE entry = $1", row.Entry, comment);
            return (row with { Comment = comment }).At(EntryQueries.PathOf(session, row), new Terms(session, null));
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask SetFactsAsync(FileId id, FileFacts? facts, CancellationToken cancellationToken) =>
        await WriteAsync(session =>
        {
            var row = Existing(session, id);
            var modified = row.Facts is null || row.Facts == facts ? row.Modified : Now;
            return session.Execute("UPDATE entries SET length = $2, adler32 = $3, modified = $4 WHERE entry = $1",
                row.Entry, facts?.Length, (long?)facts?.Adler32, modified);
        }, cancellationToken).ConfigureAwait(false);

    public async ValueTask<CatalogEntry> MoveAsync(FileId id, StoragePath to, CancellationToken cancellationToken) =>
        await WriteAsync(session =>
        {
            var terms = new Terms(session, null);
            var row = Existing(session, id);
            var from = EntryQueries.PathOf(session, row);
            if (from == to)
                return row.At(from, terms);
            if (row.IsDirectory && to.IsAtOrBelow(from))
                throw new MdmException(MdmErrorKind.InvalidName, $"'{from}' cannot be moved into itself.");
            if (to.IsRoot)
                throw new MdmException(MdmErrorKind.AlreadyExists, "The root is there already.");
            var parent = EntryQueries.Directory(session, to.Parent);
            if (EntryQueries.Child(session, parent.Entry, to.Name) is not null)
                throw new MdmException(MdmErrorKind.AlreadyExists, $"There is a '{to}' already.");
            if (row.IsDirectory)
                Subtree.CheckFits(session, row, from, to);
            var now = Now;
            session.Execute("UPDATE entries SET parent = $2, name = $3, modified = $4 WHERE entry = $1", row.Entry, parent.Entry, to.Name, now);
            return (row with { Modified = now }).At(to, terms);
        }, cancellationToken).ConfigureAwait(false);

    public async ValueTask<bool> RemoveAsync(FileId id, CancellationToken cancellationToken) =>
        await WriteAsync(session =>
        {
            if (EntryQueries.Find(session, id) is not { } row)
                return false;
            if (row.Parent is null)
                throw new MdmException(MdmErrorKind.Refused, "The root cannot be removed.");
            if (row.IsDirectory && EntryQueries.HasChildren(session, row.Entry))
                throw new MdmException(MdmErrorKind.DirectoryNotEmpty, $"'{EntryQueries.PathOf(session, row)}' still has entries.");
            return session.Execute("DELETE FROM entries WHERE entry = $1", row.Entry) == 1;
        }, cancellationToken).ConfigureAwait(false);

    public async ValueTask<string> ProbeAsync(CancellationToken cancellationToken)
    {
        await ReadAsync((session, _) => EntryQueries.Directory(session, StoragePath.Root), cancellationToken).ConfigureAwait(false);
        return $"schema {LfcSchema.Schema.Version}, {await StoreTrouble.ToldAsync(_store.DescribeAsync(cancellationToken), Store).ConfigureAwait(false)}";
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private static EntryRow Existing(SqlSession session, FileId id) =>
        EntryQueries.Find(session, id) ?? throw new MdmException(MdmErrorKind.NotFound, $"There is no entry {id}.");

    /// <param name="id">Whose.</param>
    /// <param name="change">Gives how many entries it changed: none where others were faster.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private Task<CatalogEntry> ChangeRightsAsync(FileId id, Func<SqlSession, Terms, int> change, CancellationToken cancellationToken) =>
        WriteAsync(session =>
        {
            var terms = new Terms(session, null);
            var changed = change(session, terms);
            var row = Existing(session, id);
            return changed == 1
                ? row.At(EntryQueries.PathOf(session, row), terms)
                : throw new MdmException(MdmErrorKind.Busy, "Somebody else changed the entry's rights meanwhile; read them again and decide anew.");
        }, cancellationToken);

    private Task<T> ReadAsync<T>(Func<SqlSession, Terms, T> work, CancellationToken cancellationToken) =>
        StoreTrouble.ToldAsync(_store.ReadAsync(session => work(session, new Terms(session, _terms)), cancellationToken), Store);

    private Task<T> WriteAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) =>
        StoreTrouble.ToldAsync(_store.WriteAsync(work, cancellationToken), Store);
}
