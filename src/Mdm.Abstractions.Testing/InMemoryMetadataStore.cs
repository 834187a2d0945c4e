using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Mdm.Abstractions.Testing;

/// <summary>Metadata in memory, for tests of whatever fills or asks metadata. It keeps every obligation but durability.</summary>
public sealed class InMemoryMetadataStore : IRestrictableMetadataStore
{
    /// <summary>Most patterns of one condition.</summary>
    public const int MaxPatterns = 1000;

    private const string Identifier = "identifier";

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Held> _collections = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var collection in Described(caller))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return collection;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        await Task.CompletedTask.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var row in Found(query, caller))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    /// <inheritdoc/>
    public ValueTask<Guid> DeclareAsync(MetadataCollection collection, ImmutableArray<MetadataGrant> readers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(collection);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var name = collection.Path.ToString();
            var held = _collections.GetValueOrDefault(name);
            foreach (var column in collection.Columns)
            {
                if (!MetadataValues.IsName(column.Name) || !MetadataValues.IsType(column.Type))
                    throw new MdmException(MdmErrorKind.Refused, "A name or type of an attribute cannot be.");
                if (held?.Columns.Find(there => there.Name == column.Name) is { } old && old.Type != column.Type)
                    throw new MdmException(MdmErrorKind.Refused, $"The attribute '{column.Name}' is there as {old.Type}.");
            }
            if (held is null)
                _collections[name] = held = new Held(collection.Path);
            foreach (var column in collection.Columns)
            {
                var at = held.Columns.FindIndex(there => there.Name == column.Name);
                if (at < 0)
                    held.Columns.Add(column);
                else
                    held.Columns[at] = column;
            }
            held.Readers = readers.IsDefault ? [] : readers;
            return new(held.Id);
        }
    }

    /// <inheritdoc/>
    public ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            // All of them are looked at before one is written.
            var values = rows.Select(row => (Row: row, Held: Declared(row), Values: Values(Declared(row), row))).ToList();
            foreach (var (row, held, changes) in values)
            {
                if (!held.Rows.TryGetValue(row.File, out var there))
                {
                    held.Rows[row.File] = there = new Dictionary<string, string>(StringComparer.Ordinal);
                    held.Order.Add(row.File);
                }
                if (row.Path is not null)
                    held.Paths[row.File] = row.Path;
                if (row.Readers is not null)
                    held.RowReaders[row.File] = row.Readers;
                foreach (var (keyword, value) in changes)
                {
                    if (value is null)
                        there.Remove(keyword);
                    else
                        there[keyword] = value;
                }
            }
        }
        return default;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var held in _collections.Values.Where(held => held.Rows.Remove(file)))
            {
                held.Order.Remove(file);
                held.Paths.Remove(file);
                held.RowReaders.Remove(file);
            }
        }
        return default;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RowRights> ListReadersAsync(StoragePath collection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        List<RowRights> all;
        lock (_lock)
            all = _collections.TryGetValue(collection.ToString(), out var held) ? [.. held.Order.Order().Select(file => new RowRights(file, held.ReadersOf(file)))] : throw NoCollection(collection);
        foreach (var rights in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return rights;
        }
    }

    /// <summary>Forgets everything, as a store does whose disk was lost: collections that are declared afterwards are others.</summary>
    public void Lose()
    {
        lock (_lock)
            _collections.Clear();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private static IEnumerable<string> GroupsOf(GridIdentity caller)
    {
        foreach (var fqan in caller.Fqans.IsDefault ? [] : caller.Fqans)
        {
            yield return fqan.ToString();
            // Who holds a role in a group is a member of it, and of the groups above it.
            for (var group = fqan.Group; group.Length > 0; group = group[..group.LastIndexOf('/')])
                yield return group;
        }
    }

    private static bool Finds(RowReaders readers, GridIdentity caller)
    {
        if (!readers.IsRestricted)
            return true;
        if (readers.Named.FirstOrDefault(reader => reader.User == caller.Subject) is { } himself)
            return himself.MayFind;
        var groups = GroupsOf(caller).ToHashSet(StringComparer.Ordinal);
        var his = readers.Named.Where(reader => reader.Group is { } group && groups.Contains(group.ToString())).ToList();
        return his.Count > 0 ? his.Exists(static reader => reader.MayFind) : readers.Named.Any(static reader => reader is { User: null, Group: null, MayFind: true });
    }

    private static List<(string, string?)> Values(Held held, MetadataRow row)
    {
        var values = new List<(string, string?)>();
        foreach (var attribute in row.Attributes.IsDefault ? [] : row.Attributes)
        {
            var column = held.Columns.Find(column => column.Name == attribute.Keyword) ?? throw NoAttribute(attribute.Keyword);
            values.Add((column.Name, MetadataValues.Parse(column.Type, attribute.Values.IsDefault ? [] : attribute.Values)));
        }
        return values;
    }

    private static MdmException NoCollection(StoragePath path) => new(MdmErrorKind.NotFound, $"There is no collection '{path}'.");

    private static MdmException NoAttribute(string name) => new(MdmErrorKind.NotFound, $"There is no attribute '{name}'.");

    private static string RepresentationOf(string type) => type switch
    {
        "int" => "IS",
        "float" => "FD",
        "timestamp" => "DT",
        "text" => "UT",
        _ => type.StartsWith("varchar", StringComparison.Ordinal) ? "LO" : "DS",
    };

    private Held Declared(MetadataRow row) => _collections.TryGetValue(row.Collection.ToString(), out var held) ? held : throw NoCollection(row.Collection);

    private List<MetadataCollection> Described(GridIdentity caller)
    {
        lock (_lock)
        {
            return [.. _collections.Values.Where(held => held.MayKnow(caller))
                .Select(held => new MetadataCollection(held.Path, [.. held.Columns.Where(column => held.MayRead(caller, column.Group))]))];
        }
    }

    private List<MetadataRow> Found(MetadataQuery query, GridIdentity caller)
    {
        lock (_lock)
        {
            if (!_collections.TryGetValue(query.Collection.ToString(), out var held) || !held.MayKnow(caller))
                throw NoCollection(query.Collection);
            var readable = held.Columns.Where(column => held.MayRead(caller, column.Group)).ToList();
            var conditions = (query.Conditions.IsDefault ? [] : query.Conditions)
                .Select(condition => (Column: readable.Find(column => column.Name == condition.Keyword) ?? throw NoAttribute(condition.Keyword), condition.AnyOf)).ToList();
            if (conditions.Exists(static condition => condition.AnyOf.Length > MaxPatterns))
                throw new MdmException(MdmErrorKind.Refused, $"A condition has at most {MaxPatterns} patterns.");
            var shown = query.Attributes.IsDefaultOrEmpty ? readable : [.. query.Attributes.Select(name => readable.Find(column => column.Name == name)).OfType<MetadataColumn>()];
            return [.. held.Order.Where(file => Finds(held.ReadersOf(file), caller) && conditions.TrueForAll(condition => held.Rows[file].TryGetValue(condition.Column.Name, out var value)
                    && condition.AnyOf.Any(pattern => MetadataValues.Matches(condition.Column.Type, value, pattern))))
                .Take(query.Limit)
                .Select(file => new MetadataRow(held.Path, file, held.MayRead(caller, Identifier) ? held.Paths.GetValueOrDefault(file) : null, [.. shown.Where(column => held.Rows[file].ContainsKey(column.Name))
                    .Select(column => new ArchiveAttribute(column.Name, RepresentationOf(column.Type), MetadataValues.IsText(column.Type) ? [.. held.Rows[file][column.Name].Split('\\')] : [held.Rows[file][column.Name]]))]))];
        }
    }

    /// <summary>One collection.</summary>
    private sealed class Held(StoragePath path)
    {
        public StoragePath Path => path;

        public Guid Id { get; } = new(RandomNumberGenerator.GetBytes(16));

        public List<MetadataColumn> Columns { get; } = [];

        public ImmutableArray<MetadataGrant> Readers { get; set; } = [];

        public Dictionary<FileId, Dictionary<string, string>> Rows { get; } = [];

        public Dictionary<FileId, StoragePath> Paths { get; } = [];

        public Dictionary<FileId, RowReaders> RowReaders { get; } = [];

        /// <summary>Files as they came.</summary>
        public List<FileId> Order { get; } = [];

        public RowReaders ReadersOf(FileId file) => RowReaders.GetValueOrDefault(file, Abstractions.RowReaders.AsCollection);

        public bool MayKnow(GridIdentity caller) => Grants(caller).Any();

        public bool MayRead(GridIdentity caller, string group) => Grants(caller).Any(grant => grant.AttributeGroups.IsDefaultOrEmpty || grant.AttributeGroups.Contains(group));

        private IEnumerable<MetadataGrant> Grants(GridIdentity caller) => Readers.Where(grant => grant.User is { } user ? user == caller.Subject : grant.Group is not { } group || GroupsOf(caller).Contains(group.ToString()));
    }
}
