using System.Globalization;
using System.Text.Json.Nodes;
using Mdm.Client;
using Mdm.DemoPacs;

namespace Mdm.Native.Tests;

/// <summary>A site whose files come sealed: two archives, three keystores any two of which give a key, a metadata server; and the C++ programs that read it.</summary>
public sealed class NativeSite : IAsyncLifetime, IDisposable
{
    public const string Name = "native site";
    public const int Instances = 20;
    public const int InstanceBytes = 64 * 1024;
    /// <summary>Where jobs put their results.</summary>
    public const string Results = "/grid/" + TestGrid.Vo + "/results";

    private const string Images = "/grid/" + TestGrid.Vo + "/images";
    private const string Large = "/grid/" + TestGrid.Vo + "/large";

    /// <summary>Bytes of the object that is read at random.</summary>
    public static readonly int LargeBytes = Here.Soak ? 1_000_000_000 : 64_000_000;

    private readonly TemporaryDirectory _folder = new();
    private DemoPacsServer? _pacs;
    private DemoPacsServer? _large;
    private RealKeystores? _keystores;
    private HostProcess? _host;

    public TestGrid Grid { get; } = new();

    public HostProcess Host => _host!;

    public RealKeystores Keystores => _keystores!;

    /// <summary>The metadata server's port.</summary>
    public int MetadataPort { get; } = Here.FreePort();

    /// <summary>The directory of the series.</summary>
    public string Series { get; private set; } = string.Empty;

    /// <summary>A file of the series.</summary>
    public string Image { get; private set; } = string.Empty;

    /// <summary>The large object.</summary>
    public string LargeObject { get; private set; } = string.Empty;

    /// <summary>A copy of the large object that the .NET client fetched, deciphered.</summary>
    public string LargeCopy => _folder["large.dcm"];

    /// <summary>Copies of the series that the .NET client fetched, deciphered.</summary>
    public string SeriesCopies => _folder["copies"];

    /// <summary>Why there is no site; the tests then skip.</summary>
    public string? Missing { get; private set; }

    public void Require() => Skip.If(Missing is not null, Missing);

    public async Task InitializeAsync()
    {
        try
        {
            // Mostly waits for the network: beside the compiling.
            _ = BareDebian.AtAsync();
            await NativeTree.AtAsync();
        }
        catch (SkipException missing)
        {
            Missing = missing.Message;
            return;
        }
        _pacs = DemoPacsServer.Start(new DemoPacsOptions { Series = 1, Instances = Instances, PixelBytes = InstanceBytes, Phantoms = false });
        _large = DemoPacsServer.Start(new DemoPacsOptions { Series = 1, Instances = 1, PixelBytes = LargeBytes, Phantoms = false, AeTitle = "LARGEPACS" });
        _keystores = await RealKeystores.StartAsync(Grid, 3);
        _host = await HostProcess.StartAsync(Grid, Configure);
        await _host.PublishedAsync("images");
        await _host.PublishedAsync("large");
        await _host.PublishedAsync("results");
        using var files = Open();
        Image = await FirstFileAsync(files, Images);
        Series = Image[..Image.LastIndexOf('/')];
        LargeObject = await FirstFileAsync(files, Large);
        await files.FetchAsync(Surl.Parse(_host.Surl(LargeObject)), LargeCopy, null, null, default);
        (await files.FetchTreeAsync(Surl.Parse(_host.Surl(Series)), SeriesCopies, null, null, default)).Missed.Should().BeEmpty();
    }

    /// <summary>The environment of a program of the physician's, or of whose proxy that is.</summary>
    public Dictionary<string, string?> Environment(string? proxy = null)
    {
        var environment = Grid.Environment(proxy ?? Grid.PhysicianProxy);
        environment["MDM_ENDPOINT"] = _host!.Surl("/").TrimEnd('/');
        return environment;
    }

    /// <summary>A program with its arguments, compiled once.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string source, string[] arguments, Dictionary<string, string?>? environment = null, TimeSpan? limit = null) =>
        await ChildProcess.RunAsync(await BuiltAsync(source), arguments, environment ?? Environment(), limit ?? TimeSpan.FromMinutes(5));

    /// <summary>A source as a program.</summary>
    public async Task<string> BuiltAsync(string source)
    {
        var built = _folder[Path.GetFileNameWithoutExtension(source)];
        return File.Exists(built) ? built : await CppProgram.BuildAsync(source, _folder.Path);
    }

    /// <summary>The same, compiled so that it ends where it reads or writes what is not its own.</summary>
    public Task<string> CheckedAsync(string source) => CppProgram.BuildAsync(source, _folder.Path, CppProgram.Sanitizers);

    public async Task DisposeAsync()
    {
        foreach (var one in (IAsyncDisposable?[])[_host, _keystores, _pacs, _large])
        {
            if (one is not null)
                await one.DisposeAsync();
        }
    }

    public void Dispose()
    {
        Grid.Dispose();
        _folder.Dispose();
    }

    /// <summary>The physician's client.</summary>
    public GridFiles Open() =>
        GridFiles.Open(new GridEnvironment { CertificateFile = Grid.PhysicianProxy, KeyFile = Grid.PhysicianProxy, TrustDirectory = Grid.CertificateDirectory, Searched = "the test's own grid" });

    private async Task<string> FirstFileAsync(GridFiles files, string root)
    {
        var entries = await files.WalkAsync(Surl.Parse(_host!.Surl(root)), default).Where(entry => entry.Type == Mdm.Srm.Messages.FileType.File).ToListAsync();
        return entries[0].Surl.Path.ToString();
    }

    private void Configure(JsonObject configuration)
    {
        configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Dicom", "Mdm.Plugins.Lfc", "Mdm.Plugins.Amga", "Mdm.Plugins.Hydra", "Mdm.Plugins.Disk");
        var tree = Directory.CreateDirectory(_folder["tree"]).FullName;
        configuration["Archives"] = new JsonObject
        {
            ["images"] = Archive(_pacs!), ["large"] = Archive(_large!),
            ["results"] = new JsonObject { ["Type"] = "disk", ["Options"] = new JsonObject { ["Directory"] = tree, ["KeepFree"] = 0 } },
        };
        configuration["Areas"] = new JsonObject { ["SCRATCH"] = new JsonObject { ["Quota"] = "1 GB" } };
        configuration["Publications"] = new JsonObject
        {
            ["images"] = Sealed("images", Images), ["large"] = Sealed("large", Large),
            ["results"] = new JsonObject
            {
                ["Archive"] = "results", ["Root"] = Results, ["Content"] = "original", ["Delivery"] = "Clear", ["MaySeeIdentity"] = new JsonArray($"/{TestGrid.Vo}"),
                ["Acl"] = new JsonArray($"group:/{TestGrid.Vo}:rwx"), ["Put"] = new JsonObject { ["Areas"] = new JsonArray("SCRATCH") },
            },
        };
        configuration["Keys"] = _keystores!.Section(2);
        var store = $"sqlite:{Path.Combine(configuration["State"]!["Directory"]!.GetValue<string>(), "amga.db")}";
        configuration["Metadata"] = new JsonObject { ["Type"] = "amga", ["Options"] = new JsonObject { ["Store"] = store, ["Announce"] = new JsonArray($"https://localhost:{MetadataPort.ToString(CultureInfo.InvariantCulture)}") } };
        configuration["Services"] = new JsonObject { ["amga"] = new JsonObject { ["Type"] = "amga", ["Port"] = MetadataPort, ["Options"] = new JsonObject { ["Store"] = store } } };
        // Nothing but what is asked for.
        configuration["Staging"]!["ReadAhead"] = new JsonObject { ["Files"] = 0 };
    }

    private static JsonObject Archive(DemoPacsServer pacs) => new()
    {
        ["Type"] = "dicom",
        ["Options"] = new JsonObject { ["Host"] = "127.0.0.1", ["Port"] = pacs.Port, ["CalledAeTitle"] = pacs.AeTitle, ["CallingAeTitle"] = "MDM", ["Retrieval"] = "get" },
    };

    private static JsonObject Sealed(string archive, string root)
    {
        var publication = HostProcess.Clinical(archive, root);
        publication["Delivery"] = "Sealed";
        return publication;
    }
}

[CollectionDefinition(NativeSite.Name)]
public sealed class NativeSiteCollection : ICollectionFixture<NativeSite>;
