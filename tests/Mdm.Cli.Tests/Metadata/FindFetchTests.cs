using System.Collections.Immutable;
using Mdm.Cli.Commands.Metadata;
using Mdm.Client.Tests.Support;
using Mdm.Formats.Amga.Search;
using Mdm.Gsi.Server;
using Mdm.Gsi.Trust;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Cli.Tests.Metadata;

/// <summary><c>mdm find --get DIR</c>: where files of found rows come to lie.</summary>
public sealed class FindFetchTests(DemoGridFixture grid) : IClassFixture<DemoGridFixture>
{
    [Fact]
    public async Task Nothing_outside_the_directory_is_written_whatever_a_server_says()
    {
        using var trust = new TrustStore(new TrustOptions { CertificateDirectory = grid.Grid.Certificates, VomsDirectory = grid.Grid.VomsDirectory }, NullLogger<TrustStore>.Instance);
        using var door = new GridTlsServer(new GridTlsServerOptions { CertificateFile = Path.Combine(grid.Root, "host", "hostcert.pem"), KeyFile = Path.Combine(grid.Root, "host", "hostkey.pem") }, trust, NullLogger<GridTlsServer>.Instance);
        await using var srm = await SrmDouble.StartAsync(door);
        using var home = new TemporaryDirectory();
        srm.Add("/a/f", [1, 2, 3]);
        srm.Add("/a/g", [4]);
        var host = $"srm://localhost:{srm.Port}";
        var directory = Directory.CreateDirectory(home["a/b/c/d/e/out"]).FullName;
        using var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error, null, () => grid.As("researcher") with { Endpoint = host });

        var code = await FindCommand.FetchAsync(terminal, Rows(
            // One host, the way there with steps upwards, which an address does without.
            $"{host}/srm/managerv2/../../../../../srm/managerv2?SFN=/a/f",
            $"{host}/srm/../../../srm/managerv2?SFN=/a/f",
            $"{host}/../../../../x",
            $"{host}/srm/managerv2?SFN=/../../x",
            $"{host}/%2e%2e/%2e%2e/x",
            $"{host}/a%2f..%2f..%2f..%2fx",
            $"{host}//{home["x"]}",
            "/../../x",
            "../../x",
            home["x"],
            "/",
            "",
            "srm://",
            "file:///x",
            $"{host}/a/g"), directory, CancellationToken.None);

        code.Should().Be(ExitCode.Failed, "most of them are no names of files");
        error.ToString().Should().NotContain("/a/g");
        Directory.GetFiles(home.Path, "*", SearchOption.AllDirectories).Should().BeEquivalentTo(Path.Combine(directory, "a", "f"), Path.Combine(directory, "a", "g"));
    }

    private static async IAsyncEnumerable<FoundRow> Rows(params string[] paths)
    {
        await Task.Yield();
        var target = new SearchTarget("meta:8822", "/c", _ => throw new InvalidOperationException());
        foreach (var path in paths)
            yield return new FoundRow(target, "entry", path, ImmutableDictionary<string, string>.Empty);
    }
}
