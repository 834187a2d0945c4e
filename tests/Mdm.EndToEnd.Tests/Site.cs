using System.Text.Json.Nodes;
using Mdm.DemoPacs;

namespace Mdm.EndToEnd.Tests;

/// <summary>How long a host waits for its archives.</summary>
/// <param name="Archive">For each step of a conversation with one.</param>
/// <param name="GiveUp">For what is transient to pass.</param>
internal readonly record struct Patience(TimeSpan Archive, TimeSpan GiveUp)
{
    /// <summary>Longer than any archive that is well, in a test process that others keep from running, can be silent.</summary>
    public static Patience Enough { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30));

    /// <summary>Where archives are to be given up; it still outlasts a machine that does other things.</summary>
    public static Patience Short { get; } = new(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(20));
}

/// <summary>How the tests of this project configure a host: real plugins, archives on loopback, and patience cut to seconds.</summary>
internal static class Site
{
    public static string Root(string archive) => $"/grid/{TestGrid.Vo}/{archive}";

    /// <summary>An archive of one measured series, or several, without the phantom patients.</summary>
    public static DemoPacsServer Pacs(int instances, int bytes, int series = 1, int port = 0) =>
        DemoPacsServer.Start(new DemoPacsOptions { Port = port, Series = series, Instances = instances, PixelBytes = bytes, Phantoms = false });

    /// <summary>Publishes each archive under <c>/grid/testvo/NAME</c>.</summary>
    public static void Publish(JsonObject configuration, IEnumerable<(string Name, string AeTitle, int Port)> archives, Patience? patience = null)
    {
        var (wait, giveUp) = patience ?? Patience.Enough;
        var (configured, published) = (new JsonObject(), new JsonObject());
        foreach (var (name, aeTitle, port) in archives)
        {
            configured[name] = new JsonObject
            {
                ["Type"] = "dicom",
                ["Options"] = new JsonObject
                {
                    ["Host"] = "127.0.0.1",
                    ["Port"] = port,
                    ["CalledAeTitle"] = aeTitle,
                    ["CallingAeTitle"] = "MDM",
                    ["Retrieval"] = "get",
                    ["ConnectTimeout"] = wait.ToString(),
                    ["AssociationTimeout"] = wait.ToString(),
                    ["MessageTimeout"] = wait.ToString(),
                    ["StallTimeout"] = wait.ToString(),
                    ["ReconnectTimeout"] = "00:00:02",
                },
            };
            published[name] = HostProcess.Clinical(name, Root(name));
        }
        configuration["Archives"] = configured;
        configuration["Publications"] = published;
        configuration["Staging"]!["Fetch"] = new JsonObject
        {
            ["FirstByte"] = (wait + TimeSpan.FromSeconds(1)).ToString(),
            ["Stall"] = wait.ToString(),
            ["GiveUp"] = giveUp.ToString(),
            ["FirstPause"] = "00:00:00.200",
            ["LongestPause"] = "00:00:01",
            ["ClosedFor"] = "00:00:01",
        };
        configuration["Staging"]!["SpaceWait"] = "00:00:03";
        configuration["Staging"]!["ReadAhead"] = new JsonObject { ["Files"] = 0 };
    }
}
