using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mdm.Gsi.Native;

namespace Mdm.Gsi.Trust;

internal enum ChainPurpose
{
    /// <summary>A TLS client, which may present a proxy.</summary>
    Client,

    /// <summary>A TLS server: never a proxy, since a proxy of one host could carry the name of another.</summary>
    Server,

    /// <summary>The signer of an attribute certificate.</summary>
    AttributeSigner,
}

/// <summary>What OpenSSL said of a chain: the chain it built up to the trusted CA, or the first thing that was wrong.</summary>
internal sealed record ChainResult(ImmutableArray<ImmutableArray<byte>> Chain, string? Refusal);

/// <summary>Signatures, dates, trust and revocation of a chain, by OpenSSL against the CA directory.</summary>
internal static unsafe class ChainVerifier
{
    /// <summary>Certificates accepted from a peer: an end entity, its CAs, and proxies of proxies.</summary>
    public const int MaxChainLength = 20;

    // 2 is 112 bits: RSA 2048 or more, no SHA-1.
    private const int SecurityLevel = 2;
    private const int NoError = 0, UnableToGetCrl = 3, NotYetValid = 9, CrlNotYetValid = 11;

    public static ChainResult Verify(ImmutableArray<ImmutableArray<byte>> chain, X509StoreHandle store, ChainPurpose purpose, MissingCrlPolicy missingCrl, DateTimeOffset now)
    {
        if (chain.IsDefaultOrEmpty)
            return new ChainResult([], "no certificate was presented");
        if (chain.Length > MaxChainLength)
            return new ChainResult([], $"the certificate chain has more than {MaxChainLength} certificates");
        using var leaf = X509Handle.Parse(chain[0].AsSpan());
        if (leaf.IsInvalid)
            return new ChainResult([], "the certificate cannot be read");
        using var untrusted = new X509StackHandle();
        foreach (var der in chain.AsSpan()[1..])
        {
            using var certificate = X509Handle.Parse(der.AsSpan());
            if (!certificate.IsInvalid)
                untrusted.Add(certificate);
        }
        var result = Verify(leaf, untrusted, store, purpose, missingCrl, now, out var error);
        // Judging once more at the latest start that is tolerated leaves end times as strict as they were: they only come nearer.
        return error is NotYetValid or CrlNotYetValid
            ? Verify(leaf, untrusted, store, purpose, missingCrl, now + ClockSkew.OfStarts, out _)
            : result;
    }

    private static ChainResult Verify(X509Handle leaf, X509StackHandle untrusted, X509StoreHandle store, ChainPurpose purpose, MissingCrlPolicy missingCrl, DateTimeOffset at, out int error)
    {
        using var context = OpenSsl.X509_STORE_CTX_new();
        if (context.IsInvalid || OpenSsl.X509_STORE_CTX_init(context, store, leaf, untrusted) != 1)
            throw new IOException(OpenSsl.TakeError("no memory to verify a certificate"));
        if (purpose != ChainPurpose.AttributeSigner && OpenSsl.X509_STORE_CTX_set_default(context, purpose == ChainPurpose.Client ? "ssl_client" : "ssl_server") != 1)
            throw new IOException(OpenSsl.TakeError("the purpose of a certificate cannot be verified"));
        var flags = OpenSsl.VerifyCrl | OpenSsl.VerifyCrlAll | OpenSsl.VerifyTrustedFirst;
        OpenSsl.X509_STORE_CTX_set_flags(context, purpose == ChainPurpose.Client ? flags | OpenSsl.VerifyAllowProxies : flags);
        OpenSsl.X509_STORE_CTX_set_depth(context, MaxChainLength);
        OpenSsl.X509_STORE_CTX_set_time(context, 0, at.ToUnixTimeSeconds());
        OpenSsl.X509_VERIFY_PARAM_set_auth_level(OpenSsl.X509_STORE_CTX_get0_param(context), SecurityLevel);
        if (missingCrl == MissingCrlPolicy.Accept)
            OpenSsl.X509_STORE_CTX_set_verify_cb(context, &TolerateMissingCrl);

        // Without a callback that goes on, the verification stops at the first error, which is the one worth telling.
        var verified = OpenSsl.X509_verify_cert(context) == 1;
        error = verified ? NoError : OpenSsl.X509_STORE_CTX_get_error(context);
        OpenSsl.ERR_clear_error();
        if (verified)
            return new ChainResult(X509StackHandle.Encode(OpenSsl.X509_STORE_CTX_get0_chain(context)), null);
        return new ChainResult([], SentenceOf(error, OpenSsl.X509_STORE_CTX_get_current_cert(context)));
    }

    [UnmanagedCallersOnly]
    private static int TolerateMissingCrl(int ok, nint context) =>
        ok == 0 && OpenSsl.X509_STORE_CTX_get_error(context) == UnableToGetCrl ? 1 : ok;

    private static string SentenceOf(int error, nint certificate)
    {
        var whose = certificate != 0 && CertificateFacts.TryParse(X509Handle.Encode(certificate).AsMemory(), out var facts)
            ? facts
            : null;
        var what = error switch
        {
            10 => "certificate has expired",
            NotYetValid => "certificate is not yet valid",
            23 => "certificate revoked",
            2 or 20 or 21 or 27 => $"the certificate's issuer is not a CA that is trusted here (issuer {whose?.Issuer ?? "unknown"})",
            18 or 19 => "the certificate is self-signed and not a trusted CA",
            UnableToGetCrl => $"no revocation list of the CA {whose?.Issuer ?? "unknown"} is installed here",
            12 => $"the revocation list of the CA {whose?.Issuer ?? "unknown"} has expired",
            CrlNotYetValid => "the revocation list of the CA is not yet valid",
            7 => "the certificate's signature is broken",
            38 => "proxy path length constraint exceeded",
            40 => "proxy certificates are not allowed here",
            72 => "the proxy's subject is not its issuer's subject and one more CN",
            79 or 24 => "the certificate was signed by a certificate that is not a CA's",
            _ => Marshal.PtrToStringUTF8(OpenSsl.X509_verify_cert_error_string(error)) ?? $"certificate error {error}",
        };
        return whose is null ? what : $"{what}: {whose.Subject}";
    }
}
