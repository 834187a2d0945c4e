using Mdm.Plugins.Amga.Rights;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Store;

/// <summary>The open store: pieces of work on the tree of directories, and what they need.</summary>
internal sealed class AmgaStore : IAsyncDisposable
{
    private readonly SqlStore _sql;
    private readonly TreeCache _cache = new();
    private readonly Principals _principals;

    private AmgaStore(SqlStore sql, AmgaOptions options, TimeProvider time) => (_sql, Options, Time, _principals) = (sql, options, time, new Principals(options));

    public AmgaOptions Options { get; }

    public TimeProvider Time { get; }

    public SqlDialect Dialect => _sql.Address.Dialect;

    /// <exception cref="SqlStoreException">The store cannot be opened.</exception>
    public static AmgaStore Open(SqlStoreAddress address, AmgaOptions options, TimeProvider time, string owner) =>
        new(SqlStore.Open(address, AmgaSchema.Schema, new SqlStoreOptions(owner, SqlDurability.PowerLoss, MaxReaders: 8, HasFreeQueries: true), AmgaSchema.Prepare), options, time);

    /// <summary>Work that changes nothing, on one state of the store.</summary>
    public async Task<T> ReadAsync<T>(Func<Work, T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await Told(_sql.ReadAsync(session => work(new Work(session, this, writes: false)), cancellationToken)).ConfigureAwait(false);
        }
        catch (AmgaException e) when (e.InnerException is SqlStoreException { Trouble: SqlTrouble.Configuration })
        {
            // On a server, a column may go between the look at the catalogue and the look at the rows; what is there now is another state.
            return await Told(_sql.ReadAsync(session => work(new Work(session, this, writes: false)), cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Work of one statement on what is known of directories and rights without asking, if that is of a version: null when it is not enough, or when anything at all went wrong, and
    /// then it is for <see cref="ReadAsync"/> to tell. The statement also asks for the version, and the work gives null when it is another one by then.
    /// </summary>
    public async Task<T?> ReadAtOnceAsync<T>(long version, Func<Work, T?> work, CancellationToken cancellationToken)
        where T : class
    {
        if (_cache.Peek(version) is not { } known)
            return null;
        try
        {
            return await _sql.ReadAtOnceAsync(
                session =>
                {
                    var tree = new Tree(session, known, version);
                    var result = work(new Work(session, this, tree));
                    return tree.IsSure ? result : null;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AmgaException or SqlStoreException)
        {
            return null;
        }
    }

    /// <summary>Work whose output is already on its way cannot be done again.</summary>
    public Task<T> ReadOnceAsync<T>(Func<Work, T> work, CancellationToken cancellationToken) =>
        Told(_sql.ReadAsync(session => work(new Work(session, this, writes: false)), cancellationToken));

    /// <summary>Work that is durable when it returns, all or nothing.</summary>
    public Task<T> WriteAsync<T>(Func<Work, T> work, CancellationToken cancellationToken) =>
        Told(_sql.WriteAsync(session => work(new Work(session, this, writes: true)), cancellationToken));

    /// <summary>As <see cref="WriteAsync"/>, for work of unknown length.</summary>
    public Task<T> WriteLongAsync<T>(Func<Work, T> work, CancellationToken cancellationToken) =>
        Told(_sql.WriteAloneAsync(session => work(new Work(session, this, writes: true)), cancellationToken));

    public Task<HeldTransaction> BeginAsync(CancellationToken cancellationToken) =>
        Told(_sql.BeginAsync(new HoldLimits(Options.MaxTransactionTime, Options.MaxTransactionIdle), Time, cancellationToken));

    /// <summary>Work within a transaction.</summary>
    public Task<T> WithinAsync<T>(HeldTransaction transaction, Func<Work, T> work, CancellationToken cancellationToken) =>
        Told(transaction.RunAsync(session => work(new Work(session, this, writes: true)), cancellationToken));

    public static Task CommitAsync(HeldTransaction transaction) => Told(Committed(transaction));

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => Told(_sql.DescribeAsync(cancellationToken));

    public ValueTask DisposeAsync() => _sql.DisposeAsync();

    /// <summary>Work over any number of rows, ended when it takes too long.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.Aborted"/>: longer than <see cref="AmgaOptions.MaxQueryTime"/>.</exception>
    public async Task<T> LimitedAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var time = new CancellationTokenSource(Options.MaxQueryTime, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            return await work(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (time.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new AmgaException(AmgaError.Aborted, $"It took longer than {Options.MaxQueryTime} (MaxQueryTime).", e);
        }
    }

    internal Tree Tree(SqlSession session, bool writes) => new(session, _cache, writes);

    internal Principals Principals => _principals;

    private static async Task<bool> Committed(HeldTransaction transaction)
    {
        await transaction.CommitAsync().ConfigureAwait(false);
        return true;
    }

    // The only table from the store's troubles to AMGA's.
    private static async Task<T> Told<T>(Task<T> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (SqlStoreException e)
        {
            throw e.Trouble switch
            {
                SqlTrouble.Constraint => new AmgaException(AmgaError.Exists, "A value is there already that may be there once only, or it is longer than an index takes.", e),
                // Files and servers are nobody's business but the log's.
                _ => new AmgaException(AmgaError.Internal, "The metadata's store cannot be used at the moment; nothing was changed.", e),
            };
        }
    }
}

/// <summary>One piece of work: a connection in a transaction, and the tree as it sees it.</summary>
internal sealed class Work
{
    private readonly AmgaStore _store;

    public Work(SqlSession session, AmgaStore store, bool writes)
        : this(session, store, store.Tree(session, writes))
    {
    }

    public Work(SqlSession session, AmgaStore store, Tree tree) => (Session, _store, Tree) = (session, store, tree);

    public SqlSession Session { get; }

    public Tree Tree { get; }

    public Principals Principals => _store.Principals;

    public DateTimeOffset Now => _store.Time.GetUtcNow();
}
