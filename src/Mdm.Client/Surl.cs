using System.Globalization;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Client;

/// <summary>
/// The name of a file at an SRM: <c>srm://host:port/path</c>, or with the endpoint spelled out, <c>srm://host:port/srm/managerv2?SFN=/path</c>.
/// What is typed is percent-decoded once, as gfal2 does; what is sent is percent-encoded, as ARC does, so that any name survives. Immutable.
/// </summary>
public sealed record Surl
{
    /// <summary>Where an SRM is asked when the SURL does not say.</summary>
    public const string DefaultServicePath = "/srm/managerv2";

    /// <summary>The port when the SURL does not say. gfal2 would take 80, on which no SRM listens.</summary>
    public const int DefaultPort = 8443;

    /// <summary>Longest SURL that is read, in characters: a path of <see cref="StoragePath.MaxBytes"/>, every byte encoded, and a host.</summary>
    public const int MaxLength = (3 * StoragePath.MaxBytes) + 1024;

    private const string Scheme = "srm://";
    private const string SiteFileName = "?SFN=";

    private Surl(string host, int port, string servicePath, StoragePath path) =>
        (Host, Port, ServicePath, Path) = (host, port, servicePath, path);

    /// <summary>The host as it was typed; an IPv6 address in brackets.</summary>
    public string Host { get; }

    /// <summary>The port of the door.</summary>
    public int Port { get; }

    /// <summary>The path of the SRM service, not of the file.</summary>
    public string ServicePath { get; }

    /// <summary>The file or directory.</summary>
    public StoragePath Path { get; init; }

    /// <summary>The last name of the path; empty for the root.</summary>
    public string Name => Path.Name;

    /// <summary>Where SRM calls for this SURL go: <c>httpg</c>, which every SRM speaks.</summary>
    public Uri Endpoint => new($"httpg://{Host}:{Port.ToString(CultureInfo.InvariantCulture)}{ServicePath}");

    /// <summary>An entry of this directory.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public Surl Child(string name) => this with { Path = Path.Child(name) };

    /// <summary>Reads a SURL.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/> with the reason.</exception>
    public static Surl Parse(string text) => Parse(text, endpoint: null);

    /// <summary>Reads a SURL, or a plain path at an endpoint.</summary>
    /// <param name="text"><c>srm://...</c>, or <c>/path</c> where there is an endpoint.</param>
    /// <param name="endpoint"><c>srm://host:port</c>, as <c>MDM_ENDPOINT</c> holds it; null for none.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/> with the reason.</exception>
    public static Surl Parse(string text, string? endpoint)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
            throw Invalid($"The SURL is longer than {MaxLength} characters.");
        if (text.StartsWith('/'))
        {
            if (string.IsNullOrEmpty(endpoint))
                throw Invalid($"'{text}' is a path without a host. Type srm://host:port{text}, or set {GridEnvironment.EndpointVariable}.");
            // A path is no URL: it is taken as it is.
            return Parse(endpoint, null) with { Path = StoragePath.Parse(text) };
        }
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw Invalid($"'{text}' is not a SURL. It has the form srm://host:port/path.");

        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (host, port) = Authority(slash < 0 ? rest : rest[..slash], text);
        var path = slash < 0 ? "/" : rest[slash..];
        var servicePath = DefaultServicePath;
        var query = path.IndexOf(SiteFileName, StringComparison.OrdinalIgnoreCase);
        if (query >= 0)
        {
            servicePath = "/" + path[..query].Trim('/');
            path = path[(query + SiteFileName.Length)..];
            if (!path.StartsWith('/'))
                path = "/" + path;
        }
        return new Surl(host, port, servicePath, StoragePath.Parse(Decode(path)));
    }

    /// <summary>The SURL as it is sent: <c>srm://host:port/path</c>, percent-encoded.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Scheme).Append(Host).Append(':').Append(Port.ToString(CultureInfo.InvariantCulture));
        if (Path.IsRoot)
            return text.Append('/').ToString();
        foreach (var name in Path.Names)
            text.Append('/').Append(Uri.EscapeDataString(name));
        return text.ToString();
    }

    private static (string Host, int Port) Authority(string authority, string surl)
    {
        // The last colon, unless it is inside the brackets of an IPv6 address.
        var colon = authority.LastIndexOf(':');
        var hasPort = colon > authority.LastIndexOf(']');
        var host = hasPort ? authority[..colon] : authority;
        var port = DefaultPort;
        if (hasPort && (!int.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
            throw Invalid($"'{surl}' has no usable port.");
        return Uri.CheckHostName(host.Trim('[', ']')) != UriHostNameType.Unknown
            ? (host, port)
            : throw Invalid($"'{surl}' has no usable host name.");
    }

    private static string Decode(string path) => Uri.UnescapeDataString(path);

    private static MdmException Invalid(string message) => new(MdmErrorKind.InvalidName, message);
}
