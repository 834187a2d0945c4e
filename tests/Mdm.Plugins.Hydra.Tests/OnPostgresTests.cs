using Mdm.Plugins.Hydra.Tests.Splitting;

namespace Mdm.Plugins.Hydra.Tests;

/// <summary>Keystores whose shares are on a server: in this process, and as processes of their own that load plugin and driver from the plugin's folder.</summary>
public sealed class OnPostgresTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static readonly Type[] Tests = [typeof(RenewalTests), typeof(RegisteringTests)];

    public static IEnumerable<object[]> Cases => Tests.SelectMany(tests => Obligations.Of(tests).Select(one => new[] { tests.Name, one[0], one[1] }));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task Keystores_do_the_same(string tests, string test, int row)
    {
        var server = await postgres.ServerAsync();
        TestStores.Are(schema => server.Store(schema));
        await Obligations.KeptAsync(() => Activator.CreateInstance(Tests.Single(type => type.Name == tests))!, test, row);
    }
}
