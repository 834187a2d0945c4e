namespace Mdm.Host.Staging;

/// <summary>Length and adler32 of the delivered bytes, taken while they pass. Not safe for concurrent use.</summary>
internal struct Checksums()
{
    private Adler32 _adler = Adler32.Empty;

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    public readonly FileFacts Facts => new(Length, _adler.Value);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _adler.Append(bytes);
        Length += bytes.Length;
    }
}
