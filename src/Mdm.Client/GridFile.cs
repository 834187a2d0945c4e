using Mdm.Abstractions;
using Mdm.Client.Files;

namespace Mdm.Client;

/// <summary>
/// A file that is open for reading from any place, deciphered when it is sealed, by any number of readers at once. What was read last is kept in memory, up to
/// <see cref="MaxKept"/>; nothing is written here. The host keeps the file ready until this is disposed. Dispose it when nobody reads any more.
/// </summary>
public sealed class GridFile : IAsyncDisposable
{
    /// <summary>Bytes kept for readers that come back.</summary>
    public const long MaxKept = (long)WindowCache.MaxKept << 20;

    private readonly IWindowSource _source;
    private readonly WindowCache _cache;

    internal GridFile(Surl surl, IWindowSource source, bool isSealed)
    {
        (Surl, IsSealed, _source) = (surl, isSealed, source);
        _cache = new WindowCache(source);
    }

    /// <summary>Which file.</summary>
    public Surl Surl { get; }

    /// <summary>True when it comes sealed and is deciphered here.</summary>
    public bool IsSealed { get; }

    /// <summary>Bytes that can be read: of the plaintext of a sealed file.</summary>
    public long Length => _source.Length;

    /// <summary>Reads from an offset on.</summary>
    /// <param name="offset">From 0.</param>
    /// <param name="buffer">Filled, unless the file ends before.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Bytes read: fewer than there is room for at the end of the file only, 0 at or beyond it.</returns>
    /// <exception cref="SrmException">They cannot be had, or are not authentic.</exception>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        try
        {
            var filled = 0;
            while (filled < buffer.Length && offset + filled < Length)
                filled += await _cache.ReadAsync(offset + filled, buffer[filled..], cancellationToken).ConfigureAwait(false);
            // That there is no more is a statement, too, which has to be authentic.
            if (filled < buffer.Length)
                await _source.VerifyEndAsync(cancellationToken).ConfigureAwait(false);
            return filled;
        }
        catch (MdmException e)
        {
            throw new SrmException(null, $"{Surl}: {e.Message}", e);
        }
    }

    /// <summary>Tells the host that the file need not stay.</summary>
    public async ValueTask DisposeAsync()
    {
        await _cache.DisposeAsync().ConfigureAwait(false);
        _source.Dispose();
    }
}
