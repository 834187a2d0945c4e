using System.Diagnostics;
using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>
/// Clients that know a site's hosts by one name with several addresses, and do what docs/operations.md asks of a client and nothing else: they go to the next address where no connection is made, call again where
/// the connection ended before the answer, come again when told so, and ask for the status again when a transfer address is not served. Each repeats one round until they are stopped: ask, poll, read, release.
/// </summary>
internal sealed class HostClients(SharedSite site, IReadOnlyList<StoragePath> paths, Seen seen, Chances chances, int clients) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Pin = TimeSpan.FromMinutes(5);
    private const int LongestRequest = 4;

    private readonly CancellationTokenSource _stop = new();
    private readonly int[] _rounds = new int[clients];
    private Task _running = Task.CompletedTask;

    public void Start() => _running = Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => RepeatAsync(client))));

    /// <summary>Until each client has ended the round that it is in, and made a whole one after it.</summary>
    public async Task CalmAsync()
    {
        int[] before = [.. _rounds];
        await Here.UntilAsync(() => Task.FromResult(!seen.Wrongs.IsEmpty || before.Index().All(client => Volatile.Read(ref _rounds[client.Index]) >= client.Item + 2)), Limit, "the clients get on");
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RepeatAsync(int client)
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                await FetchAsync([.. Enumerable.Range(0, 1 + chances.Below(LongestRequest)).Select(_ => paths[chances.Below(paths.Count)]).Distinct()]);
                Interlocked.Increment(ref _rounds[client]);
            }
        }
        catch (Exception e)
        {
            seen.Wrongs.Enqueue($"a client gave up: {e}");
        }
    }

    private async Task FetchAsync(StoragePath[] files)
    {
        var clock = Stopwatch.StartNew();
        var asked = await CallAsync(Sight.Accepted, (user, host) => user.AskAsync([.. files.Select(path => site.Surl(host, path))], (int)Pin.TotalSeconds));
        var token = asked.RequestToken ?? throw new InvalidOperationException($"no token: {asked.ReturnStatus}");
        seen.Took(token);
        var read = new HashSet<string>(StringComparer.Ordinal);
        while (read.Count < files.Length)
        {
            var answer = await CallAsync(Sight.Status, (user, _) => user.StatusAsync(token));
            // Whatever else a host says of a request that it took: it was lost.
            if (answer.Files.Count != files.Length || !answer.Files.All(file => GridUser.IsPending(file.Status.StatusCode) || file.Status.StatusCode == StatusCode.FilePinned))
                throw new InvalidOperationException($"request {token}: {answer}");
            foreach (var file in answer.Files.Where(file => file.Status.StatusCode == StatusCode.FilePinned && !read.Contains(file.SourceSurl)))
            {
                if (await ReadAsync(file))
                    read.Add(file.SourceSurl);
            }
            if (clock.Elapsed > Limit)
                throw new TimeoutException($"request {token} did not end: {answer}");
            if (read.Count < files.Length)
                await Task.Delay(Pause, CancellationToken.None);
        }
        await CallAsync(Sight.Released, async (user, _) =>
        {
            await user.Srm.ReleaseFilesAsync(token, null, CancellationToken.None);
            return true;
        });
        seen.Finish(token, clock.Elapsed);
    }

    private async Task<T> CallAsync<T>(Sight kind, Func<GridUser, int, Task<T>> call)
    {
        var whole = Stopwatch.StartNew();
        for (var host = chances.Below(site.Hosts.Count); ; host = (host + 1) % site.Hosts.Count)
        {
            var clock = Stopwatch.StartNew();
            try
            {
                var answer = await call(site.Users[host], host);
                if (answer is not PrepareToGetResponse { ReturnStatus.StatusCode: StatusCode.InternalError or StatusCode.FileUnavailable })
                {
                    seen.Note(kind, whole.Elapsed);
                    return answer;
                }
                seen.Note(Sight.ComeAgain, clock.Elapsed);
            }
            catch (SrmException e) when (e.Status is StatusCode.InternalError or StatusCode.FileUnavailable && whole.Elapsed < Limit)
            {
                seen.Note(Sight.ComeAgain, clock.Elapsed);
            }
            catch (SrmException e) when (e.Status is null && whole.Elapsed < Limit)
            {
                seen.Note(WasNeverConnected(e) ? Sight.NobodyThere : Sight.CallLost, clock.Elapsed);
            }
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <returns>False when it is to be asked for again: the host that had it went.</returns>
    private async Task<bool> ReadAsync(GetRequestFileStatus file)
    {
        var clock = Stopwatch.StartNew();
        Delivered delivered;
        try
        {
            delivered = await site.Users[0].ReadAsync(file.TransferUrl!);
        }
        catch (Exception e) when (e is HttpRequestException { StatusCode: null or System.Net.HttpStatusCode.ServiceUnavailable } or IOException)
        {
            seen.Note(Sight.TransferLost, clock.Elapsed);
            return false;
        }
        seen.Judge(Client.Surl.Parse(file.SourceSurl).Path.ToString(), delivered);
        seen.Note(Sight.Read, clock.Elapsed);
        return true;
    }

    /// <summary>True where not a byte of the call had gone out, so that nobody can have begun it.</summary>
    private static bool WasNeverConnected(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError })
                return true;
        }
        return false;
    }
}
