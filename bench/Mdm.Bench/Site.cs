using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Mdm.Client;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>A grid, a host with one PACS behind it, published, and our client as a physician.</summary>
internal sealed class Site : IAsyncDisposable
{
    public const string Root = "/grid/" + TestGrid.Vo + "/bench";
    private const string Publication = "bench";

    private readonly bool _ownsGrid;

    private Site(TestGrid grid, HostProcess host, bool ownsGrid)
    {
        _ownsGrid = ownsGrid;
        (Grid, Host) = (grid, host);
        Files = GridFiles.Open(
            new GridEnvironment { CertificateFile = grid.PhysicianProxy, KeyFile = grid.PhysicianProxy, TrustDirectory = grid.CertificateDirectory, Endpoint = host.Surl(""), Searched = "the bench's own grid" },
            new SrmClientOptions { LongestPause = TimeSpan.FromMilliseconds(100) });
    }

    public TestGrid Grid { get; }

    public HostProcess Host { get; }

    public GridFiles Files { get; }

    /// <summary>How long publishing took.</summary>
    public TimeSpan Published { get; private set; }

    public Surl At(string path) => Surl.Parse(Host.Surl(path));

    /// <summary>Where a series of <see cref="SeriesFiles"/> is published.</summary>
    public Surl Series(int series) => At($"{Root}/{SeriesFiles.StudyUid}/{SeriesFiles.SeriesUid(series)}");

    /// <param name="calledAeTitle">The archive's.</param>
    /// <param name="port">The archive's.</param>
    /// <param name="further">What else is configured.</param>
    /// <param name="beside">Whose stores it shares, and what is published in them; null where it publishes.</param>
    public static async Task<Site> StartAsync(string calledAeTitle, int port, Action<JsonObject>? further = null, Site? beside = null)
    {
        var grid = beside?.Grid ?? new TestGrid();
        var host = await HostProcess.StartAsync(grid, configuration =>
        {
            configuration["Archives"] = new JsonObject
            {
                ["pacs"] = new JsonObject
                {
                    ["Type"] = "dicom",
                    ["Options"] = new JsonObject { ["Host"] = "127.0.0.1", ["Port"] = port.ToString(CultureInfo.InvariantCulture), ["CalledAeTitle"] = calledAeTitle, ["CallingAeTitle"] = "MDM" },
                },
            };
            var publication = HostProcess.Clinical("pacs", Root);
            publication.Remove("Owner");
            publication["Acl"] = new JsonArray($"group:/{TestGrid.Vo}/Role=physician:rwx");
            configuration["Publications"] = new JsonObject { [Publication] = publication };
            further?.Invoke(configuration);
        });
        var site = new Site(grid, host, beside is null);
        if (beside is not null)
            return site;
        var started = Stopwatch.GetTimestamp();
        await foreach (var _ in site.Files.AdministrationAt(site.At("/")).PublishAsync(Publication, null, restores: false, acceptsLoss: false, CancellationToken.None))
            continue;
        site.Published = Stopwatch.GetElapsedTime(started);
        return site;
    }

    public async Task<List<Surl>> ListAsync(Surl directory)
    {
        var found = new List<Surl>();
        await foreach (var entry in Files.ListNamesAsync(directory, CancellationToken.None))
            found.Add(entry.Surl);
        return found;
    }

    /// <summary>All files of a tree.</summary>
    public async Task<List<Surl>> WalkAsync()
    {
        var found = new List<Surl>();
        await foreach (var entry in Files.WalkAsync(At(Root), CancellationToken.None))
        {
            if (entry.Type == Mdm.Srm.Messages.FileType.File)
                found.Add(entry.Surl);
        }
        return found;
    }

    /// <summary>Asks for files in one request and waits until all of them are staged.</summary>
    public async Task<TimeSpan> StageAsync(IReadOnlyList<Surl> files)
    {
        var started = Stopwatch.GetTimestamp();
        var statuses = await Files.At(files[0]).BringOnlineAsync(files, TimeSpan.FromHours(1), TimeSpan.FromMinutes(10), CancellationToken.None);
        var took = Stopwatch.GetElapsedTime(started);
        var bad = statuses.Where(status => status.Status.StatusCode is not (Mdm.Srm.Messages.StatusCode.Success or Mdm.Srm.Messages.StatusCode.FileInCache)).ToList();
        return bad.Count == 0 ? took : throw new InvalidOperationException($"{bad.Count} files were not staged: {bad[0].Status}");
    }

    /// <summary>The address from which a staged file is transferred.</summary>
    public async Task<string> TurlAsync(Surl file)
    {
        var client = Files.At(file);
        var answer = await client.PrepareToGetAsync([file], ["https"], TimeSpan.FromHours(1), TimeSpan.FromMinutes(10), CancellationToken.None);
        for (var round = 0; ; round++)
        {
            if (answer.FileStatuses?[0].TransferUrl is { } turl)
                return turl;
            if (round > 1000)
                throw new InvalidOperationException($"no TURL: {answer.ReturnStatus}");
            await Task.Delay(50);
            var status = await client.StatusOfGetAsync(answer.RequestToken!, CancellationToken.None);
            answer = answer with { FileStatuses = status.FileStatuses, ReturnStatus = status.ReturnStatus };
        }
    }

    public async ValueTask DisposeAsync()
    {
        Files.Dispose();
        await Host.DisposeAsync();
        if (_ownsGrid)
            Grid.Dispose();
    }
}
