using Microsoft.Win32.SafeHandles;

namespace Mdm.Formats.Sealed;

/// <summary>Where a sealed file's bytes are, to be read from any place: a file, ranges over HTTP. Implementations are safe for concurrent use.</summary>
public interface ISealedSource : IDisposable
{
    /// <summary>Bytes of the whole sealed file; the same as long as the source is open.</summary>
    long Length { get; }

    /// <summary>Reads some bytes; fewer than asked for only at the end or where the source has them in pieces, none only at the end.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <inheritdoc cref="Read"/>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);
}

/// <summary>A sealed file on this machine.</summary>
public sealed class SealedFileSource : ISealedSource
{
    private readonly SafeFileHandle _file;

    /// <summary>Takes an open file over and closes it in the end.</summary>
    public SealedFileSource(SafeFileHandle file)
    {
        _file = file;
        Length = RandomAccess.GetLength(file);
    }

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SealedFileSource Open(string path)
    {
        var file = File.OpenHandle(path);
        try
        {
            return new SealedFileSource(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> buffer) => RandomAccess.Read(_file, buffer, offset);

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => RandomAccess.ReadAsync(_file, buffer, offset, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
