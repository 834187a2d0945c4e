using System.Runtime.InteropServices;

namespace Mdm.Gsi.Native;

/// <summary>Declarations of libssl and libcrypto 3, nothing else. Return values are read where they are called; ownership is in Handles.cs.</summary>
internal static unsafe partial class OpenSsl
{
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    internal const int SslErrorSsl = 1, SslErrorWantRead = 2, SslErrorSyscall = 5, SslErrorZeroReturn = 6;
    internal const int CtrlMode = 33, CtrlSessionCacheMode = 44, CtrlSetMaxCertList = 51, CtrlHostName = 55, CtrlChainCert = 89, CtrlMinVersion = 123, CtrlMaxVersion = 124;
    internal const int Tls12 = 0x0303, Tls13 = 0x0304;
    internal const int FileTypePem = 1;
    internal const int VerifyNone = 0, VerifyPeer = 1;
    internal const ulong OptionNoRenegotiation = 1UL << 30, OptionCipherServerPreference = 1UL << 22, OptionNoCompression = 1UL << 17, OptionNoTicket = 1UL << 14;
    internal const long ModeReleaseBuffers = 0x10;
    internal const ulong VerifyCrl = 0x4, VerifyCrlAll = 0x8, VerifyAllowProxies = 0x40, VerifyTrustedFirst = 0x8000;
    internal const uint CheckHostNoPartialWildcards = 0x4, CheckHostNeverSubject = 0x20;

    // libssl: contexts
    [LibraryImport(Ssl)] internal static partial nint TLS_server_method();
    [LibraryImport(Ssl)] internal static partial nint TLS_client_method();
    [LibraryImport(Ssl)] internal static partial SslContextHandle SSL_CTX_new(nint method);
    [LibraryImport(Ssl)] internal static partial void SSL_CTX_free(nint context);
    [LibraryImport(Ssl)] internal static partial long SSL_CTX_ctrl(SslContextHandle context, int command, long larg, nint parg);
    [LibraryImport(Ssl)] internal static partial ulong SSL_CTX_set_options(SslContextHandle context, ulong options);
    [LibraryImport(Ssl)] internal static partial int SSL_CTX_set_num_tickets(SslContextHandle context, nuint count);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)] internal static partial int SSL_CTX_set_cipher_list(SslContextHandle context, string list);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)] internal static partial int SSL_CTX_set_ciphersuites(SslContextHandle context, string list);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)] internal static partial int SSL_CTX_use_certificate_chain_file(SslContextHandle context, string file);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)] internal static partial int SSL_CTX_use_PrivateKey_file(SslContextHandle context, string file, int type);
    [LibraryImport(Ssl)] internal static partial int SSL_CTX_check_private_key(SslContextHandle context);
    [LibraryImport(Ssl)] internal static partial void SSL_CTX_set_verify(SslContextHandle context, int mode, nint callback);
    [LibraryImport(Ssl)] internal static partial void SSL_CTX_set_cert_verify_callback(SslContextHandle context, delegate* unmanaged<nint, nint, int> callback, nint argument);

    // libssl: connections. Hot calls take the raw pointer: TlsEngine holds the handle and the lock.
    [LibraryImport(Ssl)] internal static partial SslHandle SSL_new(SslContextHandle context);
    [LibraryImport(Ssl)] internal static partial void SSL_free(nint ssl);
    [LibraryImport(Ssl)] internal static partial void SSL_set_bio(nint ssl, nint readBio, nint writeBio);
    [LibraryImport(Ssl)] internal static partial void SSL_set_accept_state(nint ssl);
    [LibraryImport(Ssl)] internal static partial void SSL_set_connect_state(nint ssl);
    [LibraryImport(Ssl)] internal static partial int SSL_set_session_id_context(nint ssl, byte* context, uint length);
    [LibraryImport(Ssl)] internal static partial int SSL_do_handshake(nint ssl);
    [LibraryImport(Ssl)] internal static partial int SSL_read(nint ssl, byte* buffer, int length);
    [LibraryImport(Ssl)] internal static partial int SSL_peek(nint ssl, byte* buffer, int length);
    [LibraryImport(Ssl)] internal static partial int SSL_write(nint ssl, byte* buffer, int length);
    [LibraryImport(Ssl)] internal static partial int SSL_shutdown(nint ssl);
    [LibraryImport(Ssl)] internal static partial int SSL_get_error(nint ssl, int result);
    [LibraryImport(Ssl)] internal static partial nint SSL_get_version(nint ssl);
    [LibraryImport(Ssl)] internal static partial nint SSL_get_current_cipher(nint ssl);
    [LibraryImport(Ssl)] internal static partial nint SSL_CIPHER_get_name(nint cipher);
    [LibraryImport(Ssl)] internal static partial nint SSL_get0_peer_certificate(nint ssl);
    [LibraryImport(Ssl)] internal static partial nint SSL_get_peer_cert_chain(nint ssl);
    [LibraryImport(Ssl)] internal static partial long SSL_ctrl(nint ssl, int command, long larg, nint parg);
    [LibraryImport(Ssl)] internal static partial int SSL_use_certificate(nint ssl, X509Handle certificate);
    [LibraryImport(Ssl)] internal static partial int SSL_use_PrivateKey(nint ssl, KeyHandle key);

    // libcrypto: memory BIOs and the error queue
    [LibraryImport(Crypto)] internal static partial nint BIO_s_mem();
    [LibraryImport(Crypto)] internal static partial nint BIO_new(nint method);
    [LibraryImport(Crypto)] internal static partial int BIO_free(nint bio);
    [LibraryImport(Crypto)] internal static partial int BIO_read(nint bio, byte* buffer, int length);
    [LibraryImport(Crypto)] internal static partial int BIO_write(nint bio, byte* buffer, int length);
    [LibraryImport(Crypto)] internal static partial nuint BIO_ctrl_pending(nint bio);
    [LibraryImport(Crypto)] internal static partial ulong ERR_get_error();
    [LibraryImport(Crypto)] internal static partial void ERR_clear_error();
    [LibraryImport(Crypto)] internal static partial nint ERR_reason_error_string(ulong error);

    // libcrypto: certificates and their verification
    [LibraryImport(Crypto)] internal static partial X509Handle d2i_X509(nint result, byte** input, int length);
    [LibraryImport(Crypto)] internal static partial KeyHandle d2i_AutoPrivateKey(nint result, byte** input, int length);
    [LibraryImport(Crypto)] internal static partial int i2d_X509(nint certificate, byte** output);
    [LibraryImport(Crypto)] internal static partial void X509_free(nint certificate);
    [LibraryImport(Crypto)] internal static partial void EVP_PKEY_free(nint key);
    [LibraryImport(Crypto)] internal static partial int X509_up_ref(X509Handle certificate);
    [LibraryImport(Crypto)] internal static partial int X509_check_host(X509Handle certificate, byte* name, nuint length, uint flags, nint peerName);
    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)] internal static partial int X509_check_ip_asc(X509Handle certificate, string address, uint flags);
    [LibraryImport(Crypto)] internal static partial nint OPENSSL_sk_new_null();
    [LibraryImport(Crypto)] internal static partial int OPENSSL_sk_push(nint stack, nint item);
    [LibraryImport(Crypto)] internal static partial int OPENSSL_sk_num(nint stack);
    [LibraryImport(Crypto)] internal static partial nint OPENSSL_sk_value(nint stack, int index);
    [LibraryImport(Crypto)] internal static partial void OPENSSL_sk_pop_free(nint stack, nint free);
    [LibraryImport(Crypto)] internal static partial X509StoreHandle X509_STORE_new();
    [LibraryImport(Crypto)] internal static partial void X509_STORE_free(nint store);
    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)] internal static partial int X509_STORE_load_path(X509StoreHandle store, string directory);
    [LibraryImport(Crypto)] internal static partial StoreContextHandle X509_STORE_CTX_new();
    [LibraryImport(Crypto)] internal static partial void X509_STORE_CTX_free(nint context);
    [LibraryImport(Crypto)] internal static partial int X509_STORE_CTX_init(StoreContextHandle context, X509StoreHandle store, X509Handle leaf, X509StackHandle untrusted);
    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)] internal static partial int X509_STORE_CTX_set_default(StoreContextHandle context, string name);
    [LibraryImport(Crypto)] internal static partial void X509_STORE_CTX_set_flags(StoreContextHandle context, ulong flags);
    [LibraryImport(Crypto)] internal static partial void X509_STORE_CTX_set_depth(StoreContextHandle context, int depth);
    [LibraryImport(Crypto)] internal static partial void X509_STORE_CTX_set_time(StoreContextHandle context, ulong flags, long unixSeconds);
    [LibraryImport(Crypto)] internal static partial void X509_STORE_CTX_set_verify_cb(StoreContextHandle context, delegate* unmanaged<int, nint, int> callback);
    [LibraryImport(Crypto)] internal static partial nint X509_STORE_CTX_get0_param(StoreContextHandle context);
    [LibraryImport(Crypto)] internal static partial void X509_VERIFY_PARAM_set_auth_level(nint param, int level);
    [LibraryImport(Crypto)] internal static partial int X509_verify_cert(StoreContextHandle context);
    [LibraryImport(Crypto)] internal static partial int X509_STORE_CTX_get_error(nint context);
    [LibraryImport(Crypto, EntryPoint = "X509_STORE_CTX_get_error")] internal static partial int X509_STORE_CTX_get_error(StoreContextHandle context);
    [LibraryImport(Crypto)] internal static partial nint X509_STORE_CTX_get_current_cert(StoreContextHandle context);
    [LibraryImport(Crypto)] internal static partial nint X509_STORE_CTX_get0_chain(StoreContextHandle context);
    [LibraryImport(Crypto)] internal static partial nint X509_verify_cert_error_string(long error);

    /// <summary>Takes the oldest reason from this thread's error queue and empties the queue.</summary>
    internal static string TakeError(string otherwise) => TakeError(otherwise, out _);

    /// <param name="otherwise">What is said where OpenSSL says nothing.</param>
    /// <param name="isRefusal">True when the peer sent an alert that it would send again: ssl.h has reasons from <c>SSL_AD_REASON_OFFSET</c> on for them.</param>
    internal static string TakeError(string otherwise, out bool isRefusal)
    {
        const uint LibraryShift = 23, LibraryMask = 0xFF, ReasonMask = 0x7F_FFFF, OfSsl = 20, AlertOffset = 1000, AlertEnd = AlertOffset + 256;
        const uint InternalError = AlertOffset + 80, UserCancelled = AlertOffset + 90;
        var code = ERR_get_error();
        ERR_clear_error();
        var reason = (uint)code & ReasonMask;
        isRefusal = (((uint)code >> (int)LibraryShift) & LibraryMask) == OfSsl && reason is >= AlertOffset and < AlertEnd and not (InternalError or UserCancelled);
        return code == 0 ? otherwise : Marshal.PtrToStringUTF8(ERR_reason_error_string(code)) ?? otherwise;
    }
}
