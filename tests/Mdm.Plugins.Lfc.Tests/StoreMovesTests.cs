using Mdm.Sql.Tests;
using Mdm.TestKit;

namespace Mdm.Plugins.Lfc.Tests;

/// <summary>The store, of every version, as <c>mdm migrate</c> moves it.</summary>
public sealed class StoreMovesTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    [SkippableFact]
    public async Task Each_version_moves_to_a_server_and_back_with_all_rows()
    {
        var server = await postgres.ServerAsync();
        using var folder = new TemporaryDirectory();

        await MovedStore.MovesBothWaysAsync(LfcSchema.Schema, folder.Path, () => server.Store());
    }
}
