using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests;

public sealed class InMemoryCatalogContractTests : CatalogContract
{
    protected override bool Keeps => false;

    protected override ValueTask<ICatalog> OpenAsync(TimeProvider time) => new(new InMemoryCatalog(time));
}
