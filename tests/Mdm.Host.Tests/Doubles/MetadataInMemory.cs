using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mdm.Abstractions.Testing;

namespace Mdm.Host.Tests.Doubles;

/// <summary>Metadata in memory, which is away or slow where it is told to be.</summary>
internal sealed class MetadataInMemory : IRestrictableMetadataStore
{
    private readonly InMemoryMetadataStore _store = new();

    public ConcurrentDictionary<StoragePath, (MetadataCollection Collection, ImmutableArray<MetadataGrant> Readers)> Declared { get; } = [];

    /// <summary>What everything fails with; null while it serves.</summary>
    public MdmException? Away { get; set; }

    /// <summary>Rows that were put, again or for the first time.</summary>
    public int Puts { get; private set; }

    /// <summary>Files whose rows were removed, each time.</summary>
    public ConcurrentQueue<FileId> Removed { get; } = new();

    /// <summary>Runs before rows are put.</summary>
    public Func<IReadOnlyList<MetadataRow>, Task>? BeforePut { get; set; }

    /// <summary>The rows of a collection by their path, as its first reader finds them; attributes without a value are not in them.</summary>
    public SortedDictionary<string, Dictionary<string, string>> Rows(StoragePath collection)
    {
        if (!Declared.TryGetValue(collection, out var declared))
            return [];
        var reader = new GridIdentity(DistinguishedName.Parse("/CN=Reader"), [declared.Readers[0].Group!]);
        return new(_store.QueryAsync(new MetadataQuery(collection, [], [], int.MaxValue), reader, default).ToBlockingEnumerable().ToDictionary(
            row => row.Path!.ToString(),
            row => row.Attributes.Select(attribute => (attribute.Keyword, Value: string.Join('\\', attribute.Values))).Append(("Path", row.Path!.ToString())).ToDictionary()), StringComparer.Ordinal);
    }

    /// <summary>Everything is gone.</summary>
    public void Lose()
    {
        Declared.Clear();
        _store.Lose();
    }

    public async ValueTask<Guid> DeclareAsync(MetadataCollection collection, ImmutableArray<MetadataGrant> readers, CancellationToken cancellationToken)
    {
        Serve();
        var id = await _store.DeclareAsync(collection, readers, cancellationToken);
        Declared[collection.Path] = (collection, readers);
        return id;
    }

    public async ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken)
    {
        Serve();
        if (BeforePut is { } before)
            await before(rows);
        await _store.PutManyAsync(rows, cancellationToken);
        Puts += rows.Count;
    }

    public ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken)
    {
        Serve();
        Removed.Enqueue(file);
        return _store.RemoveAsync(file, cancellationToken);
    }

    public IAsyncEnumerable<RowRights> ListReadersAsync(StoragePath collection, CancellationToken cancellationToken)
    {
        Serve();
        return _store.ListReadersAsync(collection, cancellationToken);
    }

    public IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, CancellationToken cancellationToken) => _store.DescribeAsync(caller, cancellationToken);

    public IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, CancellationToken cancellationToken) => _store.QueryAsync(query, caller, cancellationToken);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private void Serve()
    {
        if (Away is { } failure)
            throw failure;
    }
}
