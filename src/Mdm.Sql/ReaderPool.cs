using System.Collections.Concurrent;

namespace Mdm.Sql;

/// <summary>A bounded number of connections that only read, each opened when first needed.</summary>
internal sealed class ReaderPool(Func<SqlSession> open, int maxReaders) : IDisposable
{
    private readonly SemaphoreSlim _free = new(maxReaders, maxReaders);
    private readonly ConcurrentBag<SqlSession> _idle = [];
    private volatile bool _closed;

    /// <summary>Runs the work in one snapshot of the store, on the caller's thread: reads are short, and their number bounds the threads that wait for a disk or a server.</summary>
    public async Task<T> RunAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken)
    {
        if (_closed)
            throw new SqlStoreException(SqlTrouble.Unavailable, "The store is closed.");
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                if (_closed)
                    throw new SqlStoreException(SqlTrouble.Unavailable, "The store is closed.");
                var isUsed = _idle.TryTake(out var session);
                session ??= open();
                try
                {
                    return Run(session, work, cancellationToken);
                }
                catch (SqlStoreException) when (isUsed && !session.IsSound && !session.HasAnswered && !cancellationToken.IsCancellationRequested)
                {
                    // The connection was lost while it lay idle: nothing was read yet, so another one may do it. Each turn uses up an idle one.
                }
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits until nobody reads, then closes.</summary>
    public async Task CloseAsync()
    {
        _closed = true;
        for (var taken = 0; taken < maxReaders; taken++)
            await _free.WaitAsync().ConfigureAwait(false);
        while (_idle.TryTake(out var session))
            session.Dispose();
        _free.Release(maxReaders);
    }

    public void Dispose() => _free.Dispose();

    private T Run<T>(SqlSession session, Func<SqlSession, T> work, CancellationToken cancellationToken)
    {
        var isWhole = false;
        try
        {
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
                _idle.Add(session);
            else
                session.Dispose();
        }
    }
}
