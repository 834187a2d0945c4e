using System.Text.Json;
using Mdm.Gsi.Client;
using Mdm.TestKit;
using static Mdm.Host.Tests.Services.EchoLines;

namespace Mdm.Host.Tests.Services;

/// <summary>What a plugin's service tells of searches stands in the audit trail before they are answered.</summary>
public sealed class ServiceSearchTests : IDisposable
{
    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _grid.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_search_is_in_the_trail_when_the_service_has_told_it()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        using var client = await site.ConnectAsync();
        (await AskAsync(client, "search")).Should().Be("told");
        using (var anonymous = JsonDocument.Parse(LastLine(site)))
        {
            anonymous.RootElement.TryGetProperty("subject", out _).Should().BeFalse();
            anonymous.RootElement.GetProperty("account").GetString().Should().Be("somebody");
            anonymous.RootElement.GetProperty("from").GetString().Should().Be("127.0.0.1");
            anonymous.RootElement.GetProperty("detail").GetString().Should().Be("echo");
        }
        await client.SendAsync("tls\n"u8.ToArray());
        await using var stream = await site.SecureAsync(client, GridCredential.LoadProxy(_grid.PhysicianProxy));
        await LineAsync(stream);

        (await AskAsync(stream, "search")).Should().Be("told");

        using var known = JsonDocument.Parse(LastLine(site));
        known.RootElement.GetProperty("subject").GetString().Should().Be("/DC=org/DC=testgrid/CN=Paula Physician");
        known.RootElement.GetProperty("attributes")[0].GetString().Should().Be("Modality");
        LastLine(site).Should().NotContain("DOE");
    }

    [Fact]
    public async Task A_search_that_cannot_be_written_down_is_refused_and_the_connection_stays()
    {
        await using var site = await EchoSite.StartAsync(_grid, _directory);
        // A device that is always full stands where the files of these days would.
        foreach (var day in new[] { 0, 1 })
            File.CreateSymbolicLink(TrailFolder.FileOf(site.Audit, TimeProvider.System.GetUtcNow().AddDays(day)), "/dev/full");
        using var client = await site.ConnectAsync();

        (await AskAsync(client, "search")).Should().Be("refused: Unavailable");
        (await AskAsync(client, "next")).Should().Be("next");
    }

    private static string LastLine(EchoSite site)
    {
        using var reader = new StreamReader(new FileStream(TrailFolder.Files(site.Audit)[^1], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
    }
}
