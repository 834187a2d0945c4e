using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Sql;

namespace Mdm.Plugins.Lfc.Tests;

public sealed class LfcCatalogContractTests : CatalogContract
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mdm-lfc-");

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    protected override ValueTask<ICatalog> OpenAsync(TimeProvider time) =>
        new(LfcCatalog.Open(SqlStoreAddress.Parse("sqlite:lfc.db", _folder.FullName), time, "the tests"));
}
