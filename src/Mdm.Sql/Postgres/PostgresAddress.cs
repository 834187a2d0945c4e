using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Mdm.Sql.Postgres;

/// <summary>How far the server's certificate is looked at.</summary>
internal enum PostgresTls
{
    /// <summary>No TLS: a socket or a loopback address.</summary>
    Off,

    /// <summary>It comes from a trusted authority.</summary>
    VerifyCa,

    /// <summary>And names the host.</summary>
    VerifyFull,
}

/// <summary>What follows <c>postgres:</c>. There is no key for a password, only for files: a store string stands in configuration files, environments and logs.</summary>
internal sealed partial record PostgresAddress
{
    public const int MaxConnectionsLimit = 100;

    private static readonly string[] Known =
    [
        nameof(Host), nameof(Port), nameof(Database), nameof(Username), nameof(Schema), nameof(PasswordFile), nameof(PassFile), nameof(Tls), nameof(TrustFile),
        nameof(CertificateFile), nameof(KeyFile), nameof(MaxConnections), nameof(ConnectTimeout), nameof(CommandTimeout), nameof(RetryFor),
    ];

    /// <summary>A name, an address, or the folder of a socket.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    public required string Database { get; init; }

    /// <summary>Null: this process's user, as the server's <c>peer</c> wants it.</summary>
    public string? Username { get; init; }

    /// <summary>The namespace of the tables; null: named for the kind of store.</summary>
    public string? Schema { get; init; }

    public string? PasswordFile { get; init; }

    /// <summary>A <c>.pgpass</c> file.</summary>
    public string? PassFile { get; init; }

    public required PostgresTls Tls { get; init; }

    /// <summary>PEM certificates of authorities; null: those the system trusts.</summary>
    public string? TrustFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>Of one process to this store: one that writes, the others read.</summary>
    public int? MaxConnections { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>For one statement, waiting for others included.</summary>
    public required TimeSpan CommandTimeout { get; init; }

    /// <summary>How long work waits for a server that went away, as when it is restarted.</summary>
    public required TimeSpan RetryFor { get; init; }

    /// <exception cref="SqlStoreException"><see cref="SqlTrouble.Configuration"/>.</exception>
    public static PostgresAddress Parse(string text, string baseDirectory)
    {
        var values = Split(text);
        var host = Required(values, nameof(Host));
        if (host.Contains(',', StringComparison.Ordinal))
            throw Wrong("Host", "names one server");
        var address = new PostgresAddress
        {
            Host = host,
            Port = Number(values, nameof(Port), 5432, 1, 65535),
            Database = Required(values, nameof(Database)),
            Username = values.GetValueOrDefault(nameof(Username)),
            Schema = values.GetValueOrDefault(nameof(Schema)),
            PasswordFile = FilePath(values, nameof(PasswordFile), baseDirectory),
            PassFile = FilePath(values, nameof(PassFile), baseDirectory),
            Tls = TlsOf(values, IsThisMachine(host)),
            TrustFile = FilePath(values, nameof(TrustFile), baseDirectory),
            CertificateFile = FilePath(values, nameof(CertificateFile), baseDirectory),
            KeyFile = FilePath(values, nameof(KeyFile), baseDirectory),
            MaxConnections = values.ContainsKey(nameof(MaxConnections)) ? Number(values, nameof(MaxConnections), 0, 2, MaxConnectionsLimit) : null,
            ConnectTimeout = TimeSpan.FromSeconds(Number(values, nameof(ConnectTimeout), 10, 1, 300)),
            CommandTimeout = TimeSpan.FromSeconds(Number(values, nameof(CommandTimeout), 60, 1, 3600)),
            RetryFor = TimeSpan.FromSeconds(Number(values, nameof(RetryFor), 20, 0, 600)),
        };
        address.Check();
        return address;
    }

    /// <summary>The store string without its scheme, as far as it differs from the defaults.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"Host={Host};Port={Port.ToString(CultureInfo.InvariantCulture)};Database={Database}");
        foreach (var (key, value) in new (string, string?)[]
        {
            (nameof(Username), Username), (nameof(Schema), Schema), (nameof(PasswordFile), PasswordFile), (nameof(PassFile), PassFile), (nameof(Tls), Tls.ToString()),
            (nameof(TrustFile), TrustFile), (nameof(CertificateFile), CertificateFile), (nameof(KeyFile), KeyFile), (nameof(MaxConnections), MaxConnections?.ToString(CultureInfo.InvariantCulture)),
            (nameof(ConnectTimeout), Seconds(ConnectTimeout)), (nameof(CommandTimeout), Seconds(CommandTimeout)), (nameof(RetryFor), Seconds(RetryFor)),
        })
        {
            if (value is not null)
                text.Append(';').Append(key).Append('=').Append(value);
        }
        return text.ToString();
    }

    private static string Seconds(TimeSpan time) => ((int)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Split(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at))
                throw new SqlStoreException(SqlTrouble.Configuration, "A 'postgres:' store is written as KEY=VALUE;KEY=VALUE; a part of it has no '='.");
            var key = part[..at].Trim();
            if (key.Equals("Password", StringComparison.OrdinalIgnoreCase) || key.Equals("Pwd", StringComparison.OrdinalIgnoreCase))
                throw new SqlStoreException(SqlTrouble.Configuration, "A 'postgres:' store holds no password; put it into a file that only the service can read and name that as PasswordFile, or use PassFile, a client certificate or the server's 'peer'.");
            if (!Known.Contains(key, StringComparer.OrdinalIgnoreCase))
                throw new SqlStoreException(SqlTrouble.Configuration, $"A 'postgres:' store has no '{key}'; it knows {string.Join(", ", Known)}.");
            var value = part[(at + 1)..].Trim();
            if (value.Length == 0 || value.AsSpan().ContainsAny('\0', '\n', '\r'))
                throw Wrong(key, "needs a value in one line");
            if (!values.TryAdd(key, value))
                throw Wrong(key, "is given twice");
        }
        return values;
    }

    private static string Required(Dictionary<string, string> values, string key) =>
        values.GetValueOrDefault(key) ?? throw Wrong(key, "is missing; a store is written as 'postgres:Host=HOST;Database=NAME'");

    private static string? FilePath(Dictionary<string, string> values, string key, string baseDirectory) =>
        values.GetValueOrDefault(key) is { } path ? Path.GetFullPath(path, baseDirectory) : null;

    private static int Number(Dictionary<string, string> values, string key, int otherwise, int least, int most)
    {
        if (!values.TryGetValue(key, out var text))
            return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(key, $"is a number from {least.ToString(CultureInfo.InvariantCulture)} to {most.ToString(CultureInfo.InvariantCulture)}");
    }

    // Identities and keys travel here: without TLS only where nobody else listens, unless it is said in so many words.
    private static PostgresTls TlsOf(Dictionary<string, string> values, bool isThisMachine)
    {
        if (!values.TryGetValue(nameof(Tls), out var text))
            return isThisMachine ? PostgresTls.Off : PostgresTls.VerifyFull;
        return Enum.GetNames<PostgresTls>().FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known
            ? Enum.Parse<PostgresTls>(known)
            : throw Wrong(nameof(Tls), "is one of " + string.Join(", ", Enum.GetNames<PostgresTls>()));
    }

    private static bool IsThisMachine(string host) =>
        host.StartsWith('/') || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static SqlStoreException Wrong(string key, string what) => new(SqlTrouble.Configuration, $"A 'postgres:' store's {key} {what}.");

    private void Check()
    {
        if (Schema is not null && !PlainName().IsMatch(Schema))
            throw Wrong(nameof(Schema), "is a name of up to 63 small letters, digits and '_', not beginning with a digit or 'pg_'");
        if (KeyFile is not null && CertificateFile is null)
            throw Wrong(nameof(KeyFile), "belongs to a CertificateFile");
        if (Tls == PostgresTls.Off && (TrustFile ?? CertificateFile) is not null)
            throw Wrong(nameof(Tls), "is Off, so there is nothing that TrustFile or CertificateFile could do; say Tls=VerifyFull");
        if (PasswordFile is not null && PassFile is not null)
            throw Wrong(nameof(PasswordFile), "and PassFile exclude each other");
    }

    [GeneratedRegex(@"^(?!pg_)[a-z_][a-z0-9_]{0,62}\z")]
    private static partial Regex PlainName();
}
