using System.Collections.Concurrent;

namespace Mdm.Sql;

/// <summary>A bounded number of connections that only read, each opened when first needed.</summary>
internal sealed class ReaderPool(Func<SqlSession> open, int maxReaders, TimeSpan retryFor) : IDisposable
{
    private readonly SemaphoreSlim _free = new(maxReaders, maxReaders);
    private readonly ConcurrentBag<(SqlSession Session, int Generation)> _idle = [];
    private volatile int _generation;
    private volatile bool _closed;

    /// <summary>Runs the work in one snapshot of the store, on the caller's thread: reads are short, and their number bounds the threads that wait for a disk or a server.</summary>
    public async Task<T> RunAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken, bool isOneStatement = false)
    {
        if (_closed)
            throw new SqlStoreException(SqlTrouble.Unavailable, "The store is closed.");
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Patience? patience = null;
            while (true)
            {
                if (_closed)
                    throw new SqlStoreException(SqlTrouble.Unavailable, "The store is closed.");
                var generation = _generation;
                var isUsed = _idle.TryTake(out var idle);
                if (isUsed && idle.Generation != generation)
                {
                    idle.Session.Dispose();
                    continue;
                }
                var session = isUsed ? idle.Session : null;
                TimeSpan? pause;
                try
                {
                    session ??= open();
                    return Run(session, generation, work, isOneStatement, cancellationToken);
                }
                catch (SqlStoreException) when (isUsed && !session!.IsSound && !session.HasAnswered && !cancellationToken.IsCancellationRequested)
                {
                    // The connection was lost while it lay idle: nothing was read yet, so another one may do it. Each turn uses up an idle one.
                    continue;
                }
                catch (SqlStoreException e) when (e.Trouble == SqlTrouble.Unavailable && session is not { IsSound: true } and not { HasStreamed: true } && !cancellationToken.IsCancellationRequested
                    && (patience ??= new Patience(retryFor)).Next() is { } wait)
                {
                    pause = wait;
                }
                await Task.Delay(pause.Value, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Whoever reads from now on does so over a connection opened from now on.</summary>
    public void Renew() => Interlocked.Increment(ref _generation);

    /// <summary>Waits until nobody reads, then closes.</summary>
    public async Task CloseAsync()
    {
        _closed = true;
        for (var taken = 0; taken < maxReaders; taken++)
            await _free.WaitAsync().ConfigureAwait(false);
        while (_idle.TryTake(out var idle))
            idle.Session.Dispose();
        _free.Release(maxReaders);
    }

    public void Dispose() => _free.Dispose();

    private T Run<T>(SqlSession session, int generation, Func<SqlSession, T> work, bool isOneStatement, CancellationToken cancellationToken)
    {
        var isWhole = false;
        try
        {
            if (isOneStatement)
                session.BeginStatement();
            else
                session.BeginRead();
            try
            {
                using var stop = cancellationToken.UnsafeRegister(static reading => ((SqlSession)reading!).Interrupt(), session);
                return work(session);
            }
            finally
            {
                if (session.IsSound)
                {
                    session.RollBackIfOpen();
                    isWhole = session.IsSound;
                }
            }
        }
        catch (SqlStoreException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The reading was cancelled.", e, cancellationToken);
        }
        finally
        {
            if (isWhole)
                _idle.Add((session, generation));
            else
                session.Dispose();
        }
    }
}
