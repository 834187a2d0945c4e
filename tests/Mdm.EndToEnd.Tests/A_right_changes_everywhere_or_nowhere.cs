using System.Text.Json;
using System.Text.Json.Nodes;
using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Client.Metadata;
using Mdm.Client.Names;
using Mdm.DemoPacs;
using Mdm.Formats.Amga.Search;
using Xunit.Abstractions;

namespace Mdm.EndToEnd.Tests;

/// <summary>
/// kill -9 of the host, or of so many keystores that none can be told, or an end without goodbye of the database server that the metadata are on, at moments that nobody chose, while the right to a file changes: afterwards it is the old one or the new one in the catalogue, at the keystores and in the
/// metadata, and a reconciliation finds nothing. Forty-two rounds with MDM_SOAK=1. That every step between two is met is Mdm.Host.Tests' OneLogicalRightTests' to say.
/// </summary>
public sealed class A_right_changes_everywhere_or_nowhere(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private const string Archive = "clinical";
    private const string Root = "/grid/" + TestGrid.Vo + "/" + Archive;
    private const uint Seed = 20_26;

    private static readonly int Rounds = Here.Soak ? 42 : 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly TestGrid _grid = new();
    private readonly int _port = Here.FreePort();
    private DemoPacsServer? _pacs;
    private PostgresServer? _metadata;
    private string? _missing;
    private RealKeystores? _keystores;
    private HostProcess? _host;

    public async Task InitializeAsync()
    {
        try
        {
            _metadata = await PostgresServer.StartAsync();
        }
        catch (SkipException missing)
        {
            _missing = missing.Message;
            return;
        }
        _pacs = Site.Pacs(instances: 2, bytes: 4096);
        _keystores = await RealKeystores.StartAsync(_grid, 3);
        _host = await HostProcess.StartAsync(_grid, configuration =>
        {
            configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Dicom", "Mdm.Plugins.Lfc", "Mdm.Plugins.Amga", "Mdm.Plugins.Hydra");
            Site.Publish(configuration, [(Archive, _pacs.AeTitle, _pacs.Port)]);
            configuration["Keys"] = _keystores.Section(2);
            var store = _metadata.Store("amga");
            configuration["Metadata"] = new JsonObject { ["Type"] = "amga", ["Options"] = new JsonObject { ["Store"] = store } };
            configuration["Services"] = new JsonObject { ["amga"] = new JsonObject { ["Type"] = "amga", ["Port"] = _port, ["Options"] = new JsonObject { ["Store"] = store } } };
            var published = configuration["Publications"]![Archive]!;
            published["Delivery"] = "Sealed";
            published["Readers"] = new JsonObject { [$"/{TestGrid.Vo}/Role=physician"] = new JsonArray(), [$"/{TestGrid.Vo}"] = new JsonArray("image") };
        });
        await _host.PublishedAsync(Archive);
    }

    public async Task DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        if (_keystores is not null)
            await _keystores.DisposeAsync();
        if (_pacs is not null)
            await _pacs.DisposeAsync();
        if (_metadata is not null)
            await _metadata.DisposeAsync();
    }

    public void Dispose() => _grid.Dispose();

    [SkippableFact]
    public async Task Whatever_dies_meanwhile()
    {
        Skip.If(_missing is not null, _missing);
        var file = await FirstFileAsync();
        using (var target = new TemporaryDirectory())
        using (var files = Open())
            await files.FetchAsync(Surl.Parse(_host!.Surl(file.ToString())), target["image"], new FetchOptions { KeepSealed = true }, null, default);
        await Here.UntilAsync(async () => await IsFoundAsync(file), Limit, "the row is there");
        var chances = new Chances(Seed);
        var (held, broken) = (await RightAsync(file), 0);
        for (var round = 0; round < Rounds; round++)
        {
            // Two changes at least of each round's kind differ from what is there.
            var isClosing = held.Search is null;
            var wanted = (Mode: isClosing ? "rwx------" : "rwxr-x---", Level: isClosing ? SearchLevel.Private : SearchLevel.Anonymous);
            var victims = (round % 3) switch { 0 => [_host!], 1 => _keystores!.Processes.Take(2).ToList(), _ => [] };
            var changing = ChangeAsync(file, wanted.Mode, wanted.Level);
            await Task.Delay(chances.Below(60));
            foreach (var victim in victims)
                victim.Process.Signal("KILL");
            if (victims.Count == 0)
                await _metadata!.StopAsync("QUIT");
            broken += await changing ? 0 : 1;
            foreach (var victim in victims)
                await victim.RestartAsync("KILL");
            if (victims.Count == 0)
                await _metadata!.StartAgainAsync();
            await AgreesAsync();

            var now = await RightAsync(file);
            // Mode and level are two calls: each is there or not.
            now.Mode.Should().BeOneOf([held.Mode, isClosing ? 0b111_000_000 : 0b111_101_000]);
            now.Search.Should().Be(now.Search is null ? null : Acl.FromMode(0b100_000_000));
            (await IsFoundAsync(file)).Should().Be(now.Search is null, "who finds the file by its metadata is what the catalogue says");
            held = now;
        }
        output.WriteLine($"{Rounds} rounds, {broken} of them without an answer.");
    }

    private static GridEnvironment EnvironmentOf(TestGrid grid, string proxy, string endpoint) =>
        new() { CertificateFile = proxy, KeyFile = proxy, TrustDirectory = grid.CertificateDirectory, Endpoint = endpoint, Searched = "the test's own grid" };

    private GridFiles Open() => GridFiles.Open(EnvironmentOf(_grid, _grid.PhysicianProxy, _host!.Surl("")));

    private async Task<StoragePath> FirstFileAsync()
    {
        using var files = Open();
        await foreach (var entry in files.WalkAsync(Surl.Parse(_host!.Surl(Root)), default))
        {
            if (entry.Type == Mdm.Srm.Messages.FileType.File)
                return entry.Surl.Path;
        }
        throw new InvalidOperationException("Nothing is published.");
    }

    /// <summary>Changes both; false where nobody answered.</summary>
    private async Task<bool> ChangeAsync(StoragePath file, string mode, SearchLevel level)
    {
        try
        {
            using var files = Open();
            var names = files.NamesAt(Surl.Parse(_host!.Surl("/")));
            await names.SetRightAsync(file, RightChange.OfMode(mode), default);
            await names.SetRightAsync(file, RightChange.OfLevel(level), default);
            return true;
        }
        catch (SrmException)
        {
            return false;
        }
    }

    private async Task<(int Mode, Acl? Search)> RightAsync(StoragePath file)
    {
        using var files = Open();
        var entry = await files.NamesAt(Surl.Parse(_host!.Surl("/"))).StatAsync(file, true, default);
        return (entry.Acl.Mode, entry.Search);
    }

    /// <summary>True where a member who may see images' attributes finds it. Files are told apart by the names of their entries.</summary>
    private async Task<bool> IsFoundAsync(StoragePath file)
    {
        using var files = Open();
        var id = (await files.NamesAt(Surl.Parse(_host!.Surl("/"))).StatAsync(file, true, default)).Id;
        using var metadata = GridMetadata.Open(EnvironmentOf(_grid, _grid.ResearcherProxy, _host.Surl("")));
        var search = await metadata.SearchAsync([new MetadataServer("localhost", _port, [])], [Root], new SearchQuestion { Condition = "Modality is not null" }, default);
        return (await search.RunAsync(default).ToListAsync()).Exists(row => row.File == id);
    }

    /// <summary>What is noted is told without anybody's help; what a keystore missed while it was down is a difference that an operator has repaired.</summary>
    private async Task AgreesAsync()
    {
        using var files = Open();
        var administration = files.AdministrationAt(Surl.Parse(_host!.Surl("/")));
        await Here.UntilAsync(
            async () => await FindingsAsync(administration.ReconcileMetadataAsync(false, default)) == 0,
            Limit, "metadata and catalogue agree");
        await Here.UntilAsync(
            async () => await FindingsAsync(administration.ReconcileKeysAsync(true, default)) == 0,
            Limit, "keystores and catalogue agree");
    }

    /// <summary>Differences, and what is still to be told; many where a keystore does not answer yet.</summary>
    private static async Task<long> FindingsAsync(IAsyncEnumerable<JsonElement> lines)
    {
        try
        {
            var last = await lines.LastAsync();
            return last.GetProperty("findings").GetInt64() + last.GetProperty("pending").GetInt64();
        }
        catch (SrmException)
        {
            return long.MaxValue;
        }
    }
}
