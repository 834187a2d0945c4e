using Mdm.Client;
using Mdm.Client.Keys;

namespace Mdm.Cli.Described;

/// <summary>Notes that many commands share: which variables they read.</summary>
internal static class GridNotes
{
    private static readonly IReadOnlyList<ICommandNote> Credential =
    [
        new Variable("X509_USER_PROXY", "The proxy that says who you are; /tmp/x509up_uUID when it is not set, else X509_USER_CERT with X509_USER_KEY."),
        new Variable("X509_CERT_DIR", "The directory of trusted CAs; /etc/grid-security/certificates when it is not set."),
    ];

    /// <summary>Commands that speak to a host.</summary>
    public static readonly IReadOnlyList<ICommandNote> Srm =
    [
        .. Credential,
        new Variable(GridEnvironment.EndpointVariable, "The host that plain paths are at, as srm://se.example.org:8443."),
    ];

    /// <summary>Commands that decipher what they fetch.</summary>
    public static readonly IReadOnlyList<ICommandNote> Sealed =
    [
        .. Srm,
        new Variable(GridEnvironment.KeystoresVariable, "The keystores, instead of those that the host announces: https://a:8443/path,https://b:8443/path;2."),
    ];

    /// <summary>Commands that speak to keystores.</summary>
    public static readonly IReadOnlyList<ICommandNote> Keys =
    [
        .. Credential,
        new Variable(GridEnvironment.KeystoresVariable, "The keystores, in the host's order: https://a:8443/path,https://b:8443/path;2."),
        new Variable(GridKeys.ThresholdVariable, "How many of them give a key; more than half when it is not set."),
    ];

    /// <summary>Commands that speak to metadata servers.</summary>
    public static readonly IReadOnlyList<ICommandNote> Metadata =
    [
        .. Srm,
        new Variable(GridEnvironment.MetadataVariable, "The metadata servers, instead of those that the host announces: host:port,host:port/collection."),
    ];
}
