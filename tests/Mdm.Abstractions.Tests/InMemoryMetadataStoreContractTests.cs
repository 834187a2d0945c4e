using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests;

public sealed class InMemoryMetadataStoreContractTests : MetadataStoreContract
{
    protected override bool Keeps => false;

    protected override ValueTask<IMetadataStore> OpenAsync() => new(new InMemoryMetadataStore());
}
