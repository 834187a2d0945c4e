using Microsoft.Data.Sqlite;

namespace Mdm.Sql.Sqlite;

/// <summary>An SQLite file and its owner's lock.</summary>
internal sealed class SqliteFile : ISessionSource
{
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly OwnerLock _owner;
    private readonly SqlStoreOptions _options;

    private SqliteFile(string file, SqlStoreOptions options, OwnerLock owner) => (Name, _options, _owner) = (file, options, owner);

    public string Name { get; }

    public int MaxReaders => _options.MaxReaders;

    /// <summary>A file does not come back by itself.</summary>
    public TimeSpan RetryFor => TimeSpan.Zero;

    public static SqliteFile Take(string file, SqlStoreOptions options)
    {
        SQLitePCL.Batteries_V2.Init();
        CreateDirectory(file);
        var owner = OwnerLock.Take(file, options.Owner);
        try
        {
            CreateFile(file);
            return new SqliteFile(file, options, owner);
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    public SqlSession OpenWriter() => Set(OpenConnection(_options.HasFreeQueries),
        "PRAGMA journal_mode = WAL",
        // Rows that were removed leave no readable trace in the file's free pages: object ids name a patient's examinations.
        "PRAGMA secure_delete = ON",
        _options.Durability == SqlDurability.PowerLoss ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
        // 64 MiB: the upper levels of the indexes of a million rows stay in memory while random keys are inserted.
        "PRAGMA cache_size = -65536");

    public SqlSession OpenReader() => Set(OpenConnection(), "PRAGMA query_only = ON", "PRAGMA cache_size = -8192");

    public string Describe(SqlSession session) => $"SQLite {session.Scalar<string>("SELECT sqlite_version()")}, {new FileInfo(Name).Length} bytes in {Name}";

    public void Dispose() => _owner.Dispose();

    private static SqliteSession Set(SqliteSession session, params ReadOnlySpan<string> settings)
    {
        try
        {
            foreach (var setting in settings)
                session.ExecuteScript(setting);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private SqliteSession OpenConnection(bool keepsStatistics = false)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Name,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = (int)BusyTimeout.TotalSeconds,
        }.ToString());
        try
        {
            connection.Open();
            return SqliteSession.Over(connection, keepsStatistics);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw SqliteErrors.Translate(e);
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
