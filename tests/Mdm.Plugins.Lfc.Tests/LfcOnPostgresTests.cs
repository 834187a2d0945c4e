using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Lfc.Tests;

[CollectionDefinition("postgres")]
public sealed class PostgresCollection : ICollectionFixture<SharedPostgres>;

/// <summary>The same catalogue on a server.</summary>
[Collection("postgres")]
public sealed class LfcOnPostgresTests(SharedPostgres postgres)
{
    public static IEnumerable<object[]> Contract => Obligations.Of(typeof(CatalogContract));

    [SkippableTheory]
    [MemberData(nameof(Contract))]
    public async Task Keeps_the_contract(string obligation, int row)
    {
        var store = (await postgres.ServerAsync()).Store();
        await Obligations.KeptAsync(() => new OnPostgres(store), obligation, row);
    }

    [SkippableFact]
    public async Task Two_hosts_that_share_it_see_and_extend_what_the_other_made()
    {
        var address = SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
        await using var first = LfcCatalog.Open(address, TimeProvider.System, "the first");
        await using var second = LfcCatalog.Open(address, TimeProvider.System, "the second");
        await first.CreateManyAsync([CatalogDrafts.Directory("/d")], default);

        // The same hundred files, offered by both at once.
        var drafts = Enumerable.Range(0, 100).Select(i => CatalogDrafts.File($"/d/{i:000}")).ToList();
        var outcomes = await Task.WhenAll(((LfcCatalog[])[first, second]).SelectMany(catalog => drafts.Chunk(10).Select(some => catalog.CreateManyAsync(some, default).AsTask())));

        outcomes.SelectMany(some => some).GroupBy(outcome => outcome.Kind).ToDictionary(group => group.Key, group => group.Count())
            .Should().BeEquivalentTo(new Dictionary<CreateOutcomeKind, int> { [CreateOutcomeKind.Created] = 100, [CreateOutcomeKind.Existing] = 100 });
        (await second.ListAsync(StoragePath.Parse("/d"), null, 0, 1000, default)).Select(entry => entry.Path.Name).Should().Equal(drafts.Select(draft => draft.Path.Name));
    }

    [SkippableFact]
    public async Task Loads_its_own_driver_in_its_own_load_context()
    {
        var store = (await postgres.ServerAsync()).Store();
        await using var foreign = ForeignCatalog.Open(store, "/", "the other context");
        await using var own = LfcCatalog.Open(SqlStoreAddress.Parse(store, "/"), TimeProvider.System, "this context");

        foreign.GetType().Should().NotBe<LfcCatalog>();
        (await foreign.CreateManyAsync([CatalogDrafts.File("/f")], default)).Should().ContainSingle(o => o.Kind == CreateOutcomeKind.Created);
        (await own.FindAsync(CatalogDrafts.Id("/f"), default)).Should().NotBeNull("a server has no owner");
    }

    [SkippableFact]
    public async Task A_list_of_rights_longer_than_a_page_of_the_server_is_kept()
    {
        await using var catalog = LfcCatalog.Open(SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/"), TimeProvider.System, "the tests");
        await catalog.CreateManyAsync([CatalogDrafts.File("/f")], default);
        var acl = Acl.Parse([.. Enumerable.Range(0, 200).Select(i => $"user:/DC=org/DC=example/OU={Convert.ToHexString(System.Security.Cryptography.SHA512.HashData([(byte)i]))}/CN=Somebody {i}:r--")]);

        (await catalog.SetAclAsync(CatalogDrafts.Id("/f"), acl, 1, default)).Acl.Should().Be(acl);
        (await catalog.FindAsync(CatalogDrafts.Id("/f"), default))!.Acl.Should().Be(acl);
    }

    [SkippableFact]
    public async Task A_probe_says_what_is_there()
    {
        await using var catalog = LfcCatalog.Open(SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/"), TimeProvider.System, "the tests");
        (await catalog.ProbeAsync(default)).Should().Contain("PostgreSQL ").And.Contain($"schema {LfcSchema.Schema.Version},").And.Contain("namespace store_");
    }

    [Fact]
    public void A_server_that_cannot_be_reached_is_unavailable_in_the_words_of_the_contract()
    {
        var store = $"postgres:Host=127.0.0.1;Port={Here.FreePort()};Database=mdm;Username=mdm";
        FluentActions.Invoking(() => StoreTrouble.Told(() => LfcCatalog.Open(SqlStoreAddress.Parse(store, "/"), TimeProvider.System, "the tests"), "The catalogue"))
            .Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Unavailable);
    }

#pragma warning disable xUnit1000 // Run by the theory above, which can skip it.
    private sealed class OnPostgres(string store) : CatalogContract
    {
        protected override ValueTask<ICatalog> OpenAsync(TimeProvider time) => new(LfcCatalog.Open(SqlStoreAddress.Parse(store, "/"), time, "the tests"));
    }
#pragma warning restore xUnit1000
}
