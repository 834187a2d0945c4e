namespace Mdm.Native.Handles;

/// <summary>Items that a C program takes one after the other. One thread at a time; who gives up waiting finds the same item later. Keeps its session.</summary>
internal abstract class Sequence<T> : Held
    where T : class
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly IAsyncEnumerator<T> _items;
    private readonly Session _session;
    private Task<bool>? _next;

    protected Sequence(Func<CancellationToken, IAsyncEnumerable<T>> items, Session session)
    {
        _session = session;
        _items = items(_end.Token).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>Waits for the next item and hands it over; one that is not taken comes again.</summary>
    /// <param name="take">True when it was taken.</param>
    /// <param name="cancellationToken">Gives up waiting; the item comes with the next call.</param>
    /// <returns>False at the end.</returns>
    public bool Next(Func<T, bool> take, CancellationToken cancellationToken)
    {
        _turn.Wait(cancellationToken);
        try
        {
            // What failed stays failed: an end that came too early must not look like one.
            _next ??= _items.MoveNextAsync().AsTask();
            if (!_next.WaitAsync(cancellationToken).GetAwaiter().GetResult())
                return false;
            if (take(_items.Current))
                _next = null;
            return true;
        }
        catch (Exception e) when (_session.IsEnd(e))
        {
            throw _session.Ended(e);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void Dispose()
    {
        try
        {
            _end.Cancel();
            EndAsync().GetAwaiter().GetResult();
        }
        finally
        {
            _end.Dispose();
            _turn.Dispose();
            _session.LetGo();
        }
    }

    private async Task EndAsync()
    {
        // Whatever it was, nobody waits for it any more.
        if (_next is not null)
            await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _items.DisposeAsync().ConfigureAwait(false);
    }
}
