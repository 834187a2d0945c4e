using System.Runtime.CompilerServices;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Mdm.Abstractions.Testing;

/// <summary>
/// What every <see cref="IMetadataStore"/> owes, each test one obligation. Derive from it in your test project and say how a store is opened:
/// <code>
/// public sealed class AcmeMetadataTests : MetadataStoreContract
/// {
///     protected override ValueTask&lt;IMetadataStore> OpenAsync() => new(new AcmeMetadata(_address));
/// }
/// </code>
/// It may hold other collections already. Opening again within one test opens the same store, as a host does that starts again.
/// </summary>
public abstract partial class MetadataStoreContract : IAsyncLifetime
{
    private static readonly GridIdentity Physician = People.Physician;
    private static readonly GridIdentity Researcher = People.Student;
    private static readonly GridIdentity Stranger = People.OfAnotherOrganisation;
    private static readonly GridIdentity Named = People.Person("Doe, Jane: MD");

    private static readonly ImmutableArray<MetadataColumn> Columns =
    [
        new("PatientID", "varchar(64)", "patient"), new("Modality", "varchar(16)", "image"), new("ImageType", "text", "image"), new("StudyDate", "timestamp", "image"),
        new("InstanceNumber", "int", "image"), new("Exposure", "float", "image"), new("SliceThickness", "numeric(10,3)", "image"),
    ];

    private static readonly ImmutableArray<MetadataGrant> Readers =
    [
        new(Fqan.Parse("/biomed/Role=physician"), null, []), new(Fqan.Parse("/biomed"), null, ["image"]), new(null, Named.Subject, ["patient", "identifier"]),
    ];

    private readonly StoragePath _collection = NewPath();
    private IMetadataStore? _store;
    private Guid _id;

    /// <summary>The store under test.</summary>
    protected IMetadataStore Store => _store ?? throw new InvalidOperationException("The store is open while a test runs.");

    /// <summary>Opens the store.</summary>
    protected abstract ValueTask<IMetadataStore> OpenAsync();

    /// <summary>False for a store that forgets when closed.</summary>
    protected virtual bool Keeps => true;

    /// <inheritdoc/>
    public virtual async Task InitializeAsync()
    {
        _store = await OpenAsync();
        _id = await Store.DeclareAsync(new MetadataCollection(_collection, Columns), Readers, default);
        await Store.PutManyAsync(
        [
            Row(1, ("PatientID", ["P1"]), ("Modality", ["MR"]), ("ImageType", ["ORIGINAL", "PRIMARY"]), ("StudyDate", ["20200102"]), ("InstanceNumber", [" 7 "]), ("Exposure", ["1.50"]), ("SliceThickness", ["1.5"])),
            Row(2, ("PatientID", ["P2"]), ("Modality", ["CT"]), ("ImageType", ["DERIVED"]), ("StudyDate", ["2021-03-04 05:06:07"])),
            Row(3, ("PatientID", ["P1"]), ("Modality", ["CT[x]"])),
        ], default);
    }

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
    }

    private static StoragePath NewPath() => StoragePath.Parse($"/contract/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}");

    private static FileId File(int number)
    {
        var bytes = new byte[FileId.Size];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return new FileId(bytes);
    }

    private static int NumberOf(MetadataRow row) => BinaryPrimitives.ReadInt32BigEndian(row.File.ToBytes());

    private static StoragePath PathOf(int number) => StoragePath.Parse($"/grid/study/{number}.dcm");

    private MetadataRow Row(int number, params (string Keyword, string[] Values)[] attributes) =>
        new(_collection, File(number), PathOf(number), [.. attributes.Select(static attribute => new ArchiveAttribute(attribute.Keyword, "LO", [.. attribute.Values]))]);

    private ValueTask<Guid> DeclareAsync(ImmutableArray<MetadataColumn> columns, params ImmutableArray<MetadataGrant> readers) => Store.DeclareAsync(new MetadataCollection(_collection, columns), readers, default);

    private async Task<List<string>?> DescribeAsync(GridIdentity caller)
    {
        await foreach (var collection in Store.DescribeAsync(caller, default))
        {
            if (collection.Path == _collection)
                return [.. collection.Columns.Select(static column => column.Name)];
        }
        return null;
    }

    private Task<List<MetadataRow>> QueryAsync(GridIdentity caller, params (string Keyword, string Pattern)[] conditions) =>
        QueryAsync(caller, new MetadataQuery(_collection, [.. conditions.Select(static condition => new AttributeCondition(condition.Keyword, [condition.Pattern]))], [], 10_000));

    private async Task<List<MetadataRow>> QueryAsync(GridIdentity caller, MetadataQuery query)
    {
        var rows = new List<MetadataRow>();
        await foreach (var row in Store.QueryAsync(query, caller, default))
            rows.Add(row);
        return rows;
    }

    private async Task<int[]> FindAsync(GridIdentity caller, params (string Keyword, string Pattern)[] conditions) => [.. (await QueryAsync(caller, conditions)).Select(NumberOf).Order()];

    private async Task<string[]> ValuesAsync(int file, string keyword) =>
        [.. (await QueryAsync(Physician)).Single(row => NumberOf(row) == file).Attributes.Where(attribute => attribute.Keyword == keyword).SelectMany(static attribute => attribute.Values)];

    private static void Same(int[] expected, IEnumerable<int> found, [CallerMemberName] string obligation = "") => Owed.Equal(expected, found, obligation);

    private static async Task<MdmException> RefusedAsync(MdmErrorKind kind, Func<Task> action, [CallerMemberName] string obligation = "")
    {
        var refusal = await Owed.ThrowsAsync<MdmException>(action, obligation);
        Owed.Equal(kind, refusal.Kind, obligation);
        return refusal;
    }
}
