using System.Data.Common;

namespace Mdm.Sql;

/// <summary>
/// One connection, lent to a piece of work. Statements are constants with the parameters <c>$1</c>, <c>$2</c>, … (a form that SQLite and PostgreSQL share);
/// each is prepared once per connection (what has to be built at run time is a <see cref="BuiltSql"/>). Values are null, text, bytes, whole numbers, booleans (as 1 and 0) and doubles. Not to be kept after the work, nor used by two threads.
/// After a statement failed, the work it belongs to fails: PostgreSQL would refuse every further statement, so both do.
/// </summary>
/// <remarks>
/// What both kinds understand is most of SQL. Otherwise: a parameter that only <c>IS NULL</c> looks at needs its type, as <c>CAST($2 AS BLOB) IS NULL</c>; <c>EXISTS</c> and comparisons
/// are no numbers (<c>CASE WHEN … THEN 1 ELSE 0 END</c>); a column in <c>DO UPDATE SET</c> is named with its table; an indexed text or blob has at most about 2,600 bytes.
/// Types are in capitals and are INTEGER, TEXT, BLOB and REAL. Text is ordered by its UTF-8 bytes.
/// </remarks>
public abstract class SqlSession : IDisposable
{
    /// <summary>Statements kept prepared per connection; code has a fixed number of them, so more means that somebody builds SQL from values.</summary>
    public const int MaxStatements = 256;

    private SqlStoreException? _failure;
    private volatile DbCommand? _running;
    private volatile bool _interrupted;
    private volatile bool _unwanted;

    private protected SqlSession()
    {
    }

    /// <summary>Which kind of database this is.</summary>
    public abstract SqlDialect Dialect { get; }

    /// <summary>What failed since the last Begin or rollback to the savepoint; null when nothing did.</summary>
    internal SqlStoreException? Failure => _failure;

    /// <summary>True when a statement was answered since the last Begin.</summary>
    internal bool HasAnswered { get; private set; }

    /// <summary>True when rows were handed over since the last Begin, to whoever cannot give them back.</summary>
    internal bool HasStreamed { get; private set; }

    /// <summary>False once the connection is of no more use.</summary>
    internal virtual bool IsSound => !_interrupted;

    /// <summary>True inside a transaction. SQLite itself ends one on a full disk, an I/O error or no memory; a lost connection has none.</summary>
    internal abstract bool InTransaction { get; }

    /// <summary>Runs a statement; returns how many rows it changed.</summary>
    /// <exception cref="SqlStoreException"/>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Execute(sql, false, values);

    /// <inheritdoc cref="Execute(string, ReadOnlySpan{object?})"/>
    public int Execute(BuiltSql sql, params ReadOnlySpan<object?> values) => Execute(sql.Text, true, values);

    private int Execute(string sql, bool isBuilt, ReadOnlySpan<object?> values)
    {
        var command = Start(sql, isBuilt, values);
        try
        {
            return Answered(command.ExecuteNonQuery());
        }
        catch (DbException e)
        {
            throw Failed(e);
        }
        finally
        {
            _running = null;
        }
    }

    /// <summary>Runs a query and reads all its rows. <paramref name="read"/> runs no statements.</summary>
    /// <exception cref="SqlStoreException"/>
    public List<T> Query<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        ArgumentNullException.ThrowIfNull(read);
        var rows = new List<T>();
        ForEach(sql, false, row => rows.Add(read(row)), values);
        return rows;
    }

    /// <inheritdoc cref="Query{T}(string, Func{DbDataReader, T}, ReadOnlySpan{object?})"/>
    public List<T> Query<T>(BuiltSql sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        ArgumentNullException.ThrowIfNull(read);
        var rows = new List<T>();
        ForEach(sql.Text, true, row => rows.Add(read(row)), values);
        return rows;
    }

    /// <summary>
    /// Runs a query and hands over each row as it comes, so that an answer of any length takes no memory. <paramref name="read"/> runs no statements; when it throws, the query is
    /// ended, and with it the connection.
    /// </summary>
    /// <exception cref="SqlStoreException"/>
    public void ForEach(BuiltSql sql, Action<DbDataReader> read, params ReadOnlySpan<object?> values)
    {
        ArgumentNullException.ThrowIfNull(read);
        ForEach(sql.Text, true, row =>
        {
            HasStreamed = true;
            read(row);
        }, values);
    }

    private void ForEach(string sql, bool isBuilt, Action<DbDataReader> read, ReadOnlySpan<object?> values)
    {
        var command = Start(sql, isBuilt, values);
        try
        {
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                try
                {
                    read(reader);
                }
                catch when (isBuilt)
                {
                    // The driver would otherwise fetch all the rest, only to throw it away.
                    _interrupted = true;
                    StopRunning(command);
                    throw;
                }
            }
            HasAnswered = true;
        }
        catch (DbException e)
        {
            throw Failed(e);
        }
        finally
        {
            _running = null;
        }
    }

    /// <summary>The first row, or the default where there is none. <paramref name="read"/> runs no statements.</summary>
    /// <exception cref="SqlStoreException"/>
    public T? First<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values) => First(sql, false, read, values);

    /// <inheritdoc cref="First{T}(string, Func{DbDataReader, T}, ReadOnlySpan{object?})"/>
    public T? First<T>(BuiltSql sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values) => First(sql.Text, true, read, values);

    private T? First<T>(string sql, bool isBuilt, Func<DbDataReader, T> read, ReadOnlySpan<object?> values)
    {
        ArgumentNullException.ThrowIfNull(read);
        var command = Start(sql, isBuilt, values);
        try
        {
            using var reader = command.ExecuteReader();
            return Answered(reader.Read() ? read(reader) : default);
        }
        catch (DbException e)
        {
            throw Failed(e);
        }
        finally
        {
            _running = null;
        }
    }

    /// <summary>The first column of the first row; the default where there is no row or a null.</summary>
    /// <exception cref="SqlStoreException"/>
    public T? Scalar<T>(string sql, params ReadOnlySpan<object?> values) =>
        First(sql, false, static row => row.IsDBNull(0) ? default : row.GetFieldValue<T>(0), values);

    /// <inheritdoc cref="Scalar{T}(string, ReadOnlySpan{object?})"/>
    public T? Scalar<T>(BuiltSql sql, params ReadOnlySpan<object?> values) =>
        First(sql.Text, true, static row => row.IsDBNull(0) ? default : row.GetFieldValue<T>(0), values);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Begins work that sees one state of the store and changes nothing.</summary>
    internal void BeginRead() => Begin(BeginReadCore);

    /// <summary>Begins work of one statement that changes nothing.</summary>
    internal void BeginStatement() => Begin(static () => { });

    /// <summary>Begins work that writes: alone, in this process and every other.</summary>
    internal void BeginWrite() => Begin(BeginWriteCore);

    /// <summary>As <see cref="BeginWrite"/>, with all the time it takes, and a place to put tables.</summary>
    internal void BeginMigration() => Begin(BeginMigrationCore);

    internal void Commit() => Guarded(CommitCore);

    internal void RollBackIfOpen()
    {
        _failure = null;
        if (InTransaction)
            Guarded(RollBackCore);
    }

    internal void Save() => Guarded(SaveCore);

    /// <summary>Ends the part that <see cref="Save"/> began, kept or undone.</summary>
    internal void EndPart(bool keep)
    {
        if (!keep)
            _failure = null;
        Guarded(keep ? ReleaseCore : RollBackToSavedCore);
    }

    /// <summary>As <see cref="EndPart"/>, in a transaction that may have any number of parts.</summary>
    internal void EndPartOfMany(bool keep)
    {
        if (!keep)
            _failure = null;
        Guarded(keep ? ReleaseAtOnceCore : RollBackToSavedCore);
    }

    /// <summary>The transaction that has begun may wait for its next statement for so long.</summary>
    internal void AllowIdle(TimeSpan time) => Guarded(() => AllowIdleCore(time));

    /// <summary>Looks at how values are spread, if enough of them were written since the last look; true when other connections should know of it.</summary>
    internal virtual bool RefreshStatistics() => false;

    /// <summary>Several statements without parameters, not kept: migrations and settings.</summary>
    internal void ExecuteScript(string script) => Guarded(() => RunScript(script));

    /// <summary>True where the store has that table; with null, any table.</summary>
    internal abstract bool HasTable(string? name);

    /// <summary>Ends the statement that runs now, and lets the work begin no other; the connection is not used again. From any thread.</summary>
    internal void Interrupt()
    {
        _interrupted = true;
        _unwanted = true;
        // Start does it the other way round: one of the two sees what the other has set.
        Interlocked.MemoryBarrier();
        if (_running is { } running)
            StopRunning(running);
    }

    /// <summary>True once nobody wants what the session's work would give.</summary>
    private protected bool IsUnwanted => _unwanted;

    /// <summary>True while that command runs, or is about to.</summary>
    private protected bool IsRunning(DbCommand command) => ReferenceEquals(_running, command);

    private protected abstract void BeginReadCore();

    private protected abstract void BeginWriteCore();

    private protected abstract void BeginMigrationCore();

    private protected abstract void CommitCore();

    private protected abstract void RollBackCore();

    private protected abstract void SaveCore();

    private protected abstract void ReleaseCore();

    private protected abstract void ReleaseAtOnceCore();

    private protected abstract void RollBackToSavedCore();

    private protected abstract void AllowIdleCore(TimeSpan time);

    private protected abstract void RunScript(string script);

    /// <summary>Ends a command that <see cref="IsRunning"/>, also one that has not yet come to the database.</summary>
    private protected abstract void StopRunning(DbCommand command);

    /// <summary>The prepared command with its values; throws the driver's exceptions.</summary>
    private protected abstract DbCommand Bind(string sql, bool isBuilt, ReadOnlySpan<object?> values);

    private protected abstract SqlStoreException Translate(DbException e);

    /// <summary>A value as both drivers take it.</summary>
    private protected static object? Plain(object? value) => value switch
    {
        null or string or byte[] or long or double => value,
        int number => (long)number,
        uint number => (long)number,
        short number => (long)number,
        byte number => (long)number,
        bool truth => truth ? 1L : 0L,
        _ => throw new ArgumentException($"A {value.GetType().Name} is no value of a store; give text, bytes or a number.", nameof(value)),
    };

    private void Begin(Action begin)
    {
        _failure = null;
        HasAnswered = false;
        HasStreamed = false;
        Guarded(begin);
    }

    private DbCommand Start(string sql, bool isBuilt, ReadOnlySpan<object?> values)
    {
        if (_failure is not null)
            throw new SqlStoreException(_failure.Trouble, $"An earlier statement of the same work failed: {_failure.Message}", _failure);
        if (_running is not null)
            throw new InvalidOperationException("A statement is being read; read its rows first, then run the next.");
        DbCommand command;
        try
        {
            _running = command = Bind(sql, isBuilt, values);
        }
        catch (DbException e)
        {
            throw Failed(e);
        }
        Interlocked.MemoryBarrier();
        if (!_unwanted)
            return command;
        _running = null;
        throw _failure = new SqlStoreException(SqlTrouble.Unavailable, "The work was ended before it had come to its end.");
    }

    private T Answered<T>(T answer)
    {
        HasAnswered = true;
        return answer;
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (DbException e)
        {
            throw Failed(e);
        }
    }

    private SqlStoreException Failed(DbException e) => _failure = Translate(e);
}
