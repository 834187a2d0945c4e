using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Sealed;

namespace Mdm.Client.Files;

/// <summary>A file of this machine as it is.</summary>
internal sealed class PlainSource(string path) : IUploadSource
{
    /// <summary>How much is read at once.</summary>
    public const int BufferLength = 256 * 1024;

    public long Length { get; } = new FileInfo(path).Length;

    public async Task WriteAsync(Stream target, CancellationToken cancellationToken)
    {
        var file = Open(path);
        await using (file.ConfigureAwait(false))
            await file.CopyToAsync(target, BufferLength, cancellationToken).ConfigureAwait(false);
    }

    public static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
}

/// <summary>A file of this machine, sealed while it is read. The header depends on all of the content, so it is read twice.</summary>
internal sealed class SealingSource : IUploadSource
{
    private readonly string _path;
    private readonly ContentKey _key;
    private readonly SealedHeader _header;
    private readonly byte[] _hash;

    private SealingSource(string path, ContentKey key, SealedHeader header, byte[] hash, long plainLength) =>
        (_path, _key, _header, _hash, PlainLength) = (path, key, header, hash, plainLength);

    public long PlainLength { get; }

    public long Length => SealedFormat.SealedLength(PlainLength);

    /// <param name="path">The file.</param>
    /// <param name="id">The key's id.</param>
    /// <param name="key">The key; not disposed.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<SealingSource> OpenAsync(string path, KeyId id, ContentKey key, CancellationToken cancellationToken)
    {
        var (hash, length) = await HashAsync(path, cancellationToken).ConfigureAwait(false);
        return new SealingSource(path, key, SealedHeader.Synthesize(key, id, length, hash), hash, length);
    }

    /// <exception cref="IOException">It is another content than before: nothing else may be sealed with the header.</exception>
    public async Task WriteAsync(Stream target, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = 0L;
        var file = PlainSource.Open(_path);
        await using (file.ConfigureAwait(false))
        {
            var sealing = new SealingStream(target, _header, _key, leaveOpen: true);
            await using (sealing.ConfigureAwait(false))
            {
                var buffer = new byte[PlainSource.BufferLength];
                for (int read; (read = await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
                {
                    // Before it is sealed: what the header was not made for must not be.
                    length += read;
                    if (length > PlainLength)
                        throw Changed();
                    hash.AppendData(buffer, 0, read);
                    await sealing.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                }
                if (length != PlainLength || !hash.GetHashAndReset().AsSpan().SequenceEqual(_hash))
                    throw Changed();
                await sealing.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        IOException Changed() => new($"{_path} changed while it was sealed.");
    }

    private static async Task<(byte[] Hash, long Length)> HashAsync(string path, CancellationToken cancellationToken)
    {
        var file = PlainSource.Open(path);
        await using (file.ConfigureAwait(false))
        {
            var hash = await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false);
            return (hash, file.Position);
        }
    }
}
