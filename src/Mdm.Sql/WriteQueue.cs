using System.Threading.Channels;

namespace Mdm.Sql;

/// <summary>
/// The one writer. Work is queued and run on one thread in order of arrival; what is waiting when a transaction begins shares that transaction and its one
/// flush to disk (group commit), each behind a savepoint of its own, so that a failing piece undoes itself only. Nobody is told "done" before the commit.
/// </summary>
internal sealed class WriteQueue : IAsyncDisposable
{
    /// <summary>Writes that may wait; beyond it, writers wait to be queued.</summary>
    public const int MaxWaiting = 4096;

    /// <summary>Writes that share one commit; keeps the first of them from waiting too long.</summary>
    public const int MaxPerCommit = 256;

    private readonly Func<SqlSession> _open;
    private readonly Action _renewReaders;
    private readonly TimeSpan _retryFor;
    private readonly CancellationTokenSource _closing = new();
    private readonly Channel<Write> _waiting = Channel.CreateBounded<Write>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Task _running;
    private SqlSession _session;

    /// <param name="session">The connection to begin with.</param>
    /// <param name="open">Opens another one when that is lost.</param>
    /// <param name="renewReaders">Called when connections that read should be opened anew.</param>
    /// <param name="retryFor">How long work waits for a connection that was lost.</param>
    public WriteQueue(SqlSession session, Func<SqlSession> open, Action renewReaders, TimeSpan retryFor)
    {
        (_session, _open, _renewReaders, _retryFor) = (session, open, renewReaders, retryFor);
        _running = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public Task<T> RunAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => QueueAsync(new Write<T>(work, isAlone: false, cancellationToken));

    /// <summary>As <see cref="RunAsync"/>, in a transaction of its own, which a cancellation ends also while it runs.</summary>
    public Task<T> RunAloneAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => QueueAsync(new Write<T>(work, isAlone: true, cancellationToken));

    private async Task<T> QueueAsync<T>(Write<T> write)
    {
        try
        {
            await _waiting.Writer.WriteAsync(write, write.Cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException e)
        {
            throw new SqlStoreException(SqlTrouble.Unavailable, "The store is closed.", e);
        }
        return await write.Result.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _closing.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _closing.Dispose();
    }

    /// <summary>Closes the connection of a queue that has ended.</summary>
    public void Close() => _session.Dispose();

    private void Run()
    {
        var group = new List<Write>(MaxPerCommit);
        // The thread is this queue's own; blocking it is what it is for.
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            Gather(group);
            if (group.Count > 0)
            {
                Commit(group);
                RefreshStatistics();
            }
        }
    }

    private void Gather(List<Write> group)
    {
        // One that is to be alone neither joins a group nor is joined.
        while (group.Count < MaxPerCommit && !group.Exists(static write => write.IsAlone) && _waiting.Reader.TryPeek(out var next) && !(next.IsAlone && group.Count > 0)
            && _waiting.Reader.TryRead(out var write))
        {
            if (!write.CancelIfAsked())
                group.Add(write);
        }
    }

    private void RefreshStatistics()
    {
        try
        {
            if (_session.IsSound && _session.RefreshStatistics())
                _renewReaders();
        }
        catch (SqlStoreException)
        {
            // They only make queries faster; the next write meets the same trouble and tells it.
        }
    }

    private void Commit(List<Write> group)
    {
        var patience = new Patience(_retryFor);
        while (!TryCommit(group, patience))
        {
            // The server is back, or there is still time: from the beginning.
        }
        foreach (var write in group)
            write.Acknowledge();
    }

    /// <returns>False when it is to be done again: the connection was lost before the commit, so that nothing of it was kept.</returns>
    private bool TryCommit(List<Write> group, Patience patience)
    {
        var (isRunning, isCommitting) = (false, false);
        try
        {
            Begin();
            isRunning = true;
            // Other processes may have written meanwhile: who came while this one waited for its turn goes along.
            Gather(group);
            foreach (var write in group)
                RunOne(write, alone: group.Count == 1);
            isCommitting = true;
            if (group.Exists(static write => !write.HasFailed))
                _session.Commit();
            else
                _session.RollBackIfOpen();
        }
        catch (SqlStoreException e) when (e.Trouble == SqlTrouble.Unavailable && !isCommitting && !_session.IsSound && !(isRunning && group[0].IsAlone) && patience.Next() is { } pause)
        {
            foreach (var write in group)
                write.Forget();
            // The thread is this queue's own; a store that closes waits no longer.
            if (!_closing.Token.WaitHandle.WaitOne(pause))
                return false;
            Abandon(group, e);
        }
#pragma warning disable CA1031 // Whatever it is, those who wait are told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Abandon(group, e);
        }
        return true;
    }

    // A connection may have been lost at any time since the last commit. Nothing of this transaction was done yet, so another one may do it.
    private void Begin()
    {
        if (_session.IsSound)
        {
            try
            {
                _session.BeginWrite();
                return;
            }
            catch (SqlStoreException) when (!_session.IsSound)
            {
            }
        }
        _session.Dispose();
        _session = _open();
        _session.BeginWrite();
    }

    private void RunOne(Write write, bool alone)
    {
        if (!alone)
            _session.Save();
        using (var stop = write.IsAlone ? write.Cancellation.UnsafeRegister(static running => ((SqlSession)running!).Interrupt(), _session) : default)
            write.Run(_session);
        if (!_session.InTransaction)
            throw new SqlStoreException(SqlTrouble.Unavailable, "The store gave up the transaction; nothing of it was kept.", write.Failure);
        // Work that swallowed a statement's failure has failed all the same: what PostgreSQL would keep of it is nothing.
        if (_session.Failure is { } failure)
            write.Fail(failure);
        if (!alone)
            _session.EndPart(keep: !write.HasFailed);
    }

    private void Abandon(List<Write> group, Exception e)
    {
        foreach (var write in group)
            write.Fail(e);
        try
        {
            _session.RollBackIfOpen();
        }
        catch (SqlStoreException)
        {
            // The next Begin meets the same trouble and tells its own callers.
        }
    }

    private abstract class Write(bool isAlone, CancellationToken cancellation)
    {
        public CancellationToken Cancellation => cancellation;

        public bool IsAlone => isAlone;

        public abstract bool HasFailed { get; }

        public abstract Exception? Failure { get; }

        public abstract bool CancelIfAsked();

        public abstract void Run(SqlSession session);

        public abstract void Fail(Exception e);

        /// <summary>It is run again.</summary>
        public abstract void Forget();

        public abstract void Acknowledge();
    }

    private sealed class Write<T>(Func<SqlSession, T> work, bool isAlone, CancellationToken cancellation) : Write(isAlone, cancellation)
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _value;
        private Exception? _failure;

        public Task<T> Result => _done.Task;

        public override bool HasFailed => _failure is not null;

        public override Exception? Failure => _failure;

        public override bool CancelIfAsked() => Cancellation.IsCancellationRequested && _done.TrySetCanceled(Cancellation);

        public override void Run(SqlSession session)
        {
            try
            {
                _value = work(session);
            }
#pragma warning disable CA1031 // Whatever the work throws belongs to whoever queued it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure = IsAlone && Cancellation.IsCancellationRequested ? new OperationCanceledException("The write was cancelled; nothing of it was kept.", e, Cancellation) : e;
            }
        }

        // What failed by itself keeps its own reason.
        public override void Fail(Exception e) => _failure ??= e;

        public override void Forget() => _failure = null;

        public override void Acknowledge()
        {
            if (_failure is null)
                _done.SetResult(_value!);
            else
                _done.SetException(_failure);
        }
    }
}
