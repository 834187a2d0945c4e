using Mdm.Formats.Sealed;

namespace Mdm.Client.Files;

/// <summary>The bytes of a remote file as the host sends them, read from any place over HTTP ranges. Owns the file.</summary>
internal sealed class RangeSource : ISealedSource, IAsyncDisposable
{
    private readonly RemoteFile _file;

    private RangeSource(RemoteFile file, long length, string? mediaType, byte[] head) => (_file, Length, MediaType, Head) = (file, length, mediaType, head);

    public long Length { get; }

    public string? MediaType { get; }

    /// <summary>The first bytes, as many as a sealed file's header has or as there are.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>Asks for the beginning, which tells the rest.</summary>
    /// <param name="file">The file; disposed with this, also when this fails.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SrmException">The file cannot be had.</exception>
    public static async Task<RangeSource> OpenAsync(RemoteFile file, CancellationToken cancellationToken)
    {
        try
        {
            return await file.PersistAsync(async token =>
            {
                using var response = await file.AskAsync(0, SealedFormat.HeaderLength - 1, token).ConfigureAwait(false);
                var content = response.Content.Headers;
                // A host that sends all of a file, since it is not longer, says its length alone.
                var length = content.ContentRange?.Length ?? content.ContentLength ?? throw new SrmException(null, $"{file.Surl}: the host does not say how long the file is.");
                var head = new byte[Math.Min(length, SealedFormat.HeaderLength)];
                var body = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
                await using (body.ConfigureAwait(false))
                    await body.ReadExactlyAsync(head, token).ConfigureAwait(false);
                return new RangeSource(file, length, content.ContentType?.MediaType, head);
            }, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var wanted = buffer[..(int)Math.Max(0, Math.Min(buffer.Length, Length - offset))];
        if (wanted.IsEmpty)
            return new(0);
        return _file.PersistAsync(async token =>
        {
            using var response = await _file.AskAsync(offset, offset + wanted.Length - 1, token).ConfigureAwait(false);
            var body = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
                await body.ReadExactlyAsync(wanted, token).ConfigureAwait(false);
            return wanted.Length;
        }, cancellationToken);
    }

    // Streams have to be readable at once, too; nothing of this needs the thread that waits.
    public int Read(long offset, Span<byte> buffer)
    {
        var copy = new byte[buffer.Length];
        var read = ReadAsync(offset, copy, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        copy.AsSpan(0, read).CopyTo(buffer);
        return read;
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
