using System.Globalization;
using System.Security.Cryptography;

namespace Mdm.TestKit;

/// <summary>
/// PostgreSQL as Debian ships it, on a socket and a loopback port, in a folder of its own. Its default order of texts is a language's, not that of bytes; what depends on the latter has to ask for it.
/// Started as the user <c>postgres</c> where the tests are root, since it refuses root.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The user that everything belongs to: let in without a password on the socket, with <see cref="Password"/> over TCP.</summary>
    public const string User = "mdm";

    public const string Database = "mdm";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _home;
    private readonly string _programs;
    private readonly List<string> _settings = [];
    private ChildProcess? _process;
    private int _count;

    private PostgresServer(TemporaryDirectory home, string programs) => (_home, _programs) = (home, programs);

    public int Port { get; } = Here.FreePort();

    public string Password { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>The folder of the socket, for <c>Host=</c>.</summary>
    public string Socket => _home.Path;

    /// <summary>Makes an empty cluster and starts it; skips the test where PostgreSQL is not installed.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var programs = Programs();
        Skip.If(programs is null, "PostgreSQL is not installed (Debian: postgresql)");
        var server = new PostgresServer(new TemporaryDirectory(), programs);
        try
        {
            await server.CreateAsync();
            await server.StartAgainAsync();
            await server.SqlAsync($"CREATE DATABASE {Database}", "postgres");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A store string over the socket; with no name, one of a namespace that is not there yet.</summary>
    public string Store(string? schema = null, string further = "") =>
        $"postgres:Host={Socket};Port={Text(Port)};Database={Database};Username={User};Schema={schema ?? $"store_{Text(Interlocked.Increment(ref _count))}"}{further}";

    /// <summary>Ends the server: <c>INT</c> ends its clients at once and writes everything down, <c>QUIT</c> is a crash.</summary>
    public async Task StopAsync(string signal = "INT")
    {
        if (_process is null)
            return;
        _process.Signal(signal);
        await _process.ExitAsync(Limit);
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Starts a server that was stopped, on the same data, port and socket.</summary>
    public async Task StartAgainAsync()
    {
        var (program, arguments) = AsServer("postgres",
        [
            "-D", _home["data"], "-p", Text(Port), "-k", Socket, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "dynamic_shared_memory_type=mmap",
            .. _settings.SelectMany(setting => (string[])["-c", setting]),
        ]);
        _process = ChildProcess.Start(program, arguments, workingDirectory: _home.Path);
        await Here.UntilAsync(
            async () => _process.HasExited
                ? throw new InvalidOperationException($"postgres ended: {_process.Output}")
                : await RunsAsync("pg_isready", ["-q", "-h", Socket, "-p", Text(Port), "-d", "postgres"]),
            Limit, "postgres listens");
    }

    /// <summary>Lets it speak TLS over TCP with that certificate from the next start on.</summary>
    public async Task UseTlsAsync(string certificateFile, string keyFile)
    {
        File.Copy(certificateFile, _home["server.crt"], overwrite: true);
        File.Copy(keyFile, _home["server.key"], overwrite: true);
        await GiveAwayAsync(_home["server.crt"], _home["server.key"]);
        _settings.AddRange(["ssl=on", $"ssl_cert_file={_home["server.crt"]}", $"ssl_key_file={_home["server.key"]}"]);
    }

    /// <summary>Adds a setting, as <c>fsync=off</c>, from the next start on.</summary>
    public void Set(string setting) => _settings.Add(setting);

    /// <summary>Runs statements as an administrator with psql and gives what it prints, unaligned.</summary>
    public async Task<string> SqlAsync(string sql, string database = Database)
    {
        var (exit, output) = await ChildProcess.RunAsync(Path.Combine(_programs, "psql"),
            ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", Socket, "-p", Text(Port), "-U", User, "-d", database, "-c", sql], limit: Limit);
        return exit == 0 ? output.Trim() : throw new InvalidOperationException($"psql: {output}");
    }

    /// <summary>Runs one of its programs (<c>pg_dump</c>, <c>pg_restore</c>) against it as an administrator.</summary>
    public async Task RunAsync(string program, params string[] arguments)
    {
        var (exit, output) = await ChildProcess.RunAsync(Path.Combine(_programs, program), ["-h", Socket, "-p", Text(Port), "-U", User, .. arguments], limit: Limit);
        if (exit != 0)
            throw new InvalidOperationException($"{program}: {output}");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync("QUIT");
        _home.Dispose();
    }

    private static string? Programs() => !Directory.Exists("/usr/lib/postgresql") ? null : Directory.EnumerateDirectories("/usr/lib/postgresql")
        .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0)
        .Select(folder => Path.Combine(folder, "bin"))
        .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task CreateAsync()
    {
        await File.WriteAllTextAsync(_home["password"], Password);
        await GiveAwayAsync(_home.Path, _home["password"]);
        var (program, arguments) = AsServer("initdb",
        [
            "-D", _home["data"], "-U", User, "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=" + _home["password"], "--encoding=UTF8",
            "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en", "--no-sync", "--no-instructions",
        ]);
        var (exit, output) = await ChildProcess.RunAsync(program, arguments, limit: Limit, workingDirectory: _home.Path);
        if (exit != 0)
            throw new InvalidOperationException($"initdb: {output}");
    }

    private (string Program, string[] Arguments) AsServer(string name, string[] arguments)
    {
        var program = Path.Combine(_programs, name);
        // setpriv becomes the program it starts, so the process id is the server's.
        return Environment.IsPrivilegedProcess
            ? (Here.Tool("setpriv"), ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments])
            : (program, arguments);
    }

    private static async Task GiveAwayAsync(params string[] paths)
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        var (exit, output) = await ChildProcess.RunAsync("chown", ["postgres:postgres", .. paths]);
        if (exit != 0)
            throw new InvalidOperationException($"chown: {output}");
    }

    private async Task<bool> RunsAsync(string name, string[] arguments) =>
        (await ChildProcess.RunAsync(Path.Combine(_programs, name), arguments, limit: Limit)).ExitCode == 0;
}

/// <summary>One server for all tests of a collection, started by the first that asks for it.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    private PostgresServer? _server;

    public async Task<PostgresServer> ServerAsync() => _server ??= await PostgresServer.StartAsync();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
