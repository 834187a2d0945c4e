using System.Text.Json.Nodes;
using Mdm.DemoPacs;

namespace Mdm.EndToEnd.Tests;

/// <summary>How the tests of this project configure a host: real plugins, archives on loopback, and patience cut to seconds.</summary>
internal static class Site
{
    public static string Root(string archive) => $"/grid/{TestGrid.Vo}/{archive}";

    /// <summary>An archive of one measured series, or several, without the phantom patients.</summary>
    public static DemoPacsServer Pacs(int instances, int bytes, int series = 1, int port = 0) =>
        DemoPacsServer.Start(new DemoPacsOptions { Port = port, Series = series, Instances = instances, PixelBytes = bytes, Phantoms = false });

    /// <summary>Publishes each archive under <c>/grid/testvo/NAME</c>.</summary>
    public static void Publish(JsonObject configuration, IEnumerable<(string Name, string AeTitle, int Port)> archives)
    {
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
                    ["ConnectTimeout"] = "00:00:02",
                    ["AssociationTimeout"] = "00:00:02",
                    ["MessageTimeout"] = "00:00:02",
                    ["StallTimeout"] = "00:00:02",
                    ["ReconnectTimeout"] = "00:00:02",
                },
            };
            published[name] = HostProcess.Clinical(name, Root(name));
        }
        configuration["Archives"] = configured;
        configuration["Publications"] = published;
        configuration["Staging"]!["Fetch"] = new JsonObject
        {
            ["FirstByte"] = "00:00:03",
            ["Stall"] = "00:00:02",
            ["GiveUp"] = "00:00:04",
            ["FirstPause"] = "00:00:00.200",
            ["LongestPause"] = "00:00:01",
            ["ClosedFor"] = "00:00:01",
        };
        configuration["Staging"]!["SpaceWait"] = "00:00:03";
        configuration["Staging"]!["ReadAhead"] = new JsonObject { ["Files"] = 0 };
    }
}
