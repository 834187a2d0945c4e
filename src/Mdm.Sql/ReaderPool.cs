using System.Collections.Concurrent;

namespace Mdm.Sql;

/// <summary>A bounded number of connections that only read, each opened when first needed.</summary>
internal sealed class ReaderPool(Func<SqlSession> open, int maxReaders) : IDisposable
{
    private readonly SemaphoreSlim _free = new(maxReaders, maxReaders);
    private readonly ConcurrentBag<SqlSession> _idle = [];
    private volatile bool _closed;

    /// <summary>Runs the work in one snapshot of the store, on the caller's thread: reads are short, and their number bounds the threads that wait for a disk.</summary>
    public async Task<T> RunAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken)
    {
        if (_closed)
            throw new SqlStoreException(SqlTrouble.Unavailable, "The store is closed.");
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Run(work);
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

    private T Run<T>(Func<SqlSession, T> work)
    {
        if (_closed)
            throw new SqlStoreException(SqlTrouble.Unavailable, "The store is closed.");
        if (!_idle.TryTake(out var session))
            session = open();
        var sound = false;
        try
        {
            session.Execute("BEGIN");
            try
            {
                return work(session);
            }
            finally
            {
                session.RollBackIfOpen();
                sound = true;
            }
        }
        finally
        {
            if (sound)
                _idle.Add(session);
            else
                session.Dispose();
        }
    }
}
