using System.Collections.Concurrent;
using Mdm.Abstractions;

namespace Mdm.Host.Plugins;

/// <summary>
/// Calls that went on after their limit and their cancellation: the host waits for them no more, but each holds a thread, a connection or memory until it ends. They are counted, told, and
/// bounded in number: whoever has left too many behind is asked nothing more until some of them have ended.
/// </summary>
/// <param name="whose">As <c>Archives:radiology</c>.</param>
/// <param name="most">Most calls left behind at one time.</param>
/// <param name="log">Where it is told.</param>
internal sealed class LeftBehind(string whose, int most, ILogger log)
{
    /// <summary>What ignores its cancellation so much longer than the contract allows (a second) is left behind.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private static readonly Lock Threads = new();

    private int _count;

    public string Whose => whose;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Nothing more is to be asked.</summary>
    public bool IsFull => Count >= most;

    /// <exception cref="MdmException">Unavailable: too many are left behind.</exception>
    public void ThrowIfFull()
    {
        if (IsFull)
            throw Refusal();
    }

    public MdmException Refusal() => new(MdmErrorKind.Unavailable, $"{whose} has {Count} calls that neither end nor can be ended; it is asked again when some have. Try again later, or tell this host's administrator.");

    /// <summary>Notes a call that is waited for no more.</summary>
    public void Add(Task call)
    {
        PluginMetrics.LeftBehind.Add(1, PluginMetrics.Whose(whose));
        Substitute(1);
        Log.CallLeftBehind(log, whose, Interlocked.Increment(ref _count));
        _ = call.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Makes a call within a limit, even where it blocks the thread that it is made on.</summary>
    /// <exception cref="MdmException">Unavailable: not within the limit, or too many are left behind.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, time);
        return await RunAsync(call, late, time, _ => { }, () => new MdmException(MdmErrorKind.Unavailable, $"{whose} did not answer within {limit.TotalSeconds:0.#} seconds. Try again later."), cancellationToken);
    }

    /// <summary>Makes a call until <paramref name="late"/> says that it takes too long, even where it blocks the thread that it is made on.</summary>
    /// <param name="call">The call.</param>
    /// <param name="late">Cancelled when it took too long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="abandon">Called with the call when it is left behind.</param>
    /// <param name="tooLate">What is thrown then.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MdmException">Too many are left behind, or it took too long.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationTokenSource late, TimeProvider time, Action<Task> abandon, Func<MdmException> tooLate, CancellationToken cancellationToken)
    {
        ThrowIfFull();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var over = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var grace = either.Token.UnsafeRegister(static over => ((CancellationTokenSource)over!).CancelAfter(Grace), over);
        var token = either.Token;
        var pending = Task.Run(() => call(token), CancellationToken.None);
        try
        {
            return await pending.WaitAsync(over.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            if (!pending.IsCompleted)
            {
                Add(pending);
                abandon(pending);
            }
            cancellationToken.ThrowIfCancellationRequested();
            throw tooLate();
        }
    }

    /// <summary>What is left behind may hold a thread of the pool. It gets another in its place at once: the pool itself would see the lack of one only after half a second, each time.</summary>
    private static void Substitute(int threads)
    {
        lock (Threads)
        {
            ThreadPool.GetMinThreads(out var workers, out var completions);
            ThreadPool.SetMinThreads(workers + threads, completions);
        }
    }

    private void Ended(Task call)
    {
        _ = call.Exception;
        Substitute(-1);
        PluginMetrics.LeftBehind.Add(-1, PluginMetrics.Whose(whose));
        Log.CallEndedLate(log, whose, Interlocked.Decrement(ref _count));
    }
}

/// <summary>What is left behind, by whose calls they were.</summary>
internal sealed class PluginCalls(ILogger log)
{
    /// <summary>Most calls of one archive that are left behind at one time.</summary>
    public const int MostOfArchive = 16;

    private readonly ConcurrentDictionary<string, LeftBehind> _all = new(StringComparer.Ordinal);

    public LeftBehind OfArchive(string name) => Of("Archives:" + name, MostOfArchive);

    public LeftBehind Of(string whose, int most) => _all.GetOrAdd(whose, _ => new LeftBehind(whose, most, log));

    /// <summary>How many there are of an instance, its probes included.</summary>
    public int CountOf(string path) => _all.Where(left => left.Key == path || left.Key.StartsWith(path + " ", StringComparison.Ordinal)).Sum(left => left.Value.Count);
}
