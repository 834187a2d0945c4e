using System.Security.Cryptography;
using Mdm.Client.Tests.Support;
using Mdm.Gsi.Server;
using Mdm.Gsi.Trust;
using Mdm.Srm.Messages;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Cli.Tests;

/// <summary>The commands over real grid TLS, with the demo grid's own proxies.</summary>
public sealed class GridSessionTests : IClassFixture<DemoGridFixture>, IAsyncLifetime, IDisposable
{
    private readonly DemoGridFixture _grid;
    private readonly TrustStore _trust;
    private readonly GridTlsServer _door;
    private readonly TemporaryDirectory _home = new();
    private SrmDouble _srm = null!;

    public GridSessionTests(DemoGridFixture grid)
    {
        _grid = grid;
        _trust = new TrustStore(new TrustOptions { CertificateDirectory = grid.Grid.Certificates, VomsDirectory = grid.Grid.VomsDirectory }, NullLogger<TrustStore>.Instance);
        _door = new GridTlsServer(new GridTlsServerOptions { CertificateFile = Path.Combine(grid.Root, "host", "hostcert.pem"), KeyFile = Path.Combine(grid.Root, "host", "hostkey.pem") }, _trust, NullLogger<GridTlsServer>.Instance);
    }

    public async Task InitializeAsync() => _srm = await SrmDouble.StartAsync(_door);

    public async Task DisposeAsync() => await _srm.DisposeAsync();

    public void Dispose()
    {
        _door.Dispose();
        _trust.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task Lists_and_describes()
    {
        _srm.Add("/grid/biomed/s/a.dcm", [1, 2, 3]);
        _srm.Add("/grid/biomed/s/t/b.dcm", [1]);

        (await RunAsync("ls", Surl("/grid/biomed/s"))).Output.Should().Be("a.dcm\nt\n");
        (await RunAsync("ls", "-R", Surl("/grid/biomed"))).Output.Should().Be("s\ns/a.dcm\ns/t\ns/t/b.dcm\n");
        (await RunAsync("ls", "-l", Surl("/grid/biomed/s"))).Output.Split('\n')[0].Should().Be("-rw-r-----            3 1970-01-01 00:00 online   000d0007 a.dcm");
        (await RunAsync("ls", "-d", Surl("/grid/biomed/s"))).Output.Should().Be("/grid/biomed/s\n");
        (await RunAsync("stat", Surl("/grid/biomed/s/a.dcm"))).Output.Should().Contain("length    3").And.Contain("adler32   000d0007");
        (await RunAsync("getacl", Surl("/grid/biomed/s"))).Output.Should().Contain("group:/vo:r-x");
        (await RunAsync("ping", Surl("/"))).Output.Should().StartWith("SRM v2.2");
    }

    [Fact]
    public async Task Reads_paths_at_the_endpoint_of_the_environment()
    {
        _srm.Add("/grid/a b/c.dcm", [1]);

        var environment = _grid.As("researcher") with { Endpoint = $"srm://localhost:{_srm.Port}" };

        (await Command.RunAsync(environment, "ls", "/grid/a b")).Output.Should().Be("c.dcm\n");
    }

    [Fact]
    public async Task Fetches_a_tree_into_the_place_it_is_given_and_continues_there()
    {
        for (var i = 0; i < 20; i++)
            _srm.Add($"/grid/series/{i}.dcm", RandomNumberGenerator.GetBytes(100_000));

        var (code, output, error) = await RunAsync("get", "-r", Surl("/grid/series"), _home.Path);

        code.Should().Be(ExitCode.Success, error);
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(20).And.OnlyContain(l => l.StartsWith("fetched ") && l.EndsWith(" verified"));
        (await File.ReadAllBytesAsync(_home["7.dcm"])).Should().Equal(_srm.Files["/grid/series/7.dcm"].Bytes);

        File.Delete(_home["7.dcm"]);
        (code, _, error) = await RunAsync("get", "-r", Surl("/grid/series"), _home.Path);
        code.Should().Be(ExitCode.Success, error);
        Directory.GetFileSystemEntries(_home.Path, "*.dcm", SearchOption.AllDirectories).Should().HaveCount(20);
    }

    [Fact]
    public async Task Keeps_the_reasons_apart_in_its_exit_codes()
    {
        _srm.AddMany("/d", 3);
        _srm.Files["/d/00001.dcm"].Refusal = new ReturnStatus(StatusCode.FileUnavailable, "The archive does not answer.");

        (await RunAsync("ls", Surl("/none"))).Code.Should().Be(ExitCode.NotFound);
        (await RunAsync("get", Surl("/none"), _home.Path)).Code.Should().Be(ExitCode.NotFound);
        (await RunAsync("get", Surl("/d"), _home.Path)).Code.Should().Be(ExitCode.Failed, "a directory takes -r");
        var (code, _, error) = await RunAsync("get", "-r", Surl("/d"), _home["d"]);
        code.Should().Be(ExitCode.Failed, "one of three is missing");
        error.Should().Contain("The archive does not answer. [SRM_FILE_UNAVAILABLE]");
        _srm.Refusal = new ReturnStatus(StatusCode.AuthorizationFailure, "Not for you.");
        (await RunAsync("ls", Surl("/d"))).Code.Should().Be(ExitCode.Denied);
    }

    [Fact]
    public async Task Refuses_a_host_that_is_another()
    {
        using var other = new TemporaryDirectory();
        await Command.RunAsync("demo-grid", other["grid"]);
        var stranger = _grid.As("researcher") with { TrustDirectory = other["grid", "certificates"] };

        var (code, _, error) = await Command.RunAsync(stranger, "ls", Surl("/"));

        code.Should().Be(ExitCode.Unreachable);
        error.Should().Contain("localhost is refused");
    }

    [Fact]
    public async Task Runs_a_publication_and_shows_how_far_it_is()
    {
        _srm.PublicationLines = ["""{"publication":"research","outcome":null,"reason":null,"seconds":0.4,"listed":2,"created":1,"failed":0}""", """{"publication":"research","outcome":"complete","reason":null,"listed":2,"created":2}"""];
        var (code, output, _) = await RunAsync("publish", "research", "--study", "1.2.3", "--host", Surl("/"));

        code.Should().Be(ExitCode.Success);
        output.Should().Be("research: running, seconds 0.4, listed 2, created 1\nresearch: complete, listed 2, created 2\n");
        _srm.PublicationAsked.Should().Be("""{"study":"1.2.3","restore":false,"acceptLoss":false}""");
    }

    [Theory]
    [InlineData("""{"outcome":"incomplete","reason":"The archive does not answer.","listed":7}""", "The archive does not answer.")]
    [InlineData("""{"outcome":null,"listed":2}""", "stopped reporting")]
    public async Task Fails_when_a_publication_does(string line, string reason)
    {
        _srm.PublicationLines = [line];
        var (code, _, error) = await RunAsync("publish", "research", "--host", Surl("/"));

        code.Should().Be(ExitCode.Failed);
        error.Should().Contain(reason);
    }

    private string Surl(string path) => _srm.At(path).ToString();

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => Command.RunAsync(_grid.As("researcher"), arguments);
}
