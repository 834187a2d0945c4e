using System.Text.Json.Nodes;

namespace Mdm.Interop.Tests;

/// <summary>Hydra's commands, in a script written from their manual pages and acceptance tests, over three real keystores and a site that announces them.</summary>
public sealed class Scripts_with_keys
{
    [SkippableFact]
    public async Task End_as_they_did()
    {
        Here.Tool("bash");
        using var grid = new TestGrid();
        using var folder = new TemporaryDirectory();
        await using var keystores = await RealKeystores.StartAsync(grid, 3);
        var tree = folder["tree"];
        Directory.CreateDirectory(tree);
        await using var host = await HostProcess.StartAsync(grid, configuration =>
        {
            DiskSite.Configure(configuration, tree);
            configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Disk", "Mdm.Plugins.Lfc", "Mdm.Plugins.Hydra");
            configuration["Keys"] = keystores.Section(2);
        });
        await host.PublishedAsync("files");
        await File.WriteAllTextAsync(folder["services.xml"], Services([.. keystores.Addresses]));
        using var scripts = new HabitScripts(host);

        await scripts.RunAsync("eds.sh", grid.PhysicianProxy, new Dictionary<string, string?> { ["RESEARCHER"] = grid.ResearcherProxy, ["SERVICES"] = folder["services.xml"] });

        Directory.EnumerateFiles(tree, "*", SearchOption.AllDirectories).Should().BeEmpty("all that was put was removed");
    }

    // The first of the type, and those that it names, in that order.
    private static string Services(string[] addresses) =>
        $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <services>
          <service name="keys-1">
            <parameters><endpoint>{addresses[0]}</endpoint><type>org.glite.Metadata</type><version>1.0</version><volist><vo>testvo</vo></volist></parameters>
            <associatedservices><name>keys-2</name><name>keys-3</name></associatedservices>
          </service>
          <service name="keys-3"><parameters><endpoint>{addresses[2]}</endpoint><type>org.glite.Metadata</type></parameters></service>
          <service name="keys-2"><parameters><endpoint>{addresses[1]}</endpoint><type>org.glite.Metadata</type></parameters></service>
        </services>
        """;
}
