using System.Security.Cryptography;
using Mdm.Host.Staging;

namespace Mdm.Host.Uploads;

/// <summary>A request's body on its way into an archive: counted, summed, and never longer than what is set aside for it.</summary>
/// <param name="body">What comes.</param>
/// <param name="most">Longest that is taken.</param>
/// <param name="granted">Bytes that are set aside.</param>
/// <param name="growAsync">Sets more aside, so that there are at least so many; gives how many there are then.</param>
/// <param name="digests">Taken besides, because somebody said what they must be.</param>
internal sealed class ArrivingStream(Stream body, long most, long granted, Func<long, Task<long>> growAsync, IReadOnlyList<HashAlgorithmName> digests) : ReadOnlyStream
{
    /// <summary>PS3.10 §7.1: a preamble of 128 bytes, then four letters.</summary>
    private const int PreambleLength = 128;

    private readonly List<IncrementalHash> _hashes = [.. digests.Select(IncrementalHash.CreateHash)];
    private Checksums _checksums = new();
    private ReadOnlyMemory<byte> _beginning;
    private long _granted = granted;

    public override long Position { get => _checksums.Length; }

    /// <summary>Of what was read so far.</summary>
    public FileFacts Facts => _checksums.Facts;

    /// <summary>Looks at the beginning, which is given out afterwards.</summary>
    /// <returns>True when it is that of a DICOM file.</returns>
    public async Task<bool> IsDicomAsync(CancellationToken cancellationToken)
    {
        var beginning = new byte[PreambleLength + 4];
        var count = await body.ReadAtLeastAsync(beginning, beginning.Length, throwOnEndOfStream: false, cancellationToken);
        _beginning = beginning.AsMemory(0, count);
        return count == beginning.Length && beginning.AsSpan(PreambleLength).SequenceEqual("DICM"u8);
    }

    /// <summary>The digests, in their order, of all that was read.</summary>
    public IReadOnlyList<byte[]> Digests() => _hashes.ConvertAll(hash => hash.GetCurrentHash());

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        int count;
        if (_beginning.Length > 0)
        {
            count = Math.Min(buffer.Length, _beginning.Length);
            _beginning[..count].CopyTo(buffer);
            _beginning = _beginning[count..];
        }
        else
        {
            count = await body.ReadAsync(buffer, cancellationToken);
        }
        var length = _checksums.Length + count;
        if (length > most)
            throw new MdmException(MdmErrorKind.Refused, $"The file is longer than {most} bytes, which is the most here (Uploads:MaxFileLength).");
        if (length > _granted)
            _granted = await growAsync(length);
        _checksums.Append(buffer.Span[..count]);
        foreach (var hash in _hashes)
            hash.AppendData(buffer.Span[..count]);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _hashes.ForEach(hash => hash.Dispose());
        base.Dispose(disposing);
    }
}
