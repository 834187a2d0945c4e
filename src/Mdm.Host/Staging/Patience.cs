using Mdm.Host.Plugins;

namespace Mdm.Host.Staging;

/// <summary>Waits for an archive with a limit on each step. One a retrieval or object; not safe for concurrent use.</summary>
internal sealed class Patience : IDisposable
{
    private readonly string _archive;
    private readonly TimeProvider _time;
    private readonly CancellationToken _outer;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _link;
    private readonly LeftBehind _left;
    private bool _ranOut;

    public Patience(string archive, LeftBehind left, TimeProvider time, CancellationToken cancellationToken)
    {
        (_archive, _left, _time, _outer) = (archive, left, time, cancellationToken);
        _limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _link = cancellationToken.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), _limit);
    }

    /// <summary>Give it to what is waited for.</summary>
    public CancellationToken Token => _limit.Token;

    /// <summary>What was left behind and may still use what it was given; null when nothing was.</summary>
    public Task? Abandoned { get; private set; }

    /// <summary>True when a limit was reached: what was waited for is of no more use.</summary>
    public bool IsSpent => _limit.IsCancellationRequested || Abandoned is not null;

    /// <summary>Makes the call; its result, within the limit.</summary>
    /// <exception cref="MdmException">Unavailable, with <paramref name="complaint"/>.</exception>
    public async ValueTask<T> WaitAsync<T>(Func<CancellationToken, ValueTask<T>> call, TimeSpan limit, string complaint)
    {
        _limit.CancelAfter(limit);
        var token = _limit.Token;
        // On a thread of its own: a plugin that blocks the one it is called on is left behind like one that never completes.
        var pending = Task.Run(() => call(token).AsTask(), CancellationToken.None);
        try
        {
            return await pending.WaitAsync(limit + LeftBehind.Grace, _time, CancellationToken.None);
        }
        catch (TimeoutException) when (!pending.IsCompleted)
        {
            _left.Add(pending);
            Abandoned = CloseLateAsync(pending);
            _ranOut = true;
            throw Complain(complaint, limit);
        }
        catch (Exception) when (_outer.IsCancellationRequested)
        {
            throw new OperationCanceledException(_outer);
        }
        catch (Exception) when (_limit.IsCancellationRequested)
        {
            _ranOut = true;
            throw Complain(complaint, limit);
        }
        finally
        {
            if (!_ranOut)
                _limit.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _link.Dispose();
        _limit.Dispose();
    }

    /// <summary>What comes after all is nobody's, and holds a connection.</summary>
    private static async Task CloseLateAsync<T>(Task<T> pending)
    {
        await ((Task)pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (pending.IsCompletedSuccessfully && pending.Result is IAsyncDisposable late)
            await late.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private MdmException Complain(string complaint, TimeSpan limit) => new(MdmErrorKind.Unavailable,
        $"Archive {_archive} {complaint}: nothing came for {limit.TotalSeconds:0.#} seconds. Try again later.");
}
