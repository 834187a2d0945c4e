using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Client.Metadata;
using Mdm.Formats.Amga.Search;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Plugins.Amga.Tests.Sessions;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Files;

/// <summary>The contract over several real servers, by the protocol and over TLS.</summary>
public sealed class FederatedMetadataStoreTests(TestGrid grid) : IClassFixture<TestGrid>, IAsyncLifetime, IDisposable
{
    private static readonly StoragePath Images = StoragePath.Parse("/images");
    private static readonly GridIdentity Physician = new(DistinguishedName.Parse("/DC=org/DC=testgrid/CN=Paula Physician"), [Fqan.Parse("/testvo/Role=physician"), Fqan.Parse("/testvo")]);

    private static readonly ImmutableArray<MetadataColumn> Columns =
    [
        new("PatientID", "varchar(64)", "patient"), new("Modality", "varchar(16)", "image"), new("ImageType", "text", "image"), new("StudyDate", "timestamp", "image"),
        new("InstanceNumber", "int", "image"), new("Exposure", "float", "image"), new("SliceThickness", "numeric(10,3)", "image"),
    ];

    private readonly TemporaryDirectory _folder = new();
    private readonly List<IAsyncDisposable> _open = [];
    private readonly ConcurrentQueue<FederatedAnswer> _answers = new();
    private MetadataServer _first = null!, _second = null!;
    private GridMetadata _metadata = null!;

    public async Task InitializeAsync()
    {
        (_first, _second) = (await ServerAsync("first", 1, 2), await ServerAsync("second", 2, 3));
        _metadata = GridMetadata.Open(new GridEnvironment { CertificateFile = grid.PhysicianProxy, KeyFile = grid.PhysicianProxy, TrustDirectory = grid.CertificateDirectory, Searched = "the tests" });
    }

    public async Task DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_open))
            await one.DisposeAsync();
    }

    public void Dispose()
    {
        _metadata.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Rows_of_all_servers_come_once_each_with_types_paths_and_lists()
    {
        var rows = await QueryAsync(_first, _second);

        rows.Select(Number).Order().Should().Equal(1, 2, 3);
        var row = rows.Single(row => Number(row) == 1);
        row.Path.Should().Be(StoragePath.Parse("/grid/1.dcm"));
        row.Attributes.Select(a => $"{a.Keyword} {a.ValueRepresentation} {string.Join('|', a.Values)}").Should().Equal(
            "Exposure FD 1.5", "ImageType UT ORIGINAL|PRIMARY", "InstanceNumber IS 7", "Modality LO MR", "PatientID LO P_1", "SliceThickness DS 1.500", "StudyDate DT 2020-01-02 00:00:00");
        _answers.Should().ContainSingle().Which.IsPartial.Should().BeFalse();
        _answers.Single().Reports.Select(report => (report.Target.Server, report.Outcome)).Should().Equal((_first.ToString(), TargetOutcome.Answered), (_second.ToString(), TargetOutcome.Answered));
    }

    [Theory]
    [InlineData("Modality", "MR", new[] { 1 })]
    [InlineData("Modality", "mr", new int[0])]
    [InlineData("Modality", "M*", new[] { 1 })]
    [InlineData("Modality", "?T", new[] { 2 })]
    [InlineData("Modality", "CT[x]", new[] { 3 })]
    [InlineData("Modality", "CT[*", new[] { 3 })]
    [InlineData("Modality", "\" or 1 = 1 or FILE = \"", new int[0])]
    [InlineData("Modality", "%", new int[0])]
    [InlineData("PatientID", "P_?", new[] { 1, 2, 3 })]
    [InlineData("PatientID", "PX1", new int[0])]
    [InlineData("PatientID", "P\\1", new int[0])]
    [InlineData("ImageType", "PRIMARY", new[] { 1 })]
    [InlineData("ImageType", "ORIG*", new[] { 1 })]
    [InlineData("ImageType", "RIGINAL", new int[0])]
    [InlineData("StudyDate", "20200102", new[] { 1 })]
    [InlineData("StudyDate", "20200101-20201231", new[] { 1 })]
    [InlineData("StudyDate", "20200103-", new[] { 2 })]
    [InlineData("StudyDate", "-20210304", new[] { 1, 2 })]
    [InlineData("StudyDate", "never", new int[0])]
    [InlineData("InstanceNumber", "7", new[] { 1 })]
    [InlineData("InstanceNumber", "seven", new int[0])]
    [InlineData("InstanceNumber", "*", new[] { 1 })]
    [InlineData("Exposure", "1.50", new[] { 1 })]
    [InlineData("SliceThickness", "1.5", new[] { 1 })]
    public async Task Conditions_mean_what_they_mean_in_the_contract(string keyword, string pattern, int[] expected)
    {
        (await QueryAsync(new MetadataQuery(Images, [new AttributeCondition(keyword, [pattern])], ["Modality"], 100), Physician, _first, _second)).Select(Number).Order().Should().Equal(expected);
    }

    [Fact]
    public async Task No_more_rows_come_than_were_asked_for()
    {
        (await QueryAsync(new MetadataQuery(Images, [], [], 2), Physician, _first, _second)).Should().HaveCount(2);
        _answers.Should().ContainSingle().Which.IsPartial.Should().BeFalse();
    }

    [Fact]
    public async Task A_server_that_is_down_is_told_and_the_others_rows_come_all_the_same()
    {
        var down = new MetadataServer("localhost", Here.FreePort(), []);

        (await QueryAsync(_first, down)).Select(Number).Order().Should().Equal(1, 2);

        var answer = _answers.Should().ContainSingle().Subject;
        answer.IsPartial.Should().BeTrue();
        answer.Reports.Single(report => report.Outcome == TargetOutcome.Failed).Target.Server.Should().Be(down.ToString());
        (await DescribeAsync(_first, down)).Select(collection => collection.Path).Should().Equal(Images);
        _answers.Last().IsPartial.Should().BeTrue();
        (await FluentActions.Awaiting(() => QueryAsync(down)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
        (await FluentActions.Awaiting(() => DescribeAsync(down)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
    }

    [Fact]
    public async Task Who_stops_early_is_told_all_the_same()
    {
        await foreach (var _ in Store(_first, _second).QueryAsync(new MetadataQuery(Images, [], [], 100), Physician, default))
            break;

        _answers.Should().ContainSingle();
    }

    [Fact]
    public async Task A_server_without_the_collection_misses_nothing_and_none_with_it_is_not_found()
    {
        var other = await ServerAsync("other");

        (await QueryAsync(_first, other)).Should().HaveCount(2);
        _answers.Single().IsPartial.Should().BeFalse();
        (await FluentActions.Awaiting(() => QueryAsync(other)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.NotFound);
        (await FluentActions.Awaiting(() => QueryAsync(new MetadataQuery(Images, [new AttributeCondition("NeverWas", ["x"])], [], 10), Physician, _first)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.NotFound);
    }

    [Fact]
    public async Task Collections_of_all_servers_are_described_once_with_what_each_of_them_has()
    {
        var described = await DescribeAsync(_first, _second);

        described.Select(collection => collection.Path).Should().Equal(Images);
        described[0].Columns.Select(column => (column.Name, column.Type)).Should().BeEquivalentTo(Columns.Select(column => (column.Name, column.Type)));
        _answers.Should().ContainSingle().Which.IsPartial.Should().BeFalse();
    }

    [Fact]
    public async Task Nobody_is_served_but_the_credential_s_owner()
    {
        var other = Physician with { Subject = DistinguishedName.Parse("/DC=org/DC=testgrid/CN=Somebody Else") };

        (await FluentActions.Awaiting(() => QueryAsync(new MetadataQuery(Images, [], [], 10), other, _first)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.AccessDenied);
        (await FluentActions.Awaiting(async () => await Store(_first).DescribeAsync(other, default).GetAsyncEnumerator().MoveNextAsync()).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.AccessDenied);
        _answers.Should().BeEmpty("no server was asked");
    }

    [Fact]
    public async Task Writing_is_refused_with_what_to_do()
    {
        var store = Store(_first);
        foreach (var write in new Func<Task>[]
        {
            async () => await store.DeclareAsync(new MetadataCollection(Images, []), [], default),
            async () => await store.PutManyAsync([], default),
            async () => await store.RemoveAsync(Id(1), default),
        })
        {
            var refusal = (await FluentActions.Awaiting(write).Should().ThrowAsync<MdmException>()).Which;
            refusal.Kind.Should().Be(MdmErrorKind.Unsupported);
            refusal.Message.Should().Contain("publications").And.Contain("ConnectAsync");
        }
    }

    private static FileId Id(int number)
    {
        var bytes = new byte[FileId.Size];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return new FileId(bytes);
    }

    private static int Number(MetadataRow row) => BinaryPrimitives.ReadInt32BigEndian(row.File.ToBytes());

    private static MetadataRow RowOf(int number) => new(Images, Id(number), StoragePath.Parse($"/grid/{number}.dcm"), number switch
    {
        1 => Values(("PatientID", ["P_1"]), ("Modality", ["MR"]), ("ImageType", ["ORIGINAL", "PRIMARY"]), ("StudyDate", ["20200102"]), ("InstanceNumber", ["7"]), ("Exposure", ["1.5"]), ("SliceThickness", ["1.5"])),
        2 => Values(("PatientID", ["P_2"]), ("Modality", ["CT"]), ("ImageType", ["DERIVED"]), ("StudyDate", ["20210304"])),
        _ => Values(("PatientID", ["P_3"]), ("Modality", ["CT[x]"])),
    });

    private static ImmutableArray<ArchiveAttribute> Values(params (string Keyword, string[] Values)[] values) => [.. values.Select(value => new ArchiveAttribute(value.Keyword, "LO", [.. value.Values]))];

    private FederatedMetadataStore Store(params MetadataServer[] servers) => new(_metadata, servers, _answers.Enqueue, TimeSpan.FromMinutes(2));

    private Task<List<MetadataRow>> QueryAsync(params MetadataServer[] servers) => QueryAsync(new MetadataQuery(Images, [], [], 1000), Physician, servers);

    private async Task<List<MetadataRow>> QueryAsync(MetadataQuery query, GridIdentity caller, params MetadataServer[] servers)
    {
        var rows = new List<MetadataRow>();
        await foreach (var row in Store(servers).QueryAsync(query, caller, default))
            rows.Add(row);
        return rows;
    }

    private async Task<List<MetadataCollection>> DescribeAsync(params MetadataServer[] servers)
    {
        var collections = new List<MetadataCollection>();
        await foreach (var collection in Store(servers).DescribeAsync(Physician, default))
            collections.Add(collection);
        return collections;
    }

    // A server with these rows; without any it has no collection. An entry that is no file's is there, too.
    private async Task<MetadataServer> ServerAsync(string name, params int[] rows)
    {
        var store = AmgaStore.Open(SqlStoreAddress.Parse($"sqlite:{name}.db", _folder.Path), new AmgaOptions(), TimeProvider.System, name);
        _open.Add(store);
        if (rows.Length > 0)
        {
            await using var metadata = new Mdm.Plugins.Amga.Files.AmgaMetadataStore(store, [], static () => ValueTask.CompletedTask);
            await metadata.DeclareAsync(new MetadataCollection(Images, Columns), [new MetadataGrant(Fqan.Parse("/testvo/Role=physician"), null, [])], default);
            await metadata.PutManyAsync([.. rows.Select(RowOf)], default);
            await using var root = new Mdm.Plugins.Amga.Tests.Commands.Client(new CommandSource(store).Begin(new Principal("root", [], true, null), new Mdm.Plugins.Amga.Sessions.Login("root", null, null, null, null)));
            await root.Run($"addentry {Images}/notes Modality MR");
        }
        var accounts = new Accounts(store, new AmgaOptions());
        var site = await AmgaSite.StartAsync(grid, accounts: accounts, commands: new CommandSource(store));
        _open.Add(site);
        return new MetadataServer("localhost", site.Port, []);
    }
}
