using System.Text.Json.Nodes;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>A site changes the protocol of its archive, the database under its stores and the number of its hosts by configuration, and goes back; nobody who holds a SURL or a token notices.</summary>
public sealed class A_site_changes_its_parts : IDisposable
{
    private const string Archive = "radiology";
    private const string Source = "source";
    private const int Series = 2;
    private const int Instances = 3;
    private const int Bytes = 50_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _objects = new();

    public void Dispose()
    {
        _objects.Dispose();
        _grid.Dispose();
    }

    [SkippableFact]
    public async Task The_same_names_give_the_same_bytes_before_and_after_each_change()
    {
        Here.Tool("dcmsend");
        await using var archive = await Orthanc.StartAsync("MDM", Here.FreePort());
        await using var source = Site.Pacs(Instances, Bytes, Series);
        var web = archive.DicomWeb.AbsoluteUri;
        await using var postgres = await PostgresServer.StartAsync();
        await using var site = new SharedSite(_grid, postgres);
        var host = await site.AddAloneAsync(configuration => Site.Publish(configuration, [(Archive, archive.AeTitle, archive.Port), (Source, source.AeTitle, source.Port)]));
        await FillAsync(host, site.Users[0], archive);
        var published = await site.Users[0].SeriesAsync(Site.Root(Archive));
        await site.Users[0].Srm.RmAsync([published[^1]], CancellationToken.None);
        var before = await DescribeAsync(site.Users[0]);
        before.Should().HaveCount(published.Count - 1).And.OnlyContain(file => file.Contains("adler32:", StringComparison.Ordinal));
        var open = await site.Users[0].GetAsync([published[0]], Limit, pinSeconds: 3600);

        // Another protocol.
        await host.RestartAsync(configuration =>
        {
            UseDicomWeb(configuration, web);
            // What was staged before is not what is to be shown: everything is fetched anew.
            configuration["Staging"]!["Directory"] = Path.Combine(host.Home, "another-pool");
        });
        await host.PublishedAsync(Archive);
        host.Process.Output.Should().MatchRegex($@"Publication {Archive} complete in \S+ s: {published.Count} listed, 0 new, 0 changed, 0 missing, 0 un-published, 0 held back, 0 failed");
        await SameAsync("DICOMweb");

        // Another database.
        await site.MoveToServerAsync(host);
        await SameAsync("PostgreSQL");

        // Three hosts.
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => site.AddAsync(configuration =>
        {
            Site.Publish(configuration, [(Archive, archive.AeTitle, archive.Port), (Source, source.AeTitle, source.Port)]);
            UseDicomWeb(configuration, web);
        })));
        await SameAsync("three hosts");
        await site.Users[2].Srm.ReleaseFilesAsync(open.Token!, null, CancellationToken.None);

        // And back.
        await site.MoveBackAsync();
        (await DescribeAsync(site.Users[0])).Should().Equal(before, "of one host on files again");
        (await site.Users[0].StatusAsync(open.Token!)).Files.Should().OnlyContain(file => file.Status.StatusCode == StatusCode.Released, "what was asked and released on the server is known");

        async Task SameAsync(string change)
        {
            foreach (var user in site.Users)
            {
                (await DescribeAsync(user)).Should().Equal(before, "of {0}", change);
                var still = await user.EndAsync(open.Token!, Limit);
                still.IsGood.Should().BeTrue("{0} keeps the request that is open: {1}", change, still);
                before.Should().Contain(file => file.EndsWith($"read:{user.ReadAsync(still.Files[0].TransferUrl!).GetAwaiter().GetResult().Adler32}", StringComparison.Ordinal));
            }
        }
    }

    private static void UseDicomWeb(JsonObject configuration, string url)
    {
        configuration["Plugins"]!["Load"]!.AsArray().Add("Mdm.Plugins.DicomWeb");
        configuration["Archives"]![Archive] = new JsonObject { ["Type"] = "dicomweb", ["Options"] = new JsonObject { ["Url"] = url } };
    }

    /// <summary>Of each file: its path, what the catalogue knows of it, and what is read of it now.</summary>
    private static async Task<List<string>> DescribeAsync(GridUser user)
    {
        var surls = await user.SeriesAsync(Site.Root(Archive));
        var answer = await user.GetInTheEndAsync(surls, Limit);
        var described = new List<string>();
        foreach (var file in answer.Files)
        {
            var surl = Client.Surl.Parse(file.SourceSurl);
            var bytes = await user.ReadAsync(file.TransferUrl!);
            var entry = await user.Files.StatAsync(surl, CancellationToken.None);
            described.Add($"{surl.Path} length:{entry.Length} adler32:{entry.Adler32} modified:{entry.Modified:O} read:{bytes.Adler32}");
        }
        await user.Srm.ReleaseFilesAsync(answer.Token!, null, CancellationToken.None);
        return described;
    }

    private async Task FillAsync(HostProcess host, GridUser user, Orthanc archive)
    {
        await host.PublishedAsync(Source);
        (await user.Files.FetchTreeAsync(user.Surl(Site.Root(Source)), _objects.Path, null, null, CancellationToken.None)).Missed.Should().BeEmpty();
        await archive.SendAsync(_objects.Path);
        await host.PublishedAsync(Archive);
        await foreach (var _ in user.Files.AdministrationAt(user.Surl("/")).PublishAsync(Archive, null, restores: false, acceptsLoss: false, CancellationToken.None))
            continue;
    }
}
