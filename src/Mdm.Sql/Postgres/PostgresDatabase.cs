using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Mdm.Sql.Postgres;

/// <summary>A namespace of a PostgreSQL database, and how connections to it are made and set.</summary>
internal sealed class PostgresDatabase : ISessionSource
{
    /// <summary>How long a writer waits for the one before it, in this process or another.</summary>
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A process that stops in the middle of its work keeps the others waiting for so long at most.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Grace for the server, which ends a statement itself, before the connection is given up.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private const int OldestServer = 120000;
    private const int MaxPasswordBytes = 1024;

    private readonly PostgresAddress _address;
    private readonly NpgsqlDataSource _writers;
    private readonly NpgsqlDataSource _readers;
    private readonly string _namespace;
    private readonly long _writeLock;
    private readonly bool _isDurable;
    private readonly long _ownerLock;
    private readonly bool _isExclusive;

    private PostgresDatabase(PostgresAddress address, SqlSchema schema, SqlStoreOptions options)
    {
        _address = address;
        _namespace = address.Schema ?? "mdm_" + schema.Name.Replace('-', '_');
        MaxReaders = address.MaxConnections - 1 ?? options.MaxReaders;
        Name = $"{address.Database} on {address.Host}, namespace {_namespace}";
        // Advisory locks are numbers of a database; each namespace has its own.
        _writeLock = Number("mdm-sql writes " + _namespace);
        _ownerLock = Number("mdm-sql owns " + _namespace);
        _isExclusive = options.IsExclusive;
        _isDurable = options.Durability == SqlDurability.PowerLoss;
        _writers = Source(options, _isDurable ? string.Empty : " -c synchronous_commit=off");
        _readers = Source(options, " -c default_transaction_read_only=on");
    }

    public string Name { get; }

    public int MaxReaders { get; }

    public TimeSpan RetryFor => _address.RetryFor;

    public static PostgresDatabase Of(PostgresAddress address, SqlSchema schema, SqlStoreOptions options) => new(address, schema, options);

    public SqlSession OpenWriter()
    {
        var session = Open(_writers);
        try
        {
            var (version, encoding, sync, commit) = session.First(
                "SELECT current_setting('server_version_num'), current_setting('server_encoding'), current_setting('fsync'), current_setting('synchronous_commit')",
                static row => (int.Parse(row.GetString(0), CultureInfo.InvariantCulture), row.GetString(1), row.GetString(2), row.GetString(3)));
            if (version < OldestServer)
                throw new SqlStoreException(SqlTrouble.Configuration, $"{Name}: the server is older than PostgreSQL {OldestServer / 10000}.");
            if (encoding != "UTF8")
                throw new SqlStoreException(SqlTrouble.Configuration, $"{Name}: the database is in {encoding}; make one with the encoding UTF8.");
            if (sync == "off")
                throw new SqlStoreException(SqlTrouble.Configuration, $"{Name}: the server runs with fsync=off, so nothing that it acknowledges is sure to be kept; turn it on.");
            // The server's "off" is put right; what is more than "on" is left as it is.
            if (_isDurable && commit == "off")
                session.ExecuteScript("SET synchronous_commit = on");
            Own(session);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public SqlSession OpenReader() => Open(_readers);

    public string Describe(SqlSession session)
    {
        var version = session.Scalar<string>("SELECT current_setting('server_version')")!.Split(' ')[0];
        var bytes = session.Scalar<long>(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace($1)", _namespace);
        return $"PostgreSQL {version}, {bytes.ToString(CultureInfo.InvariantCulture)} bytes in {Name}";
    }

    public void Dispose()
    {
        _writers.Dispose();
        _readers.Dispose();
    }

    // Held as long as the connection that writes: alone, or with others that do not want to be alone. The wait is for the server to notice that an earlier connection of this process is gone.
    private void Own(SqlSession session)
    {
        session.ExecuteScript("SET lock_timeout = '3s'");
        try
        {
            session.Scalar<string>(_isExclusive ? "SELECT CAST(pg_advisory_lock($1) AS text)" : "SELECT CAST(pg_advisory_lock_shared($1) AS text)", _ownerLock);
        }
        catch (SqlStoreException e) when (e.Trouble == SqlTrouble.Busy)
        {
            session.RollBackIfOpen();
            throw new SqlStoreException(SqlTrouble.InUse, $"{Name} is in use by {Holder(session, _ownerLock) ?? "somebody unknown"}; {(_isExclusive ? "this store belongs to one process at a time" : "that one wants it alone")}.", e);
        }
        session.ExecuteScript("RESET lock_timeout");
    }

    private static string? Holder(SqlSession session, long number) => session.Scalar<string>("""
        SELECT a.application_name || coalesce(' at ' || host(a.client_addr), ' on its machine')
        FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid JOIN pg_database AS d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND d.datname = current_database() AND ((CAST(l.classid AS bigint) << 32) | CAST(l.objid AS bigint)) = $1
        """, number);

    private static long Number(string name) => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private PostgresSession Open(NpgsqlDataSource source)
    {
        var connection = source.CreateConnection();
        try
        {
            connection.Open();
            return new PostgresSession(connection, source, _namespace, _writeLock);
        }
        catch (Exception e)
        {
            connection.Dispose();
            throw e switch
            {
                NpgsqlException trouble when PostgresErrors.Translate(trouble) is var told => new SqlStoreException(told.Trouble, $"{Name}: {told.Message}", e),
                TimeoutException => new SqlStoreException(SqlTrouble.Unavailable, $"{Name}: the server did not answer in time.", e),
                IOException or UnauthorizedAccessException or CryptographicException =>
                    new SqlStoreException(SqlTrouble.Configuration, $"{Name}: a file that the store string names cannot be used: {e.Message}", e),
                SqlStoreException own => own,
                _ => new SqlStoreException(SqlTrouble.Configuration, $"{Name}: {e.Message}", e),
            };
        }
    }

    private NpgsqlDataSource Source(SqlStoreOptions options, string further)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = _address.Host,
            Port = _address.Port,
            Database = _address.Database,
            Username = _address.Username,
            Passfile = _address.PassFile,
            SslMode = _address.Tls switch { PostgresTls.Off => SslMode.Disable, PostgresTls.VerifyCa => SslMode.VerifyCA, _ => SslMode.VerifyFull },
            RootCertificate = _address.TrustFile,
            SslCertificate = _address.CertificateFile,
            SslKey = _address.KeyFile,
            GssEncryptionMode = GssEncryptionMode.Disable,
            ApplicationName = "mdm " + options.Owner,
            // A store has its own few connections, each with its statements prepared.
            Pooling = false,
            Enlist = false,
            Timeout = (int)_address.ConnectTimeout.TotalSeconds,
            CommandTimeout = (int)(_address.CommandTimeout + Grace).TotalSeconds,
            // pg_temp is otherwise looked into first.
            SearchPath = _namespace + ",pg_temp",
            Options = $"-c statement_timeout={Milliseconds(_address.CommandTimeout)} -c lock_timeout={Milliseconds(LockTimeout)}"
                + $" -c idle_in_transaction_session_timeout={Milliseconds(IdleTimeout)}"
                // Compiling a query costs more than nearly every query here.
                + " -c jit=off"
                // A machine that vanished must not hold the others' lock until the server's own patience ends, after hours.
                + " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3" + further,
        };
        // A socket file has no keep-alive, and its driver no way to ignore that.
        if (!_address.Host.StartsWith('/'))
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 30, 10);
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ToString());
        // Every number is a bigint there, and read as what it is here.
        builder.EnableExtraConversions();
        // Four built-in types are all that is used.
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
        if (_address.Tls != PostgresTls.Off)
            builder.EnableTransportSecurity();
        if (_address.PasswordFile is { } file)
            builder.UsePasswordProvider(_ => Password(file), (_, _) => new ValueTask<string>(Password(file)));
        return builder.Build();
    }

    private static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    // Read at each connection, so that a changed password needs no restart.
    private static string Password(string file)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        try
        {
            if ((File.GetUnixFileMode(file) & Others) != 0)
                throw new SqlStoreException(SqlTrouble.Configuration, $"{file} can be read or written by others than its owner; it holds a password.");
            if (new FileInfo(file).Length is 0 or > MaxPasswordBytes)
                throw new SqlStoreException(SqlTrouble.Configuration, $"{file} holds no password: one line of at most {MaxPasswordBytes} bytes.");
            return File.ReadAllText(file).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SqlStoreException(SqlTrouble.Configuration, $"{file} cannot be read: {e.Message}", e);
        }
    }
}
