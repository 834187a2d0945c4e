using System.Collections.Concurrent;

namespace Mdm.Sql;

/// <summary>How long a held transaction keeps all other writers waiting.</summary>
/// <param name="Whole">From its begin; a statement that runs then is ended.</param>
/// <param name="Idle">Between two pieces of work.</param>
public readonly record struct HoldLimits(TimeSpan Whole, TimeSpan Idle);

/// <summary>
/// A transaction that outlives a call: pieces of work are added one after the other, each sees what the ones before it wrote, and one that fails undoes itself only. It has the
/// writer for itself, so it ends by itself when its time is over. For one caller at a time; disposing it without a commit undoes it.
/// </summary>
public sealed class HeldTransaction : IAsyncDisposable
{
    private const string Committed = "committed";

    private readonly BlockingCollection<Piece> _pieces = [];
    private readonly CancellationTokenSource _expired = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HoldLimits _limits;
    private readonly TimeProvider _time;
    private readonly Action<HeldTransaction> _ended;
    private Task _whole = Task.CompletedTask;
    private volatile string? _end;

    internal HeldTransaction(HoldLimits limits, TimeProvider time, Action<HeldTransaction> ended) => (_limits, _time, _ended) = (limits, time, ended);

    /// <summary>Why it is over: null while it is not.</summary>
    public string? End => _end;

    /// <summary>Runs a piece of work within the transaction. Cancelling it while it runs ends the whole transaction.</summary>
    /// <exception cref="SqlStoreException"><see cref="SqlTrouble.Busy"/>: the transaction is over, see <see cref="End"/>.</exception>
    /// <exception cref="OperationCanceledException"/>
    public async Task<T> RunAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        cancellationToken.ThrowIfCancellationRequested();
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(new Piece(session => done.SetResult(work(session)), e => done.TrySetException(e), EndsIt: false, cancellationToken));
        return await done.Task.ConfigureAwait(false);
    }

    /// <summary>Makes all of it durable.</summary>
    /// <exception cref="SqlStoreException"/>
    public async Task CommitAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(new Piece(_ => done.SetResult(), e => done.TrySetException(e), EndsIt: true, CancellationToken.None));
        await done.Task.ConfigureAwait(false);
        await _whole.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Give("undone");
        try
        {
            await _whole.ConfigureAwait(false);
        }
        catch (Exception e) when (e is SqlStoreException or OperationCanceledException)
        {
            // Undone is what was wanted, however it came.
        }
        _expired.Dispose();
        _pieces.Dispose();
    }

    internal CancellationToken Expired => _expired.Token;

    internal async Task<HeldTransaction> BeginAsync(Task whole)
    {
        _whole = whole;
        await Task.WhenAny(_begun.Task, whole).ConfigureAwait(false);
        if (!_begun.Task.IsCompleted)
            await whole.ConfigureAwait(false);
        return this;
    }

    /// <summary>The writer's side: serves until somebody ends it.</summary>
    internal int Serve(SqlSession session)
    {
        using var whole = _time.CreateTimer(static held => ((HeldTransaction)held!).Expire("longer than its whole time"), this, _limits.Whole, Timeout.InfiniteTimeSpan);
        using var idle = _time.CreateTimer(static held => ((HeldTransaction)held!).Expire("idle for too long"), this, _limits.Idle, Timeout.InfiniteTimeSpan);
        try
        {
            session.AllowIdle(_limits.Idle + _limits.Idle);
            _begun.SetResult();
            while (true)
            {
                var piece = _pieces.Take(_expired.Token);
                idle.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                if (piece.EndsIt)
                {
                    // Whoever comes first decides: what was over is not committed any more, what is being committed is not ended.
                    if (Interlocked.CompareExchange(ref _end, Committed, null) is not null)
                    {
                        piece.Fail(Over());
                        throw Over();
                    }
                    piece.Run(session);
                    return 0;
                }
                Run(piece, session);
                idle.Change(_limits.Idle, Timeout.InfiniteTimeSpan);
            }
        }
        finally
        {
            Close("lost its connection");
            foreach (var piece in _pieces)
                piece.Fail(Over());
            _ended(this);
        }
    }

    /// <summary>Ends it from outside: the store closes.</summary>
    internal void Give(string why) => Expire(why);

    private void Run(Piece piece, SqlSession session)
    {
        try
        {
            session.Save();
            try
            {
                using var stop = piece.Cancellation.UnsafeRegister(static running => ((SqlSession)running!).Interrupt(), session);
                piece.Run(session);
            }
#pragma warning disable CA1031 // Whatever the work throws belongs to whoever gave it.
            catch (Exception e) when (session.IsSound && session.InTransaction)
#pragma warning restore CA1031
            {
                session.EndPartOfMany(keep: false);
                piece.Fail(e);
                return;
            }
            session.EndPartOfMany(keep: true);
        }
        catch (Exception e)
        {
            piece.Fail(piece.Cancellation.IsCancellationRequested ? new OperationCanceledException("The work was cancelled, and with it the transaction.", e, piece.Cancellation)
                : _expired.IsCancellationRequested ? Over() : e);
            throw;
        }
    }

    private void Add(Piece piece)
    {
        try
        {
            if (_end is null)
            {
                _pieces.Add(piece);
                return;
            }
        }
        catch (InvalidOperationException)
        {
            // It ended meanwhile.
        }
        throw Over();
    }

    private void Expire(string why)
    {
        if (Interlocked.CompareExchange(ref _end, why, null) == Committed)
            return;
        try
        {
            _expired.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It was over already.
        }
    }

    private void Close(string why)
    {
        Interlocked.CompareExchange(ref _end, why, null);
        try
        {
            _pieces.CompleteAdding();
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private SqlStoreException Over() => new(SqlTrouble.Busy, $"The transaction is over ({_end}).");

    private sealed record Piece(Action<SqlSession> Run, Action<Exception> Fail, bool EndsIt, CancellationToken Cancellation);
}
