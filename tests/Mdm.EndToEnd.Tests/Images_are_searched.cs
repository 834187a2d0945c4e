using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mdm.Client;
using Mdm.Client.Metadata;
using Mdm.DemoPacs;
using Mdm.Formats.Amga;
using Mdm.Formats.Amga.Search;

namespace Mdm.EndToEnd.Tests;

/// <summary>An archive is published twice, and searched by a physician, a researcher and a member of another VO: each finds what he may.</summary>
public sealed partial class Images_are_searched : IAsyncLifetime, IDisposable
{
    private const string Clinical = "/grid/" + TestGrid.Vo + "/clinical";
    private const string Research = "/grid/" + TestGrid.Vo + "/research";

    private readonly TestGrid _grid = new();
    private readonly int _port = Here.FreePort();
    private DemoPacsServer? _pacs;
    private HostProcess? _host;

    public async Task InitializeAsync()
    {
        _pacs = DemoPacsServer.Start(new DemoPacsOptions { Port = 0, Series = 1, Instances = 5, PixelBytes = 4096, Phantoms = true });
        _host = await HostProcess.StartAsync(_grid, configuration =>
        {
            Site.Publish(configuration, [("clinical", _pacs.AeTitle, _pacs.Port)]);
            configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Dicom", "Mdm.Plugins.Lfc", "Mdm.Plugins.Amga");
            var state = configuration["State"]!["Directory"]!.GetValue<string>();
            var secret = Path.Combine(Path.GetDirectoryName(state)!, "project");
            File.WriteAllText(secret, Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));
            File.SetUnixFileMode(secret, UnixFileMode.UserRead);
            configuration["Deidentifiers"] = new JsonObject { ["basic"] = new JsonObject { ["Type"] = "dicom-ps3.15", ["Options"] = new JsonObject { ["SecretFile"] = secret, ["BurnedIn"] = "Allow" } } };
            var store = $"sqlite:{Path.Combine(state, "amga.db")}";
            configuration["Metadata"] = new JsonObject { ["Type"] = "amga", ["Options"] = new JsonObject { ["Store"] = store, ["Announce"] = new JsonArray($"https://localhost:{_port.ToString(CultureInfo.InvariantCulture)}") } };
            configuration["Services"] = new JsonObject { ["amga"] = new JsonObject { ["Type"] = "amga", ["Port"] = _port, ["Options"] = new JsonObject { ["Store"] = store } } };
            var clinical = configuration["Publications"]!["clinical"]!;
            clinical["Attributes"] = new JsonArray("PatientName", "Modality", "StudyDate", "Rows");
            clinical["Readers"] = new JsonObject { [$"/{TestGrid.Vo}/Role=physician"] = new JsonArray(), [$"/{TestGrid.Vo}"] = new JsonArray("image") };
            configuration["Publications"]!["research"] = new JsonObject
            {
                ["Archive"] = "clinical", ["Root"] = Research, ["Content"] = "basic", ["Delivery"] = "Clear",
                ["Acl"] = new JsonArray($"group:/{TestGrid.Vo}:r-x"), ["Attributes"] = new JsonArray("Modality", "Rows"),
            };
        });
        await _host.PublishedAsync("clinical");
        await _host.PublishedAsync("research");
    }

    public async Task DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        if (_pacs is not null)
            await _pacs.DisposeAsync();
    }

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task Each_finds_what_he_may_and_a_search_leads_to_the_file()
    {
        // A physician: identity, and the way to the file.
        var (rows, search) = await SearchAsync(_grid.PhysicianProxy, new SearchQuestion { Condition = "PatientName is not null and Modality = \"CT\"", Order = [new OrderKey("StudyDate")] }, Clinical);
        search.IsPartial.Should().BeFalse();
        rows.Should().NotBeEmpty().And.OnlyContain(row => row.Path!.StartsWith(Clinical, StringComparison.Ordinal) && row.Values.ContainsKey("PatientName"));
        using var physician = GridFiles.Open(EnvironmentOf(_grid.PhysicianProxy));
        (await physician.StatAsync(Surl.Parse(_host!.Surl(rows[0].Path!)), default)).Length.Should().BeNull("nobody has staged it yet");

        // A researcher: of the clinical collection what says nothing of the patient, and no way to find out.
        (rows, _) = await SearchAsync(_grid.ResearcherProxy, new SearchQuestion { Condition = "Modality = \"CT\"" }, Clinical);
        rows.Should().NotBeEmpty().And.OnlyContain(row => row.Path == null && row.Values.Keys.All(name => name == "Modality" || name == "Rows"));
        foreach (var condition in (string[])["PatientName = \"Nobody\"", "PatientName is null", "PatientNam = \"Nobody\""])
        {
            (rows, search) = await SearchAsync(_grid.ResearcherProxy, new SearchQuestion { Condition = condition }, Clinical);
            rows.Should().BeEmpty();
            search.Reports.Should().OnlyContain(report => report.Outcome == TargetOutcome.NotThere);
        }

        // All that he may search, as the host announces it; the de-identified file can be had.
        using var researcher = GridFiles.Open(EnvironmentOf(_grid.ResearcherProxy));
        var servers = await researcher.MetadataAtAsync(Surl.Parse(_host.Surl("/")), default);
        servers.Should().ContainSingle().Which.Port.Should().Be(_port);
        (rows, search) = await SearchAsync(_grid.ResearcherProxy, new SearchQuestion { Condition = "Modality = \"CT\"" });
        search.Reports.Select(report => report.Target.Collection).Should().Equal(Clinical, Research);
        var mine = rows.First(row => row.Path is not null);
        using var target = new TemporaryDirectory();
        await researcher.FetchAsync(Surl.Parse(_host.Surl(mine.Path!)), target["image"], null, null, default);
        // What only the object says is there once it was staged.
        await Here.UntilAsync(
            async () => (await SearchAsync(_grid.ResearcherProxy, new SearchQuestion { Condition = "Rows > 0" }, Research)).Rows.Exists(row => row.Entry == mine.Entry),
            TimeSpan.FromSeconds(60), "the row of the staged file is completed");
    }

    [Fact]
    public async Task A_stranger_finds_nothing_and_learns_nothing()
    {
        var (rows, search) = await SearchAsync(_grid.StrangerProxy, new SearchQuestion { Condition = "Modality = \"CT\"" }, Clinical);

        rows.Should().BeEmpty();
        search.Reports.Should().OnlyContain(report => report.Outcome == TargetOutcome.Failed);
        using var metadata = GridMetadata.Open(EnvironmentOf(_grid.StrangerProxy));
        await using var connection = await metadata.ConnectAsync(Server, null, default);
        (await connection.ExecuteAsync(["collections"], default)).Should().BeEmpty();
        var told = await connection.Invoking(one => one.ExecuteAsync(["listattr", Clinical], default)).Should().ThrowAsync<AmgaAnswerException>();
        var nowhere = await connection.Invoking(one => one.ExecuteAsync(["listattr", Clinical + "x"], default)).Should().ThrowAsync<AmgaAnswerException>();
        told.Which.Code.Should().Be(nowhere.Which.Code);
    }

    private MetadataServer Server => new("localhost", _port, []);

    private async Task<(List<FoundRow> Rows, FederatedSearch Search)> SearchAsync(string proxy, SearchQuestion question, params string[] collections)
    {
        using var metadata = GridMetadata.Open(EnvironmentOf(proxy));
        var search = await metadata.SearchAsync([Server], collections, question, default);
        return (await search.RunAsync(default).ToListAsync(), search);
    }

    private GridEnvironment EnvironmentOf(string proxy) =>
        new() { CertificateFile = proxy, KeyFile = proxy, TrustDirectory = _grid.CertificateDirectory, Endpoint = _host!.Surl(""), Searched = "the test's own grid" };
}
