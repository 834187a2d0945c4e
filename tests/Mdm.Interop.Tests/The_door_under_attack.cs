using System.Globalization;
using System.Net.Sockets;
using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Interop.Tests;

/// <summary>Hostile connections, thousands of them, on a real host: it lives, nothing of them stays, and whoever behaves is served meanwhile.</summary>
public sealed class The_door_under_attack
{
    private const int AtOnce = 16;
    private const long MemoryMayGrow = 200L << 20;
    private static readonly TimeSpan ServedWithin = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Holds()
    {
        var count = Here.Soak ? 10_000 : 500;
        using var grid = new TestGrid();
        await using var host = await HostProcess.StartAsync(grid, configuration => configuration["Door"]!["HandshakeTimeout"] = "00:00:15");
        using var trust = new TrustStore(new TrustOptions { CertificateDirectory = grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
        using var tls = new GridTlsClient(trust);
        using var credential = GridCredential.LoadProxy(grid.StrangerProxy);
        var attacks = new DoorAttacks(host.Port, tls, credential).All;

        // Once each before anything is counted: threads, buffers and compiled code are there from then on.
        foreach (var attack in attacks)
            await OnceAsync(attack);
        var (descriptors, memory) = await QuietAsync(host.Process.Id);

        using var over = new CancellationTokenSource();
        var served = ServeAsync(host, over.Token);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) => await OnceAsync(attacks[i % attacks.Length]));
        await over.CancelAsync();

        (await served).Should().BeGreaterThan(10, "others were served meanwhile, each on a connection of its own");
        host.Process.HasExited.Should().BeFalse();
        // An idle connection of the runtime's own may come or go.
        await Here.UntilAsync(() => Task.FromResult(Descriptors(host.Process.Id) <= descriptors + 3), TimeSpan.FromSeconds(60), $"the {descriptors} file descriptors are what they were, not {Descriptors(host.Process.Id)}");
        Memory(host.Process.Id).Should().BeLessThan(memory + MemoryMayGrow);
        using var client = Mdm.Open(host, grid.PhysicianProxy);
        (await client.StatAsync(Surl.Parse(host.Surl("/")), CancellationToken.None)).Should().NotBeNull();
    }

    /// <summary>A client that behaves, again and again; how often it was served.</summary>
    private static async Task<int> ServeAsync(HostProcess host, CancellationToken over)
    {
        var times = 0;
        while (!over.IsCancellationRequested)
        {
            using var limit = new CancellationTokenSource(ServedWithin);
            using var client = Mdm.Open(host, host.Grid.PhysicianProxy);
            await client.StatAsync(Surl.Parse(host.Surl("/")), limit.Token);
            times++;
        }
        return times;
    }

    /// <summary>The attacker's own end may fail in every way that a closed connection can; what an attack asserts may not.</summary>
    private static async Task OnceAsync(Func<Task> attack)
    {
        try
        {
            await attack();
        }
        catch (Exception e) when (e is IOException or SocketException or MdmException or OperationCanceledException)
        {
            (e is OperationCanceledException).Should().BeFalse("the host ends what does not end by itself");
        }
    }

    private static async Task<(int Descriptors, long Memory)> QuietAsync(int process)
    {
        var last = int.MaxValue;
        await Here.UntilAsync(
            async () =>
            {
                var before = last;
                last = Descriptors(process);
                await Task.Delay(200, CancellationToken.None);
                return last >= before;
            },
            TimeSpan.FromSeconds(60), "no connection is open");
        return (last, Memory(process));
    }

    private static int Descriptors(int process) => Directory.GetFileSystemEntries($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/fd").Length;

    private static long Memory(int process) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
