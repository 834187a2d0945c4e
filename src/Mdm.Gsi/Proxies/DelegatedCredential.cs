using System.Collections.Immutable;
using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Gsi.Proxies;

/// <summary>A proxy that the caller delegated to this process (RFC 3820), with its key. Disposing forgets the key.</summary>
public sealed class DelegatedCredential : IDisposable
{
    private readonly byte[] _privateKey;

    internal DelegatedCredential(GridIdentity identity, ImmutableArray<ImmutableArray<byte>> chain, DateTimeOffset notAfter, byte[] privateKey)
    {
        Identity = identity;
        Chain = chain;
        NotAfter = notAfter;
        _privateKey = privateKey;
    }

    /// <summary>Whose proxy it is.</summary>
    public GridIdentity Identity { get; }

    /// <summary>The proxy, its issuers and the end-entity certificate in DER, leaf first.</summary>
    public ImmutableArray<ImmutableArray<byte>> Chain { get; }

    /// <summary>When the first certificate of the chain ends.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>PKCS#8 in DER; zero after disposal.</summary>
    internal ReadOnlySpan<byte> PrivateKey => _privateKey;

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_privateKey);
}
