using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Gsi.Proxies;
using Mdm.Gsi.Trust;

namespace Mdm.Gsi.Server;

/// <summary>The server's side of a delegation (RFC 3820): a key and a request for it out, a proxy certificate in.</summary>
internal sealed class DelegationAcceptor(TrustStore trust) : IDisposable
{
    private const int KeyBits = 2048;

    // Making a key costs some 50 ms of a processor: never more than this many at a time.
    private readonly SemaphoreSlim _keys = new(Math.Max(1, Environment.ProcessorCount / 2));
    private byte[]? _decoyRequest;

    /// <summary>Runs the delegation; null when the caller is not accepted or what it sent is not a proxy of its own, with the reason.</summary>
    public async Task<(DelegatedCredential? Credential, string? Refusal)> RunAsync(GridConnection connection, CancellationToken cancellationToken)
    {
        using var key = connection.Peer is null ? null : await CreateKeyAsync(cancellationToken);
        // Whoever is refused must get through the delegation to be told why; its proxy is thrown away, so no key is made for it.
        var request = key is null ? _decoyRequest ??= await CreateDecoyAsync(cancellationToken) : RequestFor(key);
        await connection.Tls.WriteAsync(request, cancellationToken);
        await connection.Tls.FlushAsync(cancellationToken);
        var der = await GsiProtocol.ReadEncodedAsync(connection.Tls, GsiProtocol.MaxProxyLength, cancellationToken);
        return key is null ? (null, connection.RefusalReason) : Accept(connection, key, ImmutableCollectionsMarshal.AsImmutableArray(der));
    }

    public void Dispose() => _keys.Dispose();

    private (DelegatedCredential?, string?) Accept(GridConnection connection, RSA key, ImmutableArray<byte> der)
    {
        if (!CertificateFacts.TryParse(der.AsMemory(), out var proxy) || !CertificateFacts.TryParse(connection.Presented[0].AsMemory(), out var leaf))
            return (null, "the delegated proxy cannot be read");
        if (!proxy.IsProxy)
            return (null, "what was delegated is not a proxy");
        if (!proxy.PublicKey.Span.SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            return (null, "the delegated proxy is not for the key that was asked for");
        if (!proxy.IssuerDer.Span.SequenceEqual(leaf.SubjectDer.Span))
            return (null, "the delegated proxy was not issued by the caller's own credential");
        if (proxy.NotAfter > leaf.NotAfter)
            return (null, "the delegated proxy outlives its issuer");
        // Signature, names, path length and revocation: by the same rules as any caller's chain.
        var (peer, refusal) = PeerVerifier.Verify(connection.Presented.Insert(0, der), trust.Current, trust.Clock.GetUtcNow());
        if (peer is null)
            return (null, $"the delegated proxy is refused: {refusal}");
        // A caller's chain also holds CAs; they are the business of whoever verifies it.
        var facts = CertificateFacts.ParseChain(peer.Chain)!.Value;
        var chain = peer.Chain[..(PeerRules.EndEntityOf(facts) + 1)];
        return (new DelegatedCredential(peer.Identity, chain, peer.NotAfter, key.ExportPkcs8PrivateKey()), null);
    }

    private async Task<RSA> CreateKeyAsync(CancellationToken cancellationToken)
    {
        await _keys.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(
                () =>
                {
                    var key = RSA.Create(KeyBits);
                    _ = key.ExportParameters(false); // Makes the key now; it is lazy otherwise.
                    return key;
                },
                cancellationToken);
        }
        finally
        {
            _keys.Release();
        }
    }

    private async Task<byte[]> CreateDecoyAsync(CancellationToken cancellationToken)
    {
        using var key = await CreateKeyAsync(cancellationToken);
        return RequestFor(key);
    }

    private static byte[] RequestFor(RSA key) =>
        new CertificateRequest(new X500DistinguishedName("CN=delegation"), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();

}
