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

/// <summary>Three keystore processes with their shares on a server, for all tests of a class; started by the first that asks, which is skipped where there is no server.</summary>
public sealed class ThreeKeystoresOnPostgres : IAsyncLifetime
{
    private PostgresServer? _server;
    private KeystoreProcesses? _keystores;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_keystores is not null)
            await _keystores.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    internal async Task<KeystoreProcesses> KeystoresAsync()
    {
        _server ??= await PostgresServer.StartAsync();
        TestStores.Are(schema => _server.Store(schema));
        return _keystores ??= await KeystoreProcesses.StartAsync(3);
    }
}

/// <summary>The contract over three real keystores; each opening is another host of the site.</summary>
public abstract class HydraKeyStoreContract : KeyStoreContract
{
    private readonly List<Client> _clients = [];

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _clients.ForEach(c => c.Dispose());
    }

    protected override async ValueTask<IKeyStore> OpenAsync()
    {
        var keystores = await KeystoresAsync();
        var credential = (_clients.Count % 2 == 0 ? keystores.StorageHost : keystores.SecondHost).Credential();
        _clients.Add(new Client(keystores.Grid, credential));
        return _clients[^1].KeyStore(keystores.Addresses, 2);
    }

    protected abstract Task<KeystoreProcesses> KeystoresAsync();
}

public sealed class HydraKeyStoreContractTests(ThreeKeystores three) : HydraKeyStoreContract, IClassFixture<ThreeKeystores>
{
    protected override Task<KeystoreProcesses> KeystoresAsync() => Task.FromResult(three.Keystores);
}

public sealed class HydraKeyStoreOnPostgresContractTests(ThreeKeystoresOnPostgres three) : HydraKeyStoreContract, IClassFixture<ThreeKeystoresOnPostgres>
{
    protected override Task<KeystoreProcesses> KeystoresAsync() => three.KeystoresAsync();
}
