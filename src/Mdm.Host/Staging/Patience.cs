namespace Mdm.Host.Staging;

/// <summary>Waits for an archive with a limit on each step. One a retrieval or object; not safe for concurrent use.</summary>
internal sealed class Patience : IDisposable
{
    /// <summary>What ignores its cancellation so much longer than the contract allows (a second) is left behind.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly string _archive;
    private readonly TimeProvider _time;
    private readonly CancellationToken _outer;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _link;
    private bool _ranOut;

    public Patience(string archive, TimeProvider time, CancellationToken cancellationToken)
    {
        (_archive, _time, _outer) = (archive, time, cancellationToken);
        _limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _link = cancellationToken.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), _limit);
    }

    /// <summary>Give it to what is waited for.</summary>
    public CancellationToken Token => _limit.Token;

    /// <summary>True when something was left behind that may still use what it was given.</summary>
    public bool HasAbandoned { get; private set; }

    /// <summary>True when a limit was reached: what was waited for is of no more use.</summary>
    public bool IsSpent => _limit.IsCancellationRequested || HasAbandoned;

    /// <summary>The result, within the limit.</summary>
    /// <exception cref="MdmException">Unavailable, with <paramref name="complaint"/>.</exception>
    public async ValueTask<T> WaitAsync<T>(ValueTask<T> pending, TimeSpan limit, string complaint)
    {
        if (pending.IsCompletedSuccessfully)
            return pending.Result;
        _limit.CancelAfter(limit);
        try
        {
            return await pending.AsTask().WaitAsync(limit + Grace, _time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            HasAbandoned = true;
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

    /// <summary>As above, for what gives nothing back.</summary>
    public async ValueTask WaitAsync(ValueTask pending, TimeSpan limit, string complaint) =>
        await WaitAsync(Wrap(pending), limit, complaint);

    public void Dispose()
    {
        _link.Dispose();
        _limit.Dispose();
    }

    private static async ValueTask<bool> Wrap(ValueTask pending)
    {
        await pending;
        return true;
    }

    private MdmException Complain(string complaint, TimeSpan limit) => new(MdmErrorKind.Unavailable,
        $"Archive {_archive} {complaint}: nothing came for {limit.TotalSeconds:0.#} seconds. Try again later.");
}
