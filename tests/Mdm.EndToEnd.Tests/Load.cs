using System.Collections.Concurrent;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>What the host said before it was killed, and must stand by.</summary>
internal sealed class Ledger
{
    /// <summary>Requests whose token was told.</summary>
    public ConcurrentDictionary<string, Acknowledged> Requests { get; } = new();

    /// <summary>Files whose removal was confirmed, and those where the answer never came.</summary>
    public ConcurrentDictionary<string, bool> Removed { get; } = new();

    /// <summary>What each complete byte stream of a file was.</summary>
    public ConcurrentDictionary<string, string> Delivered { get; } = new();

    /// <summary>What must not have happened.</summary>
    public ConcurrentQueue<string> Wrongs { get; } = new();

    private int _brokenOff;

    /// <summary>Transfers that the clients saw break off.</summary>
    public int BrokenOff => _brokenOff;

    /// <summary>Reads a file and notes what came; one that breaks off is the caller's exception.</summary>
    public async Task ReadAsync(GridUser user, string surl, string turl)
    {
        Delivered delivered;
        try
        {
            delivered = await user.ReadAsync(turl);
        }
        catch (Exception e) when (e is HttpRequestException { StatusCode: null } or IOException)
        {
            Interlocked.Increment(ref _brokenOff);
            throw;
        }
        if (delivered.Announced != delivered.Bytes.LongLength)
            Wrongs.Enqueue($"{surl}: {delivered.Bytes.LongLength} bytes came, {delivered.Announced} were announced, and the client was not told");
        var first = Delivered.GetOrAdd(surl, delivered.Adler32);
        if (first != delivered.Adler32 || delivered.Digest != $"adler32={delivered.Adler32}")
            Wrongs.Enqueue($"{surl}: adler32 {delivered.Adler32}, earlier {first}, told {delivered.Digest}");
    }
}

/// <summary>A request whose token was told.</summary>
internal sealed class Acknowledged(IReadOnlyList<Surl> files)
{
    public IReadOnlyList<Surl> Files => files;

    /// <summary>The host confirmed that these were released.</summary>
    public ConcurrentDictionary<string, bool> Released { get; } = new();

    /// <summary>The host confirmed the abortion.</summary>
    public bool IsAborted { get; set; }
}

/// <summary>Clients at work: they ask for parts of series, poll, transfer, release, abort, list, remove and order publications, until they are stopped or the host is gone.</summary>
internal sealed class Load(GridUser user, IReadOnlyList<IReadOnlyList<Surl>> series, IReadOnlyList<Surl> removable, string publication, Ledger ledger, Chances chances) : IDisposable
{
    private const int Clients = 4;
    // Longer than any round: that a pin ends meanwhile is not what is looked at.
    private const int PinSeconds = 600;
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _mayDie;

    public Task RunAsync() => Task.WhenAll([.. Enumerable.Range(0, Clients).Select(_ => RepeatAsync(GetAsync)), RepeatAsync(ListAsync), RepeatAsync(RemoveAsync), RepeatAsync(PublishAsync)]);

    /// <summary>From now on the host may die: that calls fail is no longer wrong.</summary>
    public void ExpectDeath() => _mayDie = true;

    public void Stop() => _stop.Cancel();

    public void Dispose() => _stop.Dispose();

    private async Task RepeatAsync(Func<Task> work)
    {
        await Task.Yield();
        try
        {
            while (!_stop.IsCancellationRequested)
                await work();
        }
        catch (Exception e) when (e is SrmException { Status: null } or HttpRequestException or IOException or OperationCanceledException)
        {
            if (!_mayDie)
                ledger.Wrongs.Enqueue($"{work.Method.Name} failed while the host was alive: {e}");
        }
    }

    private async Task GetAsync()
    {
        var all = series[chances.Below(series.Count)];
        var first = chances.Below(all.Count);
        Surl[] files = [.. all.Skip(first).Take(1 + chances.Below(all.Count - first))];
        var answer = await user.AskAsync(files, PinSeconds);
        if (answer.RequestToken is not { } token)
        {
            Judge(answer.FileStatuses ?? []);
            return;
        }
        var acknowledged = ledger.Requests.GetOrAdd(token, _ => new Acknowledged(files));
        var read = new HashSet<string>();
        var statuses = answer.FileStatuses!;
        for (var round = chances.Below(20); round >= 0; round--)
        {
            foreach (var file in statuses.Where(file => file.Status.StatusCode == StatusCode.FilePinned && read.Add(file.SourceSurl)))
                await ledger.ReadAsync(user, file.SourceSurl, file.TransferUrl!);
            if (statuses.All(file => !GridUser.IsPending(file.Status.StatusCode)))
                break;
            await Task.Delay(20, _stop.Token);
            statuses = (await user.StatusAsync(token)).Files;
        }
        Judge(statuses);
        await EndAsync(token, acknowledged, statuses);
    }

    private async Task EndAsync(string token, Acknowledged acknowledged, IReadOnlyList<GetRequestFileStatus> statuses)
    {
        string[] pinned = [.. statuses.Where(file => file.Status.StatusCode == StatusCode.FilePinned).Select(file => file.SourceSurl)];
        switch (chances.Below(10))
        {
            case < 6 when pinned.Length > 0:
                await user.Srm.ReleaseFilesAsync(token, pinned, CancellationToken.None);
                foreach (var surl in pinned)
                    acknowledged.Released[surl] = true;
                break;
            case 6 when pinned.Length == 0:
                await user.Srm.AbortRequestAsync(token, CancellationToken.None);
                acknowledged.IsAborted = true;
                break;
            default:
                // Left as it is: to be found again after the restart.
                break;
        }
    }

    private async Task ListAsync()
    {
        await user.FilesBelowAsync(Site.Root(publication));
        await Task.Delay(50, _stop.Token);
    }

    private async Task RemoveAsync()
    {
        var file = removable[chances.Below(removable.Count)];
        if (ledger.Removed.TryAdd(file.ToString(), false))
        {
            await user.Srm.RmAsync([file], CancellationToken.None);
            ledger.Removed[file.ToString()] = true;
        }
        await Task.Delay(200, _stop.Token);
    }

    private async Task PublishAsync()
    {
        await foreach (var _ in user.Files.AdministrationAt(user.Surl("/")).PublishAsync(publication, null, restores: false, acceptsLoss: false, CancellationToken.None))
            continue;
        await Task.Delay(100, _stop.Token);
    }

    /// <summary>Every status is one a user can make something of.</summary>
    private void Judge(IEnumerable<GetRequestFileStatus> statuses)
    {
        foreach (var file in statuses.Where(file => !IsClear(file.Status)))
            ledger.Wrongs.Enqueue($"{file.SourceSurl}: {file.Status}");
    }

    /// <summary>True for what goes well or is pending, and for what says in words why not.</summary>
    public static bool IsClear(ReturnStatus status) => status.StatusCode is StatusCode.FilePinned or StatusCode.RequestQueued or StatusCode.RequestInProgress
        || (status.StatusCode is StatusCode.Released or StatusCode.Aborted or StatusCode.FileLifetimeExpired or StatusCode.NoFreeSpace or StatusCode.NoUserSpace
            or StatusCode.FileBusy or StatusCode.FileUnavailable or StatusCode.Failure && !string.IsNullOrWhiteSpace(status.Explanation));
}
