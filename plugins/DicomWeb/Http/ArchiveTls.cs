using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mdm.Abstractions;
using Mdm.Plugins.DicomWeb.Backend;

namespace Mdm.Plugins.DicomWeb.Http;

/// <summary>PS3.15 B.12 and B.13: TLS 1.2 and 1.3, with a certificate of ours where the archive asks for one.</summary>
internal static class ArchiveTls
{
    public static SslClientAuthenticationOptions Client(DicomWebTlsOptions? options, PluginContext context)
    {
        var tls = new SslClientAuthenticationOptions { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };
        if (options?.CertificateFile is { } certificate)
            tls.ClientCertificates = [X509Certificate2.CreateFromPemFile(context.PathOf(certificate), options.KeyFile is null ? null : context.PathOf(options.KeyFile))];
        if (options?.TrustFile is { } trust)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(context.PathOf(trust));
        }

        return tls;
    }
}
