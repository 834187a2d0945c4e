using System.Runtime.InteropServices;

namespace Mdm.Gsi.Native;

/// <summary>Makes the SSL_CTX of either end.</summary>
internal static unsafe class TlsContext
{
    // Forward secrecy and authenticated encryption only; every grid client in use offers them.
    private const string Ciphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
    private const string Ciphers13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

    // A peer's whole chain with several attribute certificates in one of them.
    private const int MaxPeerChainBytes = 256 * 1024;

    public static SslContextHandle ForServer(string certificateFile, string keyFile, bool allowTls13)
    {
        var context = Create(OpenSsl.TLS_server_method(), allowTls13);
        try
        {
            // Nothing is resumed: a resumed session has lost the chain. Yet exactly one ticket: after a TLS 1.3 handshake CGSI waits for one more record and takes a second one as the end.
            _ = OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlSessionCacheMode, 0, 0);
            Check(OpenSsl.SSL_CTX_set_num_tickets(context, 1) == 1, "the number of tickets was not accepted");
            Check(OpenSsl.SSL_CTX_use_certificate_chain_file(context, certificateFile) == 1, $"{certificateFile} is not a usable certificate");
            Check(OpenSsl.SSL_CTX_use_PrivateKey_file(context, keyFile, OpenSsl.FileTypePem) == 1, $"{keyFile} is not a usable private key");
            Check(OpenSsl.SSL_CTX_check_private_key(context) == 1, "the key does not belong to the certificate");
            OpenSsl.ERR_clear_error();
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    public static SslContextHandle ForClient() => Create(OpenSsl.TLS_client_method(), allowTls13: true);

    private static SslContextHandle Create(nint method, bool allowTls13)
    {
        var context = OpenSsl.SSL_CTX_new(method);
        Check(!context.IsInvalid, "no memory");
        try
        {
            Check(OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlMinVersion, OpenSsl.Tls12, 0) == 1, "TLS 1.2 is not available");
            Check(OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlMaxVersion, allowTls13 ? OpenSsl.Tls13 : OpenSsl.Tls12, 0) == 1, "the TLS version is not available");
            Check(OpenSsl.SSL_CTX_set_cipher_list(context, Ciphers12) == 1, "no cipher of TLS 1.2 is available");
            Check(OpenSsl.SSL_CTX_set_ciphersuites(context, Ciphers13) == 1, "no cipher of TLS 1.3 is available");
            _ = OpenSsl.SSL_CTX_set_options(context, OpenSsl.OptionNoRenegotiation | OpenSsl.OptionNoCompression);
            _ = OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlMode, OpenSsl.ModeReleaseBuffers, 0);
            _ = OpenSsl.SSL_CTX_ctrl(context, OpenSsl.CtrlSetMaxCertList, MaxPeerChainBytes, 0);
            OpenSsl.SSL_CTX_set_verify(context, OpenSsl.VerifyPeer, 0);
            OpenSsl.SSL_CTX_set_cert_verify_callback(context, &VerifyLater, 0);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    // Chains are verified right after the handshake, in one place for all uses: a server can then tell a refused caller why. Nothing is read before.
    [UnmanagedCallersOnly]
    private static int VerifyLater(nint storeContext, nint argument) => 1;

    private static void Check(bool good, string what)
    {
        if (!good)
            throw new IOException($"TLS cannot be set up: {what} ({OpenSsl.TakeError("no further reason")}).");
    }
}
