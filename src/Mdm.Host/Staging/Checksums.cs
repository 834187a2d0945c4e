using System.Security.Cryptography;

namespace Mdm.Host.Staging;

/// <summary>Length, adler32 and md5 of the delivered bytes, taken while they pass. Not safe for concurrent use.</summary>
internal sealed class Checksums : IDisposable
{
#pragma warning disable CA5351 // md5 is what grid clients compare against accidents (RFC 3230); nothing is secured by it.
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
    private Adler32 _adler = Adler32.Empty;

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _adler.Append(bytes);
        _md5.AppendData(bytes);
        Length += bytes.Length;
    }

    public FileFacts Finish() => new(Length, _adler.Value, Convert.ToHexStringLower(_md5.GetHashAndReset()));

    public void Dispose() => _md5.Dispose();
}
