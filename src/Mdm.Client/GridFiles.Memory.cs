using Mdm.Abstractions;
using Mdm.Client.Files;
using Mdm.Formats.Sealed;

namespace Mdm.Client;

/// <summary>A file in memory.</summary>
/// <param name="Entry">As the host listed it.</param>
/// <param name="Bytes">All of it, deciphered when it came sealed.</param>
public sealed record FileContent(GridEntry Entry, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Without the content.</summary>
    public override string ToString() => Entry.Surl.ToString();
}

/// <content>Files in memory: one for random access by many readers, or all of a directory whole. Nothing is written here.</content>
public sealed partial class GridFiles
{
    /// <summary>Opens a file for readers on many threads; a sealed one is deciphered as it is read.</summary>
    /// <param name="file">What.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="SrmException">The file cannot be had, or its key.</exception>
    public Task<GridFile> OpenFileAsync(Surl file, CancellationToken cancellationToken) => OpenFileAsync(file, null, cancellationToken);

    /// <inheritdoc cref="OpenFileAsync(Surl, CancellationToken)"/>
    /// <param name="options">How patient; the defaults when null.</param>
    public async Task<GridFile> OpenFileAsync(Surl file, FetchOptions? options, CancellationToken cancellationToken)
    {
        var (source, reader) = await OpenSourceAsync(file, cancellationToken, options).ConfigureAwait(false);
        return reader is null ? new GridFile(file, new PlainWindows(source), isSealed: false) : new GridFile(file, new SealedWindows(reader), isSealed: true);
    }

    /// <summary>
    /// Every file of a directory, or the one file, whole and in memory, in the order in which they arrive. Each is verified against the checksum that was promised. No more than
    /// <see cref="FetchOptions.Parallel"/> arrive or wait while an earlier one is looked at, and no more than <see cref="FetchOptions.MostBytes"/> come at all. The first that cannot be
    /// had ends it; what came and nobody took is cleared.
    /// </summary>
    /// <param name="place">A file or a directory.</param>
    /// <param name="isRecursive">True for everything below a directory; false for its own files.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="cancellationToken">Ends it, and the host's requests.</param>
    /// <exception cref="SrmException">A file cannot be had.</exception>
    /// <exception cref="MdmException">Refused: they are more than <see cref="FetchOptions.MostBytes"/>.</exception>
    public IAsyncEnumerable<FileContent> ReadAllAsync(Surl place, bool isRecursive, FetchOptions? options, CancellationToken cancellationToken)
    {
        var srm = At(place);
        var entries = isRecursive ? BelowOrItselfAsync(place, cancellationToken) : ListAsync(place, cancellationToken);
        return new MemoryFetch(_http, srm, options ?? new FetchOptions(), DecipherIntoAsync).RunAsync(entries, cancellationToken);
    }

    private async IAsyncEnumerable<GridEntry> BelowOrItselfAsync(Surl place, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entry = await StatAsync(place, cancellationToken).ConfigureAwait(false);
        if (entry.Type != Srm.Messages.FileType.Directory)
        {
            yield return entry;
            yield break;
        }
        await foreach (var below in WalkAsync(place, cancellationToken).ConfigureAwait(false))
            yield return below;
    }

    private async Task<(RangeSource Source, SealedReader? Reader)> OpenSourceAsync(Surl file, CancellationToken cancellationToken, FetchOptions? options = null)
    {
        var source = await RangeSource.OpenAsync(await RemoteAsync(file, cancellationToken, options).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        try
        {
            var keys = KeysAt(At(file));
            if (!SealedHeader.TryParse(source.Head.Span, out var header) || !await SealedIntake.IsSealedAsync(source.MediaType, keys, cancellationToken).ConfigureAwait(false))
                return (source, null);
            using var key = await keys.GetAsync(header.KeyId, cancellationToken).ConfigureAwait(false);
            return (source, new SealedReader(source, header, key));
        }
        catch (Exception e)
        {
            await source.DisposeAsync().ConfigureAwait(false);
            if (e is MdmException)
                throw new SrmException(null, $"{file}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Writes what arrives to a stream, deciphered when it is sealed.</summary>
    private async Task DecipherIntoAsync(ArrivingStream arriving, Surl file, Stream target, CancellationToken cancellationToken)
    {
        var head = new byte[SealedFormat.HeaderLength];
        var length = await arriving.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var keys = KeysAt(At(file));
        if (!SealedHeader.TryParse(head.AsSpan(0, length), out var header) || !await SealedIntake.IsSealedAsync(arriving.MediaType, keys, cancellationToken).ConfigureAwait(false))
        {
            await target.WriteAsync(head.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            await PassAsync(arriving, target, cancellationToken).ConfigureAwait(false);
            return;
        }
        try
        {
            using var key = await keys.GetAsync(header.KeyId, cancellationToken).ConfigureAwait(false);
            var plain = new DecipheringStream(arriving, header, key, leaveOpen: true);
            await using (plain.ConfigureAwait(false))
                await PassAsync(plain, target, cancellationToken).ConfigureAwait(false);
        }
        catch (MdmException e)
        {
            throw new SrmException(null, $"{file}: {e.Message}", e);
        }
    }

    // Into memory without a buffer in between, which would keep what went through it.
    private static Task PassAsync(Stream source, Stream target, CancellationToken cancellationToken) =>
        target is ArrivedContent memory ? memory.FillAsync(source, cancellationToken) : source.CopyToAsync(target, cancellationToken);
}
