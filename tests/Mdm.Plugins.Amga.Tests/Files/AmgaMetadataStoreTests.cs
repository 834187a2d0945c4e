using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Plugins.Amga.Files;
using Mdm.Plugins.Amga.Tests.Commands;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Files;

/// <summary>The contract over the same rows that AMGA's clients see.</summary>
public abstract class AmgaMetadataStoreTests : CommandTests
{
    private static readonly StoragePath Research = StoragePath.Parse("/grid/biomed/research");
    private static readonly GridIdentity Physician = Person("Physician", "/biomed/Role=physician"), Researcher = Person("Researcher", "/biomed"), Stranger = Person("Stranger", "/other");

    private static readonly MetadataCollection Collection = new(Research,
    [
        new("PatientID", "varchar(64)", "patient"), new("Modality", "varchar(16)", "image"), new("StudyDate", "timestamp", "image"), new("SliceThickness", "numeric(10,3)", "image"),
        new("InstanceNumber", "int", "image"), new("ImageType", "text", "image"),
    ]);

    private static readonly ImmutableArray<MetadataGrant> Readers = [new(Fqan.Parse("/biomed/Role=physician"), null, []), new(Fqan.Parse("/biomed"), null, ["image"])];

    private AmgaMetadataStore Metadata => new(Store, [], static () => ValueTask.CompletedTask);

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Metadata.DeclareAsync(Collection, Readers, default);
        await Metadata.PutManyAsync(
        [
            Row(1, ("PatientID", ["P1"]), ("Modality", ["MR"]), ("StudyDate", ["20200102"]), ("SliceThickness", ["1.5"]), ("InstanceNumber", [" 7 "]), ("ImageType", ["ORIGINAL", "PRIMARY"])),
            Row(2, ("PatientID", ["P2"]), ("Modality", ["CT"]), ("StudyDate", ["20210304"]), ("ImageType", ["DERIVED"])),
            Row(3, ("PatientID", ["P1"]), ("Modality", ["CT[x]"])),
        ], default);
    }

    [SkippableFact]
    public async Task Who_may_read_what_is_what_was_declared()
    {
        (await DescribeAsync(Physician)).Should().ContainSingle(c => c.Path == Research).Which.Columns.Should().BeEquivalentTo(Collection.Columns);
        (await DescribeAsync(Researcher)).Single(c => c.Path == Research).Columns.Select(column => column.Name).Should().Equal("Modality", "StudyDate", "SliceThickness", "InstanceNumber", "ImageType");
        (await DescribeAsync(Stranger)).Should().NotContain(c => c.Path == Research);

        (await FindAsync(Physician, ("PatientID", "P1"))).Should().Equal(1, 3);
        (await FindAsync(Researcher, ("Modality", "MR"))).Should().Equal(1);
        (await FluentActions.Awaiting(() => FindAsync(Researcher, ("PatientID", "P1"))).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.NotFound);
        (await FluentActions.Awaiting(() => FindAsync(Stranger, ("Modality", "MR"))).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.NotFound);
        (await QueryAsync(Researcher)).SelectMany(row => row.Attributes).Select(attribute => attribute.Keyword).Should().NotContain("PatientID");
    }

    [SkippableFact]
    public async Task Rows_carry_their_path_and_values_come_back_in_their_types()
    {
        var row = (await QueryAsync(Physician, ("Modality", "MR"))).Single();
        row.File.Should().Be(Id(1));
        row.Path.Should().Be(PathOf(1));
        row.Attributes.ToDictionary(a => a.Keyword, a => string.Join('|', a.Values)).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["PatientID"] = "P1", ["Modality"] = "MR", ["StudyDate"] = "2020-01-02 00:00:00", ["SliceThickness"] = "1.500", ["InstanceNumber"] = "7", ["ImageType"] = "ORIGINAL|PRIMARY",
        });
        (await Root.Run($"getattr {Research}/{FileGuid.NameOf(Id(1))} Path ImageType")).Should().Equal(FileGuid.NameOf(Id(1)), PathOf(1).ToString(), @"ORIGINAL\PRIMARY");
    }

    [SkippableTheory]
    [InlineData("Modality", "M*", new[] { 1 })]
    [InlineData("Modality", "?T", new[] { 2 })]
    [InlineData("Modality", "CT[x]", new[] { 3 })]
    [InlineData("Modality", "CT[*", new[] { 3 })]
    [InlineData("Modality", "mr", new int[0])]
    [InlineData("Modality", "' OR '1'='1", new int[0])]
    [InlineData("ImageType", "PRIMARY", new[] { 1 })]
    [InlineData("ImageType", "ORIGINAL", new[] { 1 })]
    [InlineData("ImageType", "ORIG*", new[] { 1 })]
    [InlineData("ImageType", "RIGINAL", new int[0])]
    [InlineData("ImageType", "DERIVED", new[] { 2 })]
    [InlineData("StudyDate", "20200102", new[] { 1 })]
    [InlineData("StudyDate", "20200101-20201231", new[] { 1 })]
    [InlineData("StudyDate", "20200103-", new[] { 2 })]
    [InlineData("StudyDate", "-20210304", new[] { 1, 2 })]
    [InlineData("SliceThickness", "1.5", new[] { 1 })]
    [InlineData("InstanceNumber", "7", new[] { 1 })]
    [InlineData("InstanceNumber", "seven", new int[0])]
    [InlineData("InstanceNumber", "*", new[] { 1 })]
    public async Task Patterns_and_ranges_are_those_of_the_contract(string attribute, string pattern, int[] expected)
    {
        (await FindAsync(Physician, (attribute, pattern))).Should().Equal(expected);
        (await FindAsync(Physician, (attribute, pattern), ("PatientID", "P?"))).Should().Equal(expected);
    }

    [SkippableFact]
    public async Task Declaring_again_replaces_the_readers_and_keeps_what_users_added()
    {
        await Root.All($"addattr {Research} note text\nacl_add {Research} /guests rx");
        await Metadata.DeclareAsync(Collection, [new(Fqan.Parse("/biomed"), null, ["image"]), new(null, Physician.Subject, [])], default);
        await Metadata.DeclareAsync(Collection, [new(Fqan.Parse("/biomed"), null, ["image"]), new(null, Physician.Subject, [])], default);

        (await FindAsync(Physician, ("PatientID", "P2"))).Should().Equal(2);
        var other = Person("Other", "/biomed/Role=physician");
        (await DescribeAsync(other)).Single(c => c.Path == Research).Columns.Select(column => column.Name).Should().NotContain("PatientID");
        (await DescribeAsync(Person("Guest", "/guests"))).Single(c => c.Path == Research).Columns.Select(column => column.Name).Should().Equal("note");
        await Metadata.DeclareAsync(Collection, [], default);
        (await FluentActions.Awaiting(() => QueryAsync(Physician)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.NotFound);
    }

    [SkippableFact]
    public async Task What_cannot_be_is_refused()
    {
        await Refused(MdmErrorKind.Refused, async () => await Metadata.DeclareAsync(Collection with { Columns = [new("Modality", "int", "image")] }, Readers, default));
        await Refused(MdmErrorKind.Refused, async () => await Metadata.DeclareAsync(Collection with { Columns = [new("a b", "int", "image")] }, Readers, default));
        await Refused(MdmErrorKind.Refused, async () => await Metadata.DeclareAsync(Collection with { Columns = [new("Path", "text", "image")] }, Readers, default));
        await Refused(MdmErrorKind.Refused, async () => await Metadata.PutManyAsync([Row(4, ("InstanceNumber", ["many"]))], default));
        await Refused(MdmErrorKind.NotFound, async () => await Metadata.PutManyAsync([Row(4, ("Nothing", ["x"]))], default));
        await Refused(MdmErrorKind.NotFound, async () => await Metadata.PutManyAsync([Row(4) with { Collection = StoragePath.Parse("/nowhere") }], default));
        (await FindAsync(Physician)).Should().Equal(1, 2, 3);

        static async Task Refused(MdmErrorKind kind, Func<Task> what) =>
            (await FluentActions.Awaiting(what).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(kind);
    }

    [SkippableFact]
    public async Task Putting_again_replaces_what_is_named_and_removing_is_repeatable()
    {
        await Metadata.PutManyAsync([Row(1, ("Modality", []), ("InstanceNumber", ["8"])) with { Path = null }], default);
        var row = (await QueryAsync(Physician, ("InstanceNumber", "8"))).Single();
        row.Path.Should().Be(PathOf(1));
        row.Attributes.Select(attribute => attribute.Keyword).Should().Contain("PatientID").And.NotContain("Modality");
        await Metadata.RemoveAsync(Id(1), default);
        await Metadata.RemoveAsync(Id(1), default);
        (await FindAsync(Physician)).Should().Equal(2, 3);
    }

    [SkippableFact]
    public async Task More_rows_than_a_page_come_in_order_up_to_the_limit()
    {
        await Metadata.PutManyAsync([.. Enumerable.Range(10, 2500).Select(i => Row(i, ("Modality", ["XA"])))], default);
        (await FindAsync(Physician, ("Modality", "XA"))).Should().Equal(Enumerable.Range(10, 2500));
        (await FindAsync(1500, Physician, ("Modality", "XA"))).Should().Equal(Enumerable.Range(10, 1500));
    }

    private static GridIdentity Person(string name, params string[] fqans) => new(DistinguishedName.Parse($"/DC=org/CN={name}"), [.. fqans.Select(Fqan.Parse)]);

    private static FileId Id(int number)
    {
        var bytes = new byte[FileId.Size];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return new FileId(bytes);
    }

    private static StoragePath PathOf(int number) => StoragePath.Parse($"/grid/biomed/research/study/{number}.dcm");

    private static MetadataRow Row(int number, params (string Keyword, string[] Values)[] attributes) =>
        new(Research, Id(number), PathOf(number), [.. attributes.Select(attribute => new ArchiveAttribute(attribute.Keyword, "LO", [.. attribute.Values]))]);

    private async Task<List<MetadataCollection>> DescribeAsync(GridIdentity who)
    {
        var collections = new List<MetadataCollection>();
        await foreach (var collection in Metadata.DescribeAsync(who, default))
            collections.Add(collection);
        return collections;
    }

    private Task<List<MetadataRow>> QueryAsync(GridIdentity who, params (string Keyword, string Pattern)[] conditions) => QueryAsync(10_000, who, conditions);

    private async Task<List<MetadataRow>> QueryAsync(int limit, GridIdentity who, params (string Keyword, string Pattern)[] conditions)
    {
        var rows = new List<MetadataRow>();
        await foreach (var row in Metadata.QueryAsync(new MetadataQuery(Research, [.. conditions.Select(c => new AttributeCondition(c.Keyword, [c.Pattern]))], [], limit), who, default))
            rows.Add(row);
        return rows;
    }

    private Task<IEnumerable<int>> FindAsync(GridIdentity who, params (string Keyword, string Pattern)[] conditions) => FindAsync(10_000, who, conditions);

    private async Task<IEnumerable<int>> FindAsync(int limit, GridIdentity who, params (string Keyword, string Pattern)[] conditions) =>
        (await QueryAsync(limit, who, conditions)).Select(row => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(row.File.ToBytes()));
}

public sealed class AmgaMetadataStoreOnSqliteTests : AmgaMetadataStoreTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path));
}

[Collection("postgres")]
public sealed class AmgaMetadataStoreOnPostgresTests(SharedPostgres postgres) : AmgaMetadataStoreTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
