using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Mdm.Host.Tests.Doubles;

/// <summary>Metadata in memory, which is away where it is told to be. It knows no rights.</summary>
internal sealed class MetadataInMemory : IMetadataStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(StoragePath Collection, FileId File), Dictionary<string, string>> _rows = [];

    public Dictionary<StoragePath, (MetadataCollection Collection, ImmutableArray<MetadataGrant> Readers)> Declared { get; } = [];

    /// <summary>What everything fails with; null while it serves.</summary>
    public MdmException? Away { get; set; }

    /// <summary>Rows that were put, again or for the first time.</summary>
    public int Puts { get; private set; }

    /// <summary>Runs before rows are put.</summary>
    public Func<IReadOnlyList<MetadataRow>, Task>? BeforePut { get; set; }

    /// <summary>The rows of a collection by their path; attributes without a value are not in them.</summary>
    public SortedDictionary<string, Dictionary<string, string>> Rows(StoragePath collection)
    {
        lock (_gate)
            return new(_rows.Where(row => row.Key.Collection == collection).ToDictionary(row => row.Value["Path"], row => new Dictionary<string, string>(row.Value)), StringComparer.Ordinal);
    }

    public ValueTask DeclareAsync(MetadataCollection collection, ImmutableArray<MetadataGrant> readers, CancellationToken cancellationToken)
    {
        Serve();
        Declared[collection.Path] = (collection, readers);
        return default;
    }

    public async ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken)
    {
        Serve();
        if (BeforePut is { } before)
            await before(rows);
        lock (_gate)
        {
            foreach (var row in rows)
            {
                if (!Declared.TryGetValue(row.Collection, out var declared))
                    throw new MdmException(MdmErrorKind.NotFound, $"{row.Collection} was not declared.");
                if (!_rows.TryGetValue((row.Collection, row.File), out var values))
                    _rows[(row.Collection, row.File)] = values = [];
                if (row.Path is { } path)
                    values["Path"] = path.ToString();
                foreach (var attribute in row.Attributes)
                {
                    if (attribute.Values.IsEmpty)
                        values.Remove(attribute.Keyword);
                    else
                        values[attribute.Keyword] = declared.Collection.Columns.Any(column => column.Name == attribute.Keyword) ? string.Join('\\', attribute.Values) : throw new MdmException(MdmErrorKind.NotFound, "No such attribute.");
                }
                Puts++;
            }
        }
    }

    public ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken)
    {
        Serve();
        lock (_gate)
        {
            foreach (var key in _rows.Keys.Where(key => key.File == file).ToList())
                _rows.Remove(key);
        }
        return default;
    }

    public async IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var (collection, _) in Declared.Values)
            yield return collection;
    }

    public IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The host fills the metadata; it asks nothing.");

    public ValueTask DisposeAsync() => default;

    private void Serve()
    {
        if (Away is { } failure)
            throw failure;
    }
}
