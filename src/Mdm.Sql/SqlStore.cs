using Microsoft.Data.Sqlite;

namespace Mdm.Sql;

/// <summary>
/// An open store: one writer behind a queue, pooled readers, one owner. Safe for concurrent use. Work is a function over a <see cref="SqlSession"/> and does nothing
/// but SQL: it may be abandoned with its whole transaction, and it holds a connection that others wait for.
/// </summary>
/// <remarks>
/// The place of a second kind of store is behind this class: <see cref="SqlSession"/> shows ADO.NET's base classes and PostgreSQL's parameters only.
/// </remarks>
public sealed class SqlStore : IAsyncDisposable
{
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly OwnerLock _owner;
    private readonly SqlSession _writer;
    private readonly WriteQueue _queue;
    private readonly ReaderPool _readers;
    private int _closed;

    private SqlStore(SqlStoreAddress address, SqlStoreOptions options, OwnerLock owner, SqlSession writer)
    {
        Address = address;
        _owner = owner;
        _writer = writer;
        _queue = new WriteQueue(writer);
        _readers = new ReaderPool(() => OpenReader(address), options.MaxReaders);
    }

    /// <summary>Where it is.</summary>
    public SqlStoreAddress Address { get; }

    /// <summary>Opens a store, creating the file (readable by its owner only) and its directory where missing, and brings its tables to the schema's version.</summary>
    /// <param name="address">Where.</param>
    /// <param name="schema">Which tables.</param>
    /// <param name="options">For whom and how safe.</param>
    /// <param name="prepare">The first write, done before anybody else's: rows that always exist.</param>
    /// <exception cref="SqlStoreException">In use, of another schema or a newer version, damaged, or not writable.</exception>
    public static SqlStore Open(SqlStoreAddress address, SqlSchema schema, SqlStoreOptions options, Action<SqlSession>? prepare = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(options);
        SQLitePCL.Batteries_V2.Init();
        CreateDirectory(address.File);
        var owner = OwnerLock.Take(address.File, options.Owner);
        SqlSession? writer = null;
        try
        {
            CreateFile(address.File);
            writer = OpenConnection(address);
            writer.ExecuteScript("PRAGMA journal_mode = WAL");
            // Rows that were removed leave no readable trace in the file's free pages: object ids name a patient's examinations.
            writer.ExecuteScript("PRAGMA secure_delete = ON");
            writer.ExecuteScript(options.Durability == SqlDurability.PowerLoss ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            // 64 MiB: the upper levels of the indexes of a million rows stay in memory while random keys are inserted.
            writer.ExecuteScript("PRAGMA cache_size = -65536");
            schema.Apply(writer, address.File);
            if (prepare is not null)
            {
                writer.Execute("BEGIN IMMEDIATE");
                prepare(writer);
                writer.Execute("COMMIT");
            }
            return new SqlStore(address, options, owner, writer);
        }
        catch
        {
            writer?.Dispose();
            owner.Dispose();
            throw;
        }
    }

    /// <summary>Runs work that may write. When it returns, it is committed as durably as the options say. It runs in a transaction, alone; an exception undoes all of it and comes back as it is.</summary>
    /// <exception cref="SqlStoreException"/>
    public Task<T> WriteAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => _queue.RunAsync(work, cancellationToken);

    /// <summary>Runs work that only reads, on one snapshot of all that was committed before.</summary>
    /// <exception cref="SqlStoreException"/>
    public Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => _readers.RunAsync(work, cancellationToken);

    /// <summary>Finishes what is queued, folds the log into the file and lets go of it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        await _queue.DisposeAsync().ConfigureAwait(false);
        await _readers.CloseAsync().ConfigureAwait(false);
        _readers.Dispose();
        // Closing the last connection folds the log into the file.
        _writer.Dispose();
        _owner.Dispose();
    }

    private static SqlSession OpenReader(SqlStoreAddress address)
    {
        var session = OpenConnection(address);
        session.ExecuteScript("PRAGMA query_only = ON");
        session.ExecuteScript("PRAGMA cache_size = -8192");
        return session;
    }

    private static SqlSession OpenConnection(SqlStoreAddress address)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = address.File,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = (int)BusyTimeout.TotalSeconds,
        }.ToString());
        try
        {
            connection.Open();
            return new SqlSession(connection);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw SqlErrors.Translate(e);
        }
    }

    private static void CreateDirectory(string file)
    {
        try
        {
            if (Path.GetDirectoryName(file) is { } directory && !Directory.Exists(directory))
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SqlStoreException(SqlTrouble.Configuration, $"The directory of {file} cannot be created: {e.Message}", e);
        }
    }

    private static void CreateFile(string file)
    {
        if (File.Exists(file))
            return;
        try
        {
            // SQLite would create it readable by all; its -wal and -shm files take over this mode.
            new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SqlStoreException(SqlTrouble.Configuration, $"{file} cannot be created: {e.Message}", e);
        }
    }
}
