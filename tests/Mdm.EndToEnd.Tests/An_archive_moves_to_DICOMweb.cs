using System.Text.Json.Nodes;

namespace Mdm.EndToEnd.Tests;

/// <summary>A site's archive is reached by another protocol from one day to the next; nobody who holds a SURL notices.</summary>
public sealed class An_archive_moves_to_DICOMweb : IDisposable
{
    private const string Archive = "radiology";
    private const string Source = "source";
    private const int Instances = 12;
    private const int Bytes = 200_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _objects = new();

    public void Dispose()
    {
        _objects.Dispose();
        _grid.Dispose();
    }

    [SkippableFact]
    public async Task The_same_names_give_the_same_bytes_and_nothing_is_registered_again()
    {
        Here.Tool("dcmsend");
        await using var archive = await Orthanc.StartAsync("MDM", Here.FreePort());
        await using var source = Site.Pacs(Instances, Bytes, series: 2);
        await using var host = await HostProcess.StartAsync(_grid, configuration => Site.Publish(configuration, [(Archive, archive.AeTitle, archive.Port), (Source, source.AeTitle, source.Port)]));
        using var user = new GridUser(host);
        await FillAsync(host, user, archive);

        var before = await DescribeAsync(user);
        before.Should().HaveCountGreaterThanOrEqualTo(Instances).And.OnlyContain(file => file.Contains("adler32:", StringComparison.Ordinal));

        await host.RestartAsync(configuration =>
        {
            configuration["Plugins"]!["Load"]!.AsArray().Add("Mdm.Plugins.DicomWeb");
            configuration["Archives"]![Archive] = new JsonObject { ["Type"] = "dicomweb", ["Options"] = new JsonObject { ["Url"] = archive.DicomWeb.AbsoluteUri } };
            // What was staged before is not what is to be shown: everything is fetched anew.
            configuration["Staging"]!["Directory"] = Path.Combine(host.Home, "another-pool");
        });
        await host.PublishedAsync(Archive);
        host.Process.Output.Should().MatchRegex($@"Publication {Archive} complete in \S+ s: {before.Count} listed, 0 new, 0 changed, 0 missing, 0 un-published, 0 held back, 0 failed");
        (await DescribeAsync(user)).Should().Equal(before);
    }

    /// <summary>Of each file: its name, what the catalogue knows of it, and what is read of it now.</summary>
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
