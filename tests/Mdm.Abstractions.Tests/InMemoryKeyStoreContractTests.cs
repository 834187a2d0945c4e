using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests;

public sealed class InMemoryKeyStoreContractTests : KeyStoreContract
{
    protected override bool Keeps => false;

    protected override ValueTask<IKeyStore> OpenAsync() => new(new InMemoryKeyStore());
}
