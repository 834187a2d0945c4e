using System.Text.Json.Nodes;

namespace Mdm.Interop.Tests;

/// <summary>One site on a directory tree, into which a VO puts files. Shared by the tests that put.</summary>
public sealed class DiskSite : IAsyncLifetime, IDisposable
{
    public const string Name = "disk site";

    /// <summary>Where everybody of the VO puts.</summary>
    public const string Root = "/grid/testvo/files";

    /// <summary>The same, in a small area.</summary>
    public const string Small = "/grid/testvo/small";

    public const int SmallQuota = 1_000_000;

    private readonly TemporaryDirectory _folder = new();

    public TestGrid Grid { get; } = new();

    public HostProcess Host { get; private set; } = null!;

    /// <summary>The archive's directory.</summary>
    public string Tree => _folder["tree"];

    /// <summary>Why there is no site; the tests then skip.</summary>
    public string? Missing { get; private set; }

    public async Task InitializeAsync()
    {
        try
        {
            foreach (var tool in (string[])["gfal-copy", "arccp", "curl"])
                Here.Tool(tool);
            Directory.CreateDirectory(Tree);
            Host = await HostProcess.StartAsync(Grid, Configure);
            await Host.PublishedAsync("files");
            await Host.PublishedAsync("small");
        }
        catch (SkipException missing)
        {
            Missing = missing.Message;
        }
    }

    /// <summary>A host on that tree.</summary>
    public void Configure(JsonObject configuration) => Configure(configuration, Tree);

    public static void Configure(JsonObject configuration, string tree)
    {
        configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Disk", "Mdm.Plugins.Lfc");
        configuration["Archives"] = new JsonObject { ["disk"] = new JsonObject { ["Type"] = "disk", ["Options"] = new JsonObject { ["Directory"] = tree, ["KeepFree"] = 0 } } };
        configuration["Uploads"] = new JsonObject { ["FirstReservation"] = "100 kB", ["SweepEvery"] = "00:00:01" };
        configuration["Areas"] = new JsonObject
        {
            ["SCRATCH"] = new JsonObject { ["Quota"] = "1 GB", ["Reservable"] = true },
            ["TINY"] = new JsonObject { ["Quota"] = $"{SmallQuota} B" },
        };
        configuration["Publications"] = new JsonObject { ["files"] = Files(Root, "SCRATCH"), ["small"] = Files(Small, "TINY") };
    }

    public async Task DisposeAsync()
    {
        if (Host is not null)
            await Host.DisposeAsync();
    }

    public void Dispose()
    {
        _folder.Dispose();
        Grid.Dispose();
    }

    public void Require() => Skip.If(Missing is not null, Missing);

    /// <summary>Runs a client as the physician, or as whoever holds that proxy.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(string tool, params string[] arguments) => RunAsAsync(Grid.PhysicianProxy, tool, arguments);

    public Task<(int ExitCode, string Output)> RunAsAsync(string proxy, string tool, params string[] arguments) =>
        ChildProcess.RunAsync(Here.Tool(tool), arguments, Grid.Environment(proxy), TimeSpan.FromSeconds(120));

    /// <summary>Runs a command that must succeed, and gives what it printed.</summary>
    public async Task<string> DoAsync(string command, params string[] arguments)
    {
        var (code, output) = await RunAsync(command, arguments);
        code.Should().Be(0, "{0} {1} printed {2} and the host {3}", command, string.Join(' ', arguments), output, Host.Process.Output);
        return output;
    }

    /// <summary>Files in the archive's tree, whole or not.</summary>
    public List<string> InTree() => [.. Directory.EnumerateFiles(Tree, "*", SearchOption.AllDirectories)];

    public static JsonObject Files(string root, string area) => new()
    {
        ["Archive"] = "disk",
        ["Root"] = root,
        ["Content"] = "original",
        ["Delivery"] = "Clear",
        ["MaySeeIdentity"] = new JsonArray($"/{TestGrid.Vo}"),
        ["Acl"] = new JsonArray($"group:/{TestGrid.Vo}:rwx"),
        ["Put"] = new JsonObject { ["Areas"] = new JsonArray(area) },
    };
}

[CollectionDefinition(DiskSite.Name)]
public sealed class DiskSiteCollection : ICollectionFixture<DiskSite>;
