using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Files;

/// <summary>
/// Rows of the catalogue's files in the same directories that AMGA's clients query: an entry's name is its file's GUID, the attribute <c>Path</c> says where the file is.
/// </summary>
internal sealed class AmgaMetadataStore(AmgaStore store, ImmutableArray<Uri> announced, Func<ValueTask> close) : IRestrictableMetadataStore, IDiscoverable, IProbeable
{
    /// <summary>The attribute that carries the file's path.</summary>
    public const string PathAttribute = "Path";

    // One piece of work at a time holds a connection; a slow reader holds none.
    private const int PageRows = 1000;

    private int _closed;

    public ServiceAnnouncement Announce() => new("amga", announced, ImmutableDictionary<string, string>.Empty);

    public async IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collections = await ReadAsync(caller, static request => request.Sql.Query("SELECT path FROM dirs WHERE view_of IS NULL ORDER BY path", static row => row.GetString(0))
            .Where(path => path != "/" && request.Known(path) is { } directory && (Access.Of(request.Who, directory) & Bits.Execute) != 0)
            .Select(path => new MetadataCollection(StoragePath.Parse(path), [.. Access.Attributes(request.Who, request.Tree.Find(path)!)
                .Where(static attribute => attribute.Name != PathAttribute).Select(static attribute => new MetadataColumn(attribute.Name, attribute.Type.Declared, attribute.Group))])).ToList(), cancellationToken).ConfigureAwait(false);
        foreach (var collection in collections)
            yield return collection;
    }

    public async IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        var (last, left) = (0L, query.Limit);
        while (left > 0)
        {
            var size = Math.Min(PageRows, left);
            var page = await ReadAsync(caller, request => Page(request, query, last, size), cancellationToken).ConfigureAwait(false);
            foreach (var (number, row) in page)
            {
                last = number;
                yield return row;
            }
            left = page.Count < size ? 0 : left - size;
        }
    }

    public async ValueTask<Guid> DeclareAsync(MetadataCollection collection, ImmutableArray<MetadataGrant> readers, CancellationToken cancellationToken) =>
        await WriteAsync(request => Declaration.Make(request, collection, readers), cancellationToken).ConfigureAwait(false);

    public async ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken) => await WriteAsync(request =>
    {
        foreach (var row in rows)
            FileRows.Put(request, row);
    }, cancellationToken).ConfigureAwait(false);

    public async ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken) => await WriteAsync(request =>
    {
        foreach (var directory in request.Sql.Query("SELECT path FROM dirs WHERE has_files = 1", static row => row.GetString(0)).Select(path => request.Tree.Find(path)!))
        {
            FileReaders.Remove(request, directory, file);
            request.Sql.Execute(new BuiltSql($"DELETE FROM {directory.Table} WHERE name = $1 AND file_id IS NOT NULL"), EntryTable.NameOf(file));
        }
    }, cancellationToken).ConfigureAwait(false);

    public async IAsyncEnumerable<RowRights> ListReadersAsync(StoragePath collection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(collection);
        var after = string.Empty;
        while (true)
        {
            var page = await Trouble.Told(store.ReadAsync(work =>
            {
                var request = new Request(work, work.Principals.Of(work.Session, Principals.Root, null), "/");
                return request.Tree.Find(collection.ToString()) is { View: null, HasFiles: true } directory
                    ? FileReaders.Page(request, directory, after, PageRows)
                    : throw new AmgaException(AmgaError.NoSuchEntry, $"The collection '{collection}' was not declared.");
            }, cancellationToken)).ConfigureAwait(false);
            foreach (var rights in page)
                yield return rights;
            if (page.Count < PageRows)
                yield break;
            after = EntryTable.NameOf(page[^1].File);
        }
    }

    public async ValueTask<string> ProbeAsync(CancellationToken cancellationToken) =>
        $"schema {AmgaSchema.Schema.Version}, {await Trouble.Told(store.DescribeAsync(cancellationToken)).ConfigureAwait(false)}";

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _closed, 1) == 0 ? close() : ValueTask.CompletedTask;

    private static List<(long, MetadataRow)> Page(Request request, MetadataQuery query, long after, int size)
    {
        var directory = request.Directory(query.Collection.ToString(), Bits.Read);
        var view = request.View(directory, Bits.Read);
        var asked = query.Attributes.IsDefaultOrEmpty ? view.Attributes.Where(static attribute => attribute.Name != PathAttribute)
            : query.Attributes.Select(view.Attribute).OfType<AmgaAttribute>();
        ImmutableArray<AmgaAttribute> attributes = [.. asked];
        var path = view.Attribute(PathAttribute);
        var values = new List<object?> { after };
        var where = "id > $1 AND file_id IS NOT NULL";
        foreach (var condition in query.Conditions.IsDefault ? [] : query.Conditions)
            where += " AND " + FileConditions.Sql(request.Sql.Dialect, request.Attribute(view, condition.Keyword), condition.AnyOf, values);
        if (view.RowFilter is not null)
        {
            where += " AND " + view.Where(values.Count + 1);
            values.AddRange(view.RowFilterValues);
        }
        var sql = EntryTable.Select(directory, path is null ? attributes : [.. attributes, path], where).Text;
        return request.Sql.Query(new BuiltSql($"{sql} LIMIT {size}"), row => (row.GetInt64(0), new MetadataRow(query.Collection, FileGuid.Parse(row.GetString(1)),
            path is null || row.IsDBNull(attributes.Length + 2) ? null : StoragePath.Parse(row.GetString(attributes.Length + 2)),
            [.. attributes.Select((attribute, i) => FileRows.Attribute(attribute, row, i + 2)).OfType<ArchiveAttribute>()])), values.ToArray());
    }

    private Task<T> ReadAsync<T>(GridIdentity caller, Func<Request, T> read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return Trouble.Told(store.LimitedAsync(limit => store.ReadAsync(work =>
        {
            var subject = caller.Subject.ToString();
            var user = work.Session.Scalar<string>("SELECT name FROM subjects WHERE subject = $1", subject) ?? subject;
            return read(new Request(work, work.Principals.Of(work.Session, user, caller), "/"));
        }, limit), cancellationToken));
    }

    private Task<int> WriteAsync(Action<Request> write, CancellationToken cancellationToken) => WriteAsync(request =>
    {
        write(request);
        return 0;
    }, cancellationToken);

    private Task<T> WriteAsync<T>(Func<Request, T> write, CancellationToken cancellationToken) =>
        Trouble.Told(store.WriteAsync(work => write(new Request(work, work.Principals.Of(work.Session, Principals.Root, null), "/")), cancellationToken));
}
