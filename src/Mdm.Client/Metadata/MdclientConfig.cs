using System.Collections.Immutable;
using System.Globalization;
using Mdm.Abstractions;

namespace Mdm.Client.Metadata;

/// <summary>
/// The configuration file of AMGA's clients, <c>mdclient.config</c>: lines of <c>Key = value</c>, <c>#</c> for comments, in lines of their own or behind a value. What it says of certificates is the grid's here: a proxy of
/// <c>X509_USER_PROXY</c>, trust of <c>X509_CERT_DIR</c> or <c>TrustedCertDir</c>.
/// </summary>
public sealed record MdclientConfig
{
    /// <summary>Longest file, in bytes.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Names the directory of an installation of gLite.</summary>
    public const string InstallationVariable = "GLITE_LOCATION";

    private const string Name = "mdclient.config";

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

    /// <summary>What of the file has no effect, to tell its user.</summary>
    public ImmutableArray<string> Remarks { get; init; } = [];

    /// <summary>Where it is looked for, in this order: the current directory, the home directory, hidden there or not, and the installation of gLite.</summary>
    /// <param name="home">The home directory; null when nothing says it.</param>
    /// <param name="installation">What <see cref="InstallationVariable"/> names; null for none.</param>
    public static IEnumerable<string> Places(string? home, string? installation = null) =>
    [
        Name,
        .. string.IsNullOrEmpty(home) ? (string[])[] : [Path.Combine(home, "." + Name), Path.Combine(home, Name)],
        .. string.IsNullOrEmpty(installation) ? (string[])[] : [Path.Combine(installation, "etc", Name)],
    ];

    /// <summary>Reads a file.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: a line or value that means nothing, with its number; it is no regular file, or too long.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MdclientConfig Load(string path) => Parse(path, ShortFile.ReadAllText(path, MaxLength).Split('\n'));

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{Login} at {Host}:{Port}";

    internal static MdclientConfig Parse(string path, IReadOnlyList<string> lines)
    {
        var config = new MdclientConfig();
        var unknown = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var number = 0; number < lines.Count; number++)
        {
            var line = lines[number].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var at = line.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
                throw Refused("Key = value");
            var (key, value) = (line[..at].Trim(), ValueOf(line[(at + 1)..].Trim()));
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
                // Never obeyed: it would take the worth from every other setting.
                "IGNORECERTIFICATENAMEMISMATCH" => value is "0" or "no" or "false" || !unknown.Add(key) ? config
                    : Remarked("names are compared all the same: a server whose name is not in its certificate could be anybody"),
                _ => PassedOver.Contains(key) || !unknown.Add(key) ? config : Remarked($"'{key}' is passed over: it is no key that is known here"),
            };
            MdclientConfig Remarked(string what) => config with { Remarks = config.Remarks.Add($"{path}, line {number + 1}: {what}.") };
            MdmException Refused(string wanted) => new(MdmErrorKind.InvalidName, $"{path}, line {number + 1}: write {wanted}.");
        }
        return config;
    }

    // What is in quotes ends with them; else a comment begins with a # after a blank, since passwords may have one inside.
    private static string ValueOf(string text)
    {
        if (text is ['"', .. var quoted] && quoted.IndexOf('"', StringComparison.Ordinal) is >= 0 and var end && quoted[(end + 1)..].TrimStart() is [] or ['#', ..])
            return quoted[..end];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '#' && (i == 0 || char.IsWhiteSpace(text[i - 1])))
                return text[..i].Trim().Trim('"');
        }
        return text.Trim('"');
    }
}
