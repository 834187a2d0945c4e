using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Plugins.Amga.Files;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Files;

public sealed class AmgaMetadataStoreContractTests : MetadataStoreContract, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override ValueTask<IMetadataStore> OpenAsync() => new(Opened(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path)));

    internal static AmgaMetadataStore Opened(SqlStoreAddress address)
    {
        var store = AmgaStore.Open(address, new AmgaOptions(), TimeProvider.System, "the tests");
        return new AmgaMetadataStore(store, [], store.DisposeAsync);
    }
}

/// <summary>The same store on a server.</summary>
[Collection("postgres")]
public sealed class AmgaMetadataStoreContractOnPostgresTests(SharedPostgres postgres)
{
    public static IEnumerable<object[]> Contract => Obligations.Of(typeof(MetadataStoreContract));

    [SkippableTheory]
    [MemberData(nameof(Contract))]
    public async Task Keeps_the_contract(string obligation, int row)
    {
        var store = (await postgres.ServerAsync()).Store();
        await Obligations.KeptAsync(() => new OnPostgres(store), obligation, row);
    }

    private sealed class OnPostgres(string store) : MetadataStoreContract
    {
        protected override ValueTask<IMetadataStore> OpenAsync() => new(AmgaMetadataStoreContractTests.Opened(SqlStoreAddress.Parse(store, "/")));
    }
}
