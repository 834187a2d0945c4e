namespace Mdm.Gsi.Trust;

internal static class Oids
{
    public const string BasicConstraints = "2.5.29.19";
    public const string KeyUsage = "2.5.29.15";
    public const string AuthorityKeyIdentifier = "2.5.29.35";
    public const string NoRevocationAvailable = "2.5.29.56";

    /// <summary>RFC 3820 §3.8.</summary>
    public const string ProxyCertInfo = "1.3.6.1.5.5.7.1.14";
    public const string InheritAll = "1.3.6.1.5.5.7.21.1";

    /// <summary>Globus: a proxy that may move data and not start jobs.</summary>
    public const string LimitedProxy = "1.3.6.1.4.1.3536.1.1.1.9";

    /// <summary>VOMS: the sequence of attribute certificates in a proxy; inside one, its attributes and its signer's certificates.</summary>
    public const string VomsAttributeCertificates = "1.3.6.1.4.1.8005.100.100.5";
    public const string VomsFqans = "1.3.6.1.4.1.8005.100.100.4";
    public const string VomsSignerCertificates = "1.3.6.1.4.1.8005.100.100.10";
}
