using Mdm.Host.Keys;
using Mdm.Host.Metadata;
using Mdm.Host.Orders;
using Mdm.Host.Publication;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Host.Usage;
using Mdm.Sql;
using Mdm.Sql.Tests;
using Mdm.TestKit;

namespace Mdm.Host.Tests;

/// <summary>Every store of a host, of every version, as <c>mdm migrate</c> moves it.</summary>
public sealed class StoresMoveTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static readonly SqlSchema[] Schemas = [RequestStore.Schema, LedgerSchema.Schema, KeySchema.Schema, MetadataSchema.Schema, UploadSchema.Schema, OrderLedger.Schema, UsageStore.Schema];

    public static IEnumerable<object[]> Names => Schemas.Select(schema => new object[] { schema.Name });

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Each_version_moves_to_a_server_and_back_with_all_rows(string name)
    {
        var server = await postgres.ServerAsync();
        using var folder = new TemporaryDirectory();

        await MovedStore.MovesBothWaysAsync(Schemas.Single(schema => schema.Name == name), folder.Path, () => server.Store());
    }
}
