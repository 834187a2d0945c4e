using System.Text.Json.Nodes;
using Mdm.Client;
using Xunit.Abstractions;

namespace Mdm.EndToEnd.Tests;

/// <summary>
/// kill -9 of the host, of a keystore, or of a refresh of all shares, at moments that nobody chose, while files are staged, keys registered and shares renewed. Fifty rounds with MDM_SOAK=1.
/// </summary>
public sealed class Killed_while_keys_are_made(ITestOutputHelper output) : IDisposable
{
    private const string Archive = "radiology";
    private const int Series = 5;
    private const int Instances = 12;
    private const int Bytes = 100 * 1024;
    private const uint Seed = 77_41;

    private static readonly int Rounds = Here.Soak ? 50 : 4;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Part of every object of the demonstration archive.</summary>
    private static readonly byte[] Plain = "MDM Phantom Works"u8.ToArray();

    private readonly TestGrid _grid = new();

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task Every_file_s_key_can_be_joined_no_key_is_left_over_and_no_plaintext_lies_anywhere()
    {
        await using var pacs = Site.Pacs(Instances, Bytes, Series);
        pacs.Faults.Slow = TimeSpan.FromMilliseconds(3);
        await using var keystores = await RealKeystores.StartAsync(_grid, 3);
        await using var host = await HostProcess.StartAsync(_grid, configuration =>
        {
            ((JsonArray)configuration["Plugins"]!["Load"]!).Add("Mdm.Plugins.Hydra");
            Site.Publish(configuration, [(Archive, pacs.AeTitle, pacs.Port)]);
            configuration["Publications"]![Archive]!["Delivery"] = "Sealed";
            configuration["Keys"] = keystores.Section(2);
            // Less than there is: files are evicted, and sealed again with the keys they had.
            configuration["Staging"]!["Quota"] = "4 MB";
            configuration["Staging"]!["UserShare"] = 1.0;
            configuration["Staging"]!["FirstReservation"] = 150 * 1024;
            // Not all fits at once: who asks for all waits for room, however slowly the first of it is read.
            configuration["Staging"]!["SpaceWait"] = "00:01:00";
        });
        await host.PublishedAsync(Archive);
        using var user = new GridUser(host);
        var files = (await user.FilesBelowAsync(Site.Root(Archive))).Select(entry => entry.Surl).ToList();
        files.Should().HaveCount(Series * Instances);
        var chances = new Chances(Seed);
        var killed = new Dictionary<string, int>();
        for (var round = 1; round <= Rounds; round++)
        {
            var some = files.Where(_ => chances.Below(3) == 0).Take(20).ToList();
            var asking = AskAsync(user, some);
            var victim = (round % 3) switch { 0 => "keystore", 1 => "host", _ => "refresh" };
            killed[victim] = killed.GetValueOrDefault(victim) + 1;
            switch (victim)
            {
                case "keystore":
                    var keystore = keystores.Processes[chances.Below(3)];
                    await Task.Delay(chances.Below(900));
                    keystore.Process.Signal("KILL");
                    await asking;
                    await keystore.RestartAsync("KILL");
                    break;
                case "host":
                    await Task.Delay(chances.Below(900));
                    host.Process.Signal("KILL");
                    await asking;
                    await host.RestartAsync("KILL");
                    break;
                default:
                    await using (var refresh = Mdm(host, keystores, ["keystore", "refresh"]))
                    {
                        await Task.Delay(200 + chances.Below(1200));
                        refresh.Signal("KILL");
                        await refresh.ExitAsync(Limit);
                    }
                    await asking;
                    break;
            }
        }

        // What it was asked last it goes on with, making keys: when all files have been fetched there are none left to make, and what is found from then on stays so.
        // Until the rounds' own requests are at their end they take the pool's room, and a get is told so.
        using (var first = new TemporaryDirectory())
            await Here.UntilAsync(async () => (await RunAsync(host, keystores, ["get", "-r", host.Surl(Site.Root(Archive)), first.Path])).ExitCode == 0, Limit, "all files have been fetched");
        // A key that changes meanwhile, as by rights that are told late, keeps its old shares, and the answer says what to do.
        await Here.UntilAsync(
            async () =>
            {
                var (code, said) = await RunAsync(host, keystores, ["keystore", "refresh"]);
                (code == 0 || said.Contains("run it again", StringComparison.Ordinal) || said.Contains("did not answer within", StringComparison.Ordinal)).Should().BeTrue("mdm keystore refresh said {0}", said);
                return code == 0;
            },
            Limit, "all shares are new");
        // What the host still has to tell may reach two keystores of three, which is a difference of its own: an operator repairs and mends until nothing is left.
        await Here.UntilAsync(
            async () =>
            {
                await RunAsync(host, keystores, ["keystore", "repair"]);
                await RunAsync(host, keystores, ["admin", "reconcile", "--mend", "--host", host.Surl("/")]);
                var (code, said) = await RunAsync(host, keystores, ["admin", "reconcile", "--host", host.Surl("/")]);
                output.WriteLine($"mdm admin reconcile: {code}, {said}");
                return code == 0;
            },
            Limit, "keystores and catalogue agree");
        using var fetched = new TemporaryDirectory();
        await DemandAsync(host, keystores, ["get", "-r", host.Surl(Site.Root(Archive)), fetched.Path]);
        var opened = Directory.GetFiles(fetched.Path, "*.dcm", SearchOption.AllDirectories);
        opened.Should().HaveCount(files.Count);
        foreach (var file in opened)
            File.ReadAllBytes(file).AsSpan().IndexOf(Plain).Should().BePositive("{0} is deciphered", file);
        await Pool.MustBeWholeAsync(host);
        foreach (var file in (string[])[.. Here.FilesBelow(host.Home), .. keystores.Processes.SelectMany(p => Here.FilesBelow(p.Home))])
            Read(file).AsSpan().IndexOf(Plain).Should().Be(-1, "{0} must hold no plaintext", file);
        output.WriteLine($"{Rounds} rounds: killed {string.Join(", ", killed.Select(k => $"{k.Key} {k.Value} times"))}; {opened.Length} files opened.");
    }

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete });
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Asks for files; whatever becomes of it while processes die is no matter here.</summary>
    private static async Task AskAsync(GridUser user, IReadOnlyList<Surl> files)
    {
        try
        {
            await user.GetAsync(files, TimeSpan.FromSeconds(6), pinSeconds: 1);
        }
        catch (Exception e) when (e is SrmException or TimeoutException or HttpRequestException or IOException or OperationCanceledException)
        {
            // The host was killed, or a keystore, or it takes long: all of that is meant.
        }
    }

    private async Task DemandAsync(HostProcess host, RealKeystores keystores, string[] arguments)
    {
        var (code, said) = await RunAsync(host, keystores, arguments);
        code.Should().Be(0, "mdm {0} said {1} and the host {2}", string.Join(' ', arguments), said, host.Process.Output);
    }

    private async Task<(int ExitCode, string Output)> RunAsync(HostProcess host, RealKeystores keystores, string[] arguments)
    {
        await using var process = Mdm(host, keystores, arguments);
        return (await process.ExitAsync(Limit), process.Output);
    }

    private ChildProcess Mdm(HostProcess host, RealKeystores keystores, string[] arguments)
    {
        var environment = _grid.Environment(_grid.PhysicianProxy);
        environment["PATH"] = System.Environment.GetEnvironmentVariable("PATH");
        environment["DOTNET_CLI_HOME"] = environment["HOME"];
        environment["MDM_ENDPOINT"] = host.Surl("/").TrimEnd('/');
        environment["MDM_KEYSTORES"] = string.Join(',', keystores.Addresses) + ";2";
        return ChildProcess.Start("dotnet", [Here.Built("Mdm.Cli", "mdm.dll"), .. arguments], environment);
    }
}
