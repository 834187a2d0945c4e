using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Plugins.Hydra.Tests.Support;

namespace Mdm.Plugins.Hydra.Tests.Splitting;

/// <summary>Three keystore processes, for all tests of a class.</summary>
public sealed class ThreeKeystores : IAsyncLifetime
{
    internal KeystoreProcesses Keystores { get; private set; } = null!;

    public async Task InitializeAsync() => Keystores = await KeystoreProcesses.StartAsync(3);

    public async Task DisposeAsync() => await Keystores.DisposeAsync();
}

/// <summary>The contract over three real keystores; each opening is another host of the site.</summary>
public sealed class HydraKeyStoreContractTests(ThreeKeystores three) : KeyStoreContract, IClassFixture<ThreeKeystores>
{
    private readonly List<Client> _clients = [];

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _clients.ForEach(c => c.Dispose());
    }

    protected override ValueTask<IKeyStore> OpenAsync()
    {
        var credential = (_clients.Count % 2 == 0 ? three.Keystores.StorageHost : three.Keystores.SecondHost).Credential();
        _clients.Add(new Client(three.Keystores.Grid, credential));
        return new(_clients[^1].KeyStore(three.Keystores.Addresses, 2));
    }
}
