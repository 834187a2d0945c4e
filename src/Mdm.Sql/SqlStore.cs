using System.Collections.Concurrent;
using Mdm.Sql.Postgres;
using Mdm.Sql.Sqlite;

namespace Mdm.Sql;

/// <summary>
/// An open store: one writer behind a queue, pooled readers. A file has one owner; a server's store may be open in any number of processes, unless its options say otherwise, and each write is alone among all of them.
/// Safe for concurrent use. Work is a function over a <see cref="SqlSession"/> and does nothing but SQL: it may be abandoned with its whole transaction, run again from its beginning
/// when its connection was lost (a write, before its commit was under way), and it holds a connection that others wait for. A server that went away is waited for as long as its address says.
/// </summary>
public sealed class SqlStore : IAsyncDisposable
{
    private readonly ISessionSource _source;
    private readonly WriteQueue _queue;
    private readonly ReaderPool _readers;
    private readonly ConcurrentDictionary<HeldTransaction, bool> _held = new();
    private int _closed;

    private SqlStore(SqlStoreAddress address, SqlSchema schema, ISessionSource source, SqlSession writer)
    {
        Address = address;
        _source = source;
        _readers = new ReaderPool(() => Checked(source.OpenReader()), source.MaxReaders, source.RetryFor);
        _queue = new WriteQueue(writer, () => Checked(source.OpenWriter()), _readers.Renew, source.RetryFor);

        // A newer program may have migrated a server's store while this one was away from it.
        SqlSession Checked(SqlSession session)
        {
            try
            {
                schema.Check(session, source.Name);
                return session;
            }
            catch
            {
                session.Dispose();
                throw;
            }
        }
    }

    /// <summary>Where it is.</summary>
    public SqlStoreAddress Address { get; }

    /// <summary>
    /// Opens a store and brings its tables to the schema's version. A file is created (readable by its owner only) with its directory where missing; on a server, the namespace of the tables.
    /// </summary>
    /// <param name="address">Where.</param>
    /// <param name="schema">Which tables.</param>
    /// <param name="options">For whom and how safe.</param>
    /// <param name="prepare">The first write, done before anybody else's of this process: rows that always exist.</param>
    /// <exception cref="SqlStoreException">In use, of another schema or a newer version, damaged, not writable, or not to be reached.</exception>
    public static SqlStore Open(SqlStoreAddress address, SqlSchema schema, SqlStoreOptions options, Action<SqlSession>? prepare = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(options);
        ISessionSource source = address.Server is { } server ? PostgresDatabase.Of(server, schema, options) : SqliteFile.Take(address.File!, options);
        SqlSession? writer = null;
        try
        {
            writer = source.OpenWriter();
            schema.Apply(writer, source.Name);
            if (prepare is not null)
            {
                writer.BeginWrite();
                prepare(writer);
                writer.Commit();
            }
            return new SqlStore(address, schema, source, writer);
        }
        catch
        {
            writer?.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>Reads a server's store as it stands, in one snapshot: nothing is made or brought up to date, and whoever uses it is not disturbed.</summary>
    /// <param name="address">Of a server.</param>
    /// <param name="schema">Which tables.</param>
    /// <param name="options">For whom.</param>
    /// <param name="look">Reads.</param>
    /// <returns>What it gives; the default where there is no such store yet, or one of an older version.</returns>
    /// <exception cref="SqlStoreException">Of another schema or a newer version, or not to be reached.</exception>
    public static T? Look<T>(SqlStoreAddress address, SqlSchema schema, SqlStoreOptions options, Func<SqlSession, T> look)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(look);
        if (address.Server is not { } server)
            throw new ArgumentException("A file has one owner at a time, which reads it.", nameof(address));
        using var source = PostgresDatabase.Of(server, schema, options);
        using var session = source.OpenReader();
        session.BeginRead();
        try
        {
            return schema.IsCurrent(session, source.Name) ? look(session) : default;
        }
        finally
        {
            session.RollBackIfOpen();
        }
    }

    /// <summary>Runs work that may write. When it returns, it is committed as durably as the options say. It runs in a transaction, alone; an exception undoes all of it and comes back as it is.</summary>
    /// <exception cref="SqlStoreException"/>
    /// <exception cref="OperationCanceledException">Cancelled before it began; what has begun is finished.</exception>
    public Task<T> WriteAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => _queue.RunAsync(work, cancellationToken);

    /// <summary>
    /// As <see cref="WriteAsync"/>, for work of unknown length: it shares its transaction with nobody, and cancelling it while it runs ends its statement and undoes it.
    /// </summary>
    /// <exception cref="SqlStoreException"/>
    /// <exception cref="OperationCanceledException">Cancelled; nothing of it was kept.</exception>
    public Task<T> WriteAloneAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => _queue.RunAloneAsync(work, cancellationToken);

    /// <summary>Begins a transaction that outlives this call. No other write of any process gets through until it ends, which its limits make sure of.</summary>
    /// <exception cref="SqlStoreException"/>
    /// <exception cref="OperationCanceledException">Cancelled before its turn came.</exception>
    public async Task<HeldTransaction> BeginAsync(HoldLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        var held = new HeldTransaction(limits, time, ended => _held.TryRemove(ended, out _));
        _held.TryAdd(held, true);
        try
        {
            using var giveUp = cancellationToken.UnsafeRegister(static waiting => ((HeldTransaction)waiting!).Give("cancelled"), held);
            return await held.BeginAsync(_queue.RunAloneAsync(held.Serve, held.Expired)).ConfigureAwait(false);
        }
        catch
        {
            _held.TryRemove(held, out _);
            await held.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs work that only reads, on one snapshot of all that was committed before.</summary>
    /// <exception cref="SqlStoreException"/>
    /// <exception cref="OperationCanceledException">Cancelled; a statement that was running is ended.</exception>
    public Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => _readers.RunAsync(work, cancellationToken);

    /// <summary>As <see cref="ReadAsync"/>, for work of one statement, which sees one state by itself: no transaction, and so one message there and back to a server instead of three.</summary>
    /// <exception cref="SqlStoreException"/>
    /// <exception cref="OperationCanceledException">Cancelled; a statement that was running is ended.</exception>
    public Task<T> ReadAtOnceAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => _readers.RunAsync(work, cancellationToken, isOneStatement: true);

    /// <summary>What is there, in a line for an operator: product and version, size, place.</summary>
    /// <exception cref="SqlStoreException"/>
    public Task<string> DescribeAsync(CancellationToken cancellationToken) => ReadAsync(_source.Describe, cancellationToken);

    /// <summary>Finishes what is queued, closes the connections (which folds a file's log into it) and lets go of the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        foreach (var held in _held.Keys)
            held.Give("the store closes");
        await _queue.DisposeAsync().ConfigureAwait(false);
        await _readers.CloseAsync().ConfigureAwait(false);
        _readers.Dispose();
        // Last of the connections: closing it folds SQLite's log into the file.
        _queue.Close();
        _source.Dispose();
    }
}
