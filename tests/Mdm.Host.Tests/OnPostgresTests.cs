using Mdm.Host.Tests.Keys;
using Mdm.Host.Tests.Orders;
using Mdm.Host.Tests.Publication;
using Mdm.Host.Tests.Requests;
using Mdm.Host.Tests.Uploads;
using Mdm.Host.Tests.Usage;
using Mdm.TestKit;

namespace Mdm.Host.Tests;

/// <summary>What the host's own stores are tested for on SQLite, once more with all of them on a server.</summary>
public sealed class OnPostgresTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static readonly Type[] Tests =
    [
        typeof(ContentKeysTests), typeof(PublicationScanTests), typeof(RemovalTests), typeof(VanishingTests), typeof(WithdrawalTests), typeof(RequestLifeTests), typeof(RestartTests),
        typeof(PutTests), typeof(ArrivingBytesTests), typeof(PutEndTests), typeof(SpaceTests), typeof(PutOversightTests), typeof(BansTests), typeof(UsageBookTests), typeof(OversightTests),
    ];

    public static IEnumerable<object[]> Cases => Tests.SelectMany(tests => Obligations.Of(tests).Select(one => new[] { tests.Name, one[0], one[1] }));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task Ledgers_and_the_request_book_do_the_same(string tests, string test, int row)
    {
        var server = await postgres.ServerAsync();
        TestStores.Are(schema => server.Store(schema));
        await Obligations.KeptAsync(() => Activator.CreateInstance(Tests.Single(type => type.Name == tests))!, test, row);
    }
}
