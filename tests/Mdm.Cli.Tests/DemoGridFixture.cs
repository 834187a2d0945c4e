using Mdm.Cli.Demo;
using Mdm.Client;

namespace Mdm.Cli.Tests;

/// <summary>One demo grid for a class of tests: keys take their time.</summary>
public sealed class DemoGridFixture : IDisposable
{
    private readonly Mdm.TestKit.TemporaryDirectory _home = new();

    public DemoGridFixture() => Grid = DemoGrid.Make(Root, "localhost", "biomed", TimeProvider.System);

    public string Root => _home["grid"];

    internal DemoGrid Grid { get; }

    internal GridEnvironment As(string user, string proxy = "proxy") => new()
    {
        CertificateFile = Path.Combine(Root, "users", user, proxy),
        KeyFile = Path.Combine(Root, "users", user, proxy),
        TrustDirectory = Grid.Certificates,
        Searched = "the demo grid",
    };

    public void Dispose() => _home.Dispose();
}
