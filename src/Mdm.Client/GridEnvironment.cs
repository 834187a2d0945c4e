using System.Runtime.InteropServices;

namespace Mdm.Client;

/// <summary>Where a grid user's credential and trust are on this machine, by the variables that every grid client reads.</summary>
public sealed record GridEnvironment
{
    /// <summary>Names the SRM that plain paths are at: <c>srm://host:port</c>.</summary>
    public const string EndpointVariable = "MDM_ENDPOINT";

    /// <summary>Names the keystores, instead of those that hosts announce: <c>https://a:8443/path,https://b:8443/path;2</c>.</summary>
    public const string KeystoresVariable = "MDM_KEYSTORES";

    /// <summary>Names the metadata servers, instead of those that the endpoint announces: <c>host:port,host:port/collection</c>.</summary>
    public const string MetadataVariable = "MDM_AMGA";

    private const string DefaultTrustDirectory = "/etc/grid-security/certificates";

    /// <summary>A proxy, or a certificate, in PEM, the certificates that issued it after it; null when there is none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Its key in PEM; the same file for a proxy.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The directory of CA certificates, revocation lists and signing policies.</summary>
    public required string TrustDirectory { get; init; }

    /// <summary>The SRM that plain paths are at; null when none is set.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Keystores to ask instead of those that hosts announce, as <see cref="Keys.KeystoreSetting"/> reads them; null to ask hosts.</summary>
    public string? Keystores { get; init; }

    /// <summary>Metadata servers to ask instead of those that the endpoint announces, as <see cref="Metadata.MetadataServer.ParseMany"/> reads them; null to ask the endpoint.</summary>
    public string? MetadataServers { get; init; }

    /// <summary>What was looked at, for the message when there is no credential.</summary>
    public required string Searched { get; init; }

    /// <summary>Reads this process's environment.</summary>
    public static GridEnvironment Read() => Read(Environment.GetEnvironmentVariable, File.Exists, geteuid());

    /// <summary>
    /// Looks where Globus looks: <c>X509_USER_PROXY</c>, <c>/tmp/x509up_uUID</c>, then <c>X509_USER_CERT</c> with <c>X509_USER_KEY</c>; trust in <c>X509_CERT_DIR</c>.
    /// A file that a variable names but that is missing is an answer, not a reason to go on: somebody else's identity would be taken.
    /// </summary>
    internal static GridEnvironment Read(Func<string, string?> variable, Func<string, bool> exists, uint userId)
    {
        var proxyOfUser = $"/tmp/x509up_u{userId}";
        var found = (variable("X509_USER_PROXY"), variable("X509_USER_CERT"), variable("X509_USER_KEY")) switch
        {
            ({ Length: > 0 } proxy, _, _) => (Certificate: proxy, Key: proxy),
            (_, { Length: > 0 } certificate, { Length: > 0 } key) when !exists(proxyOfUser) => (Certificate: certificate, Key: key),
            _ => exists(proxyOfUser) ? (Certificate: proxyOfUser, Key: proxyOfUser) : default((string? Certificate, string? Key)),
        };
        return new GridEnvironment
        {
            CertificateFile = found.Certificate,
            KeyFile = found.Key,
            TrustDirectory = variable("X509_CERT_DIR") is { Length: > 0 } directory ? directory : DefaultTrustDirectory,
            Endpoint = variable(EndpointVariable) is { Length: > 0 } endpoint ? endpoint : null,
            Keystores = KeystoresOf(variable),
            MetadataServers = variable(MetadataVariable) is { Length: > 0 } servers ? servers : null,
            Searched = $"X509_USER_PROXY, {proxyOfUser}, X509_USER_CERT with X509_USER_KEY",
        };
    }

    // How many give a key may stand with the keystores or beside them.
    private static string? KeystoresOf(Func<string, string?> variable) => (variable(KeystoresVariable), variable(Keys.GridKeys.ThresholdVariable)) switch
    {
        ({ Length: > 0 } keystores, { Length: > 0 } threshold) when !keystores.Contains(';', StringComparison.Ordinal) => $"{keystores};{threshold}",
        ({ Length: > 0 } keystores, _) => keystores,
        _ => null,
    };

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint geteuid();
}
