using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mdm.Abstractions;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>PS3.15 B.12 and B.13: TLS 1.2 and 1.3, both ends with certificates where both have them.</summary>
internal static class DicomTls
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    public static SslClientAuthenticationOptions Client(DicomTlsOptions options, string host, PluginContext context)
    {
        var own = Own(options, context);
        return new SslClientAuthenticationOptions
        {
            TargetHost = options.TargetHost ?? host,
            EnabledSslProtocols = Protocols,
            ClientCertificates = own is null ? null : [own],
            CertificateChainPolicy = Policy(options, context),
        };
    }

    /// <summary>The receiver of a C-MOVE: the archive must show a certificate when there is something to check it against.</summary>
    public static SslServerAuthenticationOptions Server(DicomTlsOptions options, PluginContext context) => new()
    {
        ServerCertificate = Own(options, context) ?? throw new MdmException(MdmErrorKind.Refused, "C-MOVE over TLS needs Tls:CertificateFile and Tls:KeyFile."),
        EnabledSslProtocols = Protocols,
        ClientCertificateRequired = options.TrustFile is not null,
        CertificateChainPolicy = Policy(options, context),
    };

    private static X509Certificate2? Own(DicomTlsOptions options, PluginContext context) =>
        options.CertificateFile is null
            ? null
            : X509Certificate2.CreateFromPemFile(context.PathOf(options.CertificateFile), options.KeyFile is null ? null : context.PathOf(options.KeyFile));

    private static X509ChainPolicy? Policy(DicomTlsOptions options, PluginContext context)
    {
        if (options.TrustFile is null)
            return null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(context.PathOf(options.TrustFile));
        return policy;
    }
}
