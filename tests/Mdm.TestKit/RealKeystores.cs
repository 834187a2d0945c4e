using System.Globalization;
using System.Text.Json.Nodes;

namespace Mdm.TestKit;

/// <summary>Real keystores, each a process of its own, that know the grid's host as a registrar.</summary>
public sealed class RealKeystores : IAsyncDisposable
{
    private const string Registrar = "/DC=org/DC=testgrid/CN=localhost";

    private readonly List<HostProcess> _processes = [];

    private RealKeystores()
    {
    }

    /// <summary>In the order of their shares.</summary>
    public IReadOnlyList<HostProcess> Processes => _processes;

    public IEnumerable<string> Addresses => _processes.Select(p => $"https://localhost:{p.Port.ToString(CultureInfo.InvariantCulture)}/services/keys");

    /// <param name="grid">Trust and certificates.</param>
    /// <param name="count">How many.</param>
    /// <param name="administrator">A subject that may refresh, repair and move.</param>
    public static async Task<RealKeystores> StartAsync(TestGrid grid, int count, string administrator = "/DC=org/DC=testgrid/CN=Paula Physician")
    {
        var keystores = new RealKeystores();
        try
        {
            for (var i = 0; i < count; i++)
                keystores._processes.Add(await HostProcess.StartAsync(grid, configuration => Configure(configuration, administrator)));
            return keystores;
        }
        catch
        {
            await keystores.DisposeAsync();
            throw;
        }
    }

    /// <summary>The section <c>Keys</c> of a host that uses them.</summary>
    public JsonObject Section(int threshold) => new()
    {
        ["Type"] = "hydra",
        ["Options"] = new JsonObject
        {
            ["Threshold"] = threshold,
            ["Keystores"] = new JsonArray([.. Addresses.Select(address => JsonValue.Create(address))]),
            ["TimeLimit"] = "00:00:10",
        },
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
    }

    private static void Configure(JsonObject configuration, string administrator)
    {
        configuration.Remove("Catalog");
        configuration.Remove("Staging");
        configuration.Remove("Administrators");
        configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Hydra");
        configuration["Services"] = new JsonObject
        {
            ["keys"] = new JsonObject
            {
                ["Type"] = "hydra-keystore",
                ["Options"] = new JsonObject
                {
                    ["Store"] = "sqlite:state/keys.db",
                    ["Registrars"] = new JsonObject { ["site"] = new JsonArray(Registrar) },
                    ["Administrators"] = new JsonArray(administrator),
                    ["Creators"] = new JsonArray($"/{TestGrid.Vo}"),
                },
            },
        };
    }
}
