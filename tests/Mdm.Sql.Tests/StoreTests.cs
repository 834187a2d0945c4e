using Mdm.TestKit;

namespace Mdm.Sql.Tests;

/// <summary>Tests over one store, in a place of its own for each.</summary>
public abstract class StoreTests : IAsyncLifetime
{
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    protected SqlStoreAddress Address { get; private set; } = null!;

    public async Task InitializeAsync() => Address = await NewAddressAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    protected abstract Task<SqlStoreAddress> NewAddressAsync();
}

[CollectionDefinition("postgres")]
public sealed class PostgresCollection : ICollectionFixture<SharedPostgres>;
