using System.Globalization;
using System.Text.Json.Nodes;
using Mdm.Gsi.Client;
using Mdm.Gsi.Issuing;

namespace Mdm.Plugins.Hydra.Tests.Support;

/// <summary>Real keystores, each a process of its own, and whom they know: two storage hosts that stand for one another, one that does not, an administrator.</summary>
public sealed class KeystoreProcesses : IAsyncDisposable
{
    public const string Administrator = "/DC=org/DC=testgrid/CN=Adele Administrator";
    private readonly List<HostProcess> _processes = [];
    private readonly List<IssuedCredential> _issued = [];
    private int _count;

    private KeystoreProcesses()
    {
        StorageHost = Host("se1");
        SecondHost = Host("se2");
        OtherHost = Host("elsewhere");
        AdministratorProxy = Grid.Proxy(Grid.User("Adele Administrator"), []);
    }

    public TestGrid Grid { get; } = new();

    public IReadOnlyList<HostProcess> Processes => _processes;

    /// <summary>A host that may register.</summary>
    public IssuedCredential StorageHost { get; }

    /// <summary>Another of the same site.</summary>
    public IssuedCredential SecondHost { get; }

    /// <summary>A host of another site, which may register as well.</summary>
    public IssuedCredential OtherHost { get; }

    public string AdministratorProxy { get; }

    public IReadOnlyList<Uri> Addresses => [.. _processes.Select(AddressOf)];

    public static async Task<KeystoreProcesses> StartAsync(int count, string limitedProxies = "Accept")
    {
        var keystores = new KeystoreProcesses();
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => keystores.AddAsync(limitedProxies)));
        return keystores;
    }

    public static Uri AddressOf(HostProcess process) => new($"https://localhost:{process.Port.ToString(CultureInfo.InvariantCulture)}/services/keys");

    public async Task<HostProcess> AddAsync(string limitedProxies = "Accept")
    {
        var process = await HostProcess.StartAsync(Grid, configuration =>
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
                        ["Store"] = TestStores.AreElsewhere ? TestStores.At(Grid.HostKey, $"keys{Interlocked.Increment(ref _count)}") : "sqlite:state/keys.db",
                        ["Registrars"] = new JsonObject
                        {
                            ["site"] = new JsonArray(StorageHost.Certificate.SlashSubject(), SecondHost.Certificate.SlashSubject(), "/DC=org/DC=testgrid/CN=localhost"),
                            ["elsewhere"] = new JsonArray(OtherHost.Certificate.SlashSubject()),
                        },
                        ["Administrators"] = new JsonArray(Administrator),
                        ["Creators"] = new JsonArray($"/{TestGrid.Vo}"),
                        ["LimitedProxies"] = limitedProxies,
                    },
                },
            };
        });
        lock (_processes)
            _processes.Add(process);
        await WarmAsync(process);
        return process;
    }

    /// <summary>A process that has just begun to listen compiles while it answers its first request.</summary>
    public async Task WarmAsync(HostProcess process)
    {
        using var administrator = new Client(Grid, AdministratorProxy);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var keystore = administrator.At(AddressOf(process));
        await keystore.StatusAsync(limit.Token);
        await keystore.ReadAsync(new Formats.Keystores.ReadRequest([Drafts.NewId()]), limit.Token);
        await keystore.ReserveAsync(new Formats.Keystores.ReserveRequest([Drafts.NewId()], Formats.Keystores.Ballot.After(default), false), limit.Token);
    }

    /// <summary>Where its process keeps its shares.</summary>
    public static string StoreOf(HostProcess process) => Path.Combine(process.Home, "state", "keys.db");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Process.Signal("CONT");
            await process.DisposeAsync();
        }
        _issued.ForEach(i => i.Dispose());
        Grid.Dispose();
    }

    private IssuedCredential Host(string name)
    {
        var issued = Grid.Authority.IssueHost("/DC=org/DC=testgrid/CN=" + name, [name], TimeSpan.FromDays(2));
        _issued.Add(issued);
        return issued;
    }
}

internal static class Subjects
{
    public static string SlashSubject(this System.Security.Cryptography.X509Certificates.X509Certificate2 certificate) =>
        "/" + string.Join('/', certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: false).Select(part => $"{(part.GetSingleElementType().Value == "0.9.2342.19200300.100.1.25" ? "DC" : "CN")}={part.GetSingleElementValue()}"));

    public static GridCredential Credential(this IssuedCredential issued) => GridCredential.From(issued);
}
