using System.Collections.Immutable;
using System.Globalization;
using Mdm.Abstractions;

namespace Mdm.Client.Metadata;

/// <summary>
/// The configuration file of AMGA's clients, <c>mdclient.config</c>: lines of <c>Key = value</c>, <c>#</c> for comments. What it says of certificates is the grid's here: a proxy of
/// <c>X509_USER_PROXY</c>, trust of <c>X509_CERT_DIR</c> or <c>TrustedCertDir</c>.
/// </summary>
public sealed record MdclientConfig
{
    /// <summary>Longest file, in bytes.</summary>
    public const int MaxLength = 64 * 1024;

    private static readonly ImmutableHashSet<string> PassedOver = ImmutableHashSet.Create(StringComparer.OrdinalIgnoreCase,
        "AuthenticateWithCertificate", "UseGridProxy", "CertFile", "KeyFile", "GridProxyFile", "Name", "SSLCertFile", "SSLKeyFile", "LoginAttempts", "ReconnectAttempts");

    /// <summary>The server.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Its port.</summary>
    public int Port { get; init; } = MetadataServer.DefaultPort;

    /// <summary>The user's name there; <c>NULL</c> for whom the certificate names.</summary>
    public string Login { get; init; } = "NULL";

    /// <summary>For a connection without a certificate; sent in clear when that is not encrypted.</summary>
    public string? Password { get; init; }

    /// <summary>Owner bits of what is made.</summary>
    public string? PermissionMask { get; init; }

    /// <summary>Group bits of what is made.</summary>
    public string? GroupMask { get; init; }

    /// <summary>Where the session begins.</summary>
    public string? Home { get; init; }

    /// <summary>False only where the file says <c>UseSSL = no</c>: nothing falls back to an open connection by itself.</summary>
    public bool IsEncrypted { get; init; } = true;

    /// <summary>The directory of trusted authorities, where the file names one.</summary>
    public string? TrustDirectory { get; init; }

    /// <summary>Where it is looked for: the current directory, then the home directory.</summary>
    public static IEnumerable<string> Places(string? home) => home is null ? ["mdclient.config"] : ["mdclient.config", Path.Combine(home, ".mdclient.config")];

    /// <summary>Reads a file.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: a line, key or value that means nothing, with its number.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MdclientConfig Load(string path)
    {
        if (new FileInfo(path).Length > MaxLength)
            throw new MdmException(MdmErrorKind.InvalidName, $"{path} is longer than {MaxLength} bytes ({nameof(MaxLength)}); no configuration of a client is.");
        return Parse(path, File.ReadAllLines(path));
    }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{Login} at {Host}:{Port}";

    internal static MdclientConfig Parse(string path, IReadOnlyList<string> lines)
    {
        var config = new MdclientConfig();
        for (var number = 0; number < lines.Count; number++)
        {
            var line = lines[number].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var at = line.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
                throw Refused("Key = value");
            var (key, value) = (line[..at].Trim(), line[(at + 1)..].Trim().Trim('"'));
            config = key.ToUpperInvariant() switch
            {
                "HOST" => config with { Host = value },
                "PORT" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? config with { Port = port } : throw Refused("a TCP port"),
                "LOGIN" => config with { Login = value },
                "PASSWORD" => config with { Password = value },
                "PERMISSIONMASK" => config with { PermissionMask = value },
                "GROUPMASK" => config with { GroupMask = value },
                "HOME" or "CURRENTDIR" => config with { Home = value },
                "TRUSTEDCERTDIR" => config with { TrustDirectory = value },
                "USESSL" => value.ToUpperInvariant() switch
                {
                    "REQUIRE" or "TRY" or "1" or "YES" => config with { IsEncrypted = true },
                    "NO" or "0" => config with { IsEncrypted = false },
                    _ => throw Refused("UseSSL = require, try or no"),
                },
                "IGNORECERTIFICATENAMEMISMATCH" => value is "0" or "no" or "false" ? config : throw Refused("IgnoreCertificateNameMismatch = 0: a server whose name is not in its certificate could be anybody"),
                _ => PassedOver.Contains(key) ? config : throw Refused("a key of mdclient.config"),
            };
            MdmException Refused(string wanted) => new(MdmErrorKind.InvalidName, $"{path}, line {number + 1}: write {wanted}.");
        }
        return config;
    }
}
