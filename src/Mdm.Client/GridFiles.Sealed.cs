using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions;
using Mdm.Client.Discovery;
using Mdm.Client.Files;
using Mdm.Client.Keys;
using Mdm.Formats.Sealed;
using Mdm.Srm.Messages;

namespace Mdm.Client;

// Sealed files: where their keys are, and reading without a copy here. Plaintext is written only where the user said.
public sealed partial class GridFiles
{
    private const int LengthOfNameBeside = 16;

    private readonly KeyPlaces _keys;
    private readonly ConcurrentDictionary<Uri, SiteKeys> _siteKeys = new();

    /// <summary>What else to contact for a host's files, as the host announces it.</summary>
    /// <param name="host">Any SURL at the host.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SrmException">The host cannot be reached, or its announcement cannot be read.</exception>
    public Task<SiteServices> ServicesAtAsync(Surl host, CancellationToken cancellationToken) => new SiteDiscovery(_http, At(host)).AskAsync(cancellationToken);

    /// <summary>Opens a file for reading from any place, over HTTP ranges; a sealed one is deciphered as it is read. Nothing is written here.</summary>
    /// <param name="file">What.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <returns>A stream for one reader at a time; the host keeps the file ready until it is disposed. Its reads fail with <see cref="SrmException"/>, or with
    /// <see cref="MdmException"/> of kind <see cref="MdmErrorKind.Corrupt"/> before a byte is given out that is not authentic.</returns>
    /// <exception cref="SrmException">The file cannot be had, or its key.</exception>
    public async Task<Stream> OpenAsync(Surl file, CancellationToken cancellationToken)
    {
        var (source, reader) = await OpenSourceAsync(file, cancellationToken).ConfigureAwait(false);
        return reader is null ? new RangeStream(source) : reader.IntoStream();
    }

    /// <summary>Writes a file to a stream while it arrives, deciphered when it is sealed. What was written before this fails is not the file.</summary>
    /// <param name="file">What.</param>
    /// <param name="target">Where to; not closed.</param>
    /// <param name="keepsSealed">True to write a sealed file as it comes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SrmException">The file cannot be had, or its key, or it is not what was promised.</exception>
    public async Task CopyToAsync(Surl file, Stream target, bool keepsSealed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var arriving = new ArrivingStream(await RemoteAsync(file, cancellationToken).ConfigureAwait(false));
        await using (arriving.ConfigureAwait(false))
        {
            if (keepsSealed)
                await arriving.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
            else
                await DecipherIntoAsync(arriving, file, target, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Deciphers a sealed file that is here already, as another client fetched it. The destination appears when all of it is authentic.</summary>
    /// <param name="sealedFile">The sealed file.</param>
    /// <param name="destination">The file to write; it may be the same one when it may be replaced.</param>
    /// <param name="replaces">True to replace a file that is there.</param>
    /// <param name="host">A SURL at the host that announces where the keys are; null where the environment names keystores.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Bytes of plaintext.</returns>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: it is no sealed file, or it is not authentic.</exception>
    /// <exception cref="SrmException">Its key cannot be had.</exception>
    public async Task<long> DecipherAsync(string sealedFile, string destination, bool replaces, Surl? host, CancellationToken cancellationToken)
    {
        using var plain = PlainFile.Create(destination);
        using var reader = await ReaderAsync(sealedFile, host, cancellationToken).ConfigureAwait(false);
        return await CompleteAsync(plain, reader, replaces, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same with keys of one's own.</summary>
    /// <param name="sealedFile">The sealed file.</param>
    /// <param name="destination">The file to write; it may be the same one when it may be replaced.</param>
    /// <param name="replaces">True to replace a file that is there.</param>
    /// <param name="keys">Gives the key that the file names, which is disposed here.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Bytes of plaintext.</returns>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: it is no sealed file, or it is not authentic; or why there is no key.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or there is one already.</exception>
    public static async Task<long> DecipherAsync(string sealedFile, string destination, bool replaces, Func<KeyId, CancellationToken, ValueTask<ContentKey>> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        using var source = SealedFileSource.Open(sealedFile);
        var header = SealedReader.ReadHeader(source);
        using var key = await keys(header.KeyId, cancellationToken).ConfigureAwait(false);
        using var reader = new SealedReader(source, header, key);
        using var plain = PlainFile.Create(destination);
        return await CompleteAsync(plain, reader, replaces, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches a file that somebody sealed before it was put, and deciphers it here; what its host sealed besides is deciphered, too. A file that nobody sealed comes as it is.</summary>
    /// <param name="file">What.</param>
    /// <param name="destination">The file to write; one that is there is replaced, a device or pipe is written into. What is sealed lies beside it meanwhile, and is continued by the next fetch when this one breaks off.</param>
    /// <param name="keys">Gives the key that the file names, which is disposed here.</param>
    /// <param name="progress">Told what happens, on any thread; null for nobody.</param>
    /// <param name="cancellationToken">Ends the fetch and the host's request.</param>
    /// <returns>Bytes of the file in place.</returns>
    /// <exception cref="SrmException">The file cannot be had, or the key that its host sealed it with.</exception>
    /// <exception cref="MdmException">As <paramref name="keys"/> says; <see cref="MdmErrorKind.Corrupt"/>.</exception>
    public async Task<long> FetchUnsealedAsync(Surl file, string destination, Func<KeyId, CancellationToken, ValueTask<ContentKey>> keys, IProgress<FetchEvent>? progress, CancellationToken cancellationToken)
    {
        var (key, isHosts) = await LayersAsync(file, cancellationToken).ConfigureAwait(false);
        using var plain = PlainFile.Create(destination);
        var folder = plain.IsSpecial ? Directory.CreateTempSubdirectory("mdm-") : null;
        // A name that no file of the user's has, and that the next fetch to the same place finds again.
        var full = Path.GetFullPath(destination);
        var beside = Path.Combine(folder?.FullName ?? Path.GetDirectoryName(full)!, ".mdm-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{full}\0{file}")).AsSpan(0, LengthOfNameBeside)));
        try
        {
            await FetchAsync(file, beside, new FetchOptions { KeepSealed = !isHosts, Force = true }, progress, cancellationToken).ConfigureAwait(false);
            if (key is null)
                return await CompleteAsync(plain, beside, cancellationToken).ConfigureAwait(false);
            using var source = SealedFileSource.Open(beside);
            var header = SealedReader.ReadHeader(source);
            using var content = await keys(header.KeyId, cancellationToken).ConfigureAwait(false);
            using var reader = new SealedReader(source, header, content);
            return await CompleteAsync(plain, reader, replaces: true, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(beside);
            folder?.Delete(recursive: true);
        }
    }

    /// <summary>The key that a file was sealed with before it was put; null where nobody did. What its host sealed besides does not count.</summary>
    /// <exception cref="SrmException">The file cannot be had, or the key that its host sealed it with.</exception>
    public async Task<KeyId?> SealedUnderAsync(Surl file, CancellationToken cancellationToken) => (await LayersAsync(file, cancellationToken).ConfigureAwait(false)).Key;

    // Whose key is innermost, and whether the host sealed besides.
    private async Task<(KeyId? Key, bool IsHosts)> LayersAsync(Surl file, CancellationToken cancellationToken)
    {
        var source = await RangeSource.OpenAsync(await RemoteAsync(file, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        SealedReader? reader = null;
        try
        {
            if (source.MediaType != SealedFormat.MediaType)
                return (SealedHeader.TryParse(source.Head.Span, out var own) ? own.KeyId : null, false);
            var outer = SealedHeader.Parse(source.Head.Span);
            using var key = await KeyAsync(KeysAt(At(file)), outer.KeyId, file.ToString(), cancellationToken).ConfigureAwait(false);
            reader = new SealedReader(source, outer, key);
            var head = new byte[Math.Min(SealedFormat.HeaderLength, reader.Length)];
            await reader.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
            return (SealedHeader.TryParse(head, out var inner) ? inner.KeyId : null, true);
        }
        finally
        {
            // The reader owns what it reads.
            if (reader is not null)
                reader.Dispose();
            else
                await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<long> CompleteAsync(PlainFile plain, string source, CancellationToken cancellationToken)
    {
        var appending = new AppendingStream(plain);
        await using (appending.ConfigureAwait(false))
            await new PlainSource(source).WriteAsync(appending, cancellationToken).ConfigureAwait(false);
        plain.Complete(replace: true);
        return plain.Length;
    }

    private static async Task<long> CompleteAsync(PlainFile plain, SealedReader reader, bool replaces, CancellationToken cancellationToken)
    {
        var buffer = new byte[reader.SegmentBuffer];
        for (var number = 0L; number <= reader.LastSegment; number++)
            plain.Append(buffer.AsSpan(0, await reader.ReadSegmentAsync((uint)number, buffer, cancellationToken).ConfigureAwait(false)));
        plain.Complete(replaces);
        return plain.Length;
    }

    /// <summary>The same into a stream, which is not closed.</summary>
    /// <inheritdoc cref="DecipherAsync(string, string, bool, Surl?, CancellationToken)"/>
    public async Task DecipherAsync(string sealedFile, Stream target, Surl? host, CancellationToken cancellationToken)
    {
        using var reader = await ReaderAsync(sealedFile, host, cancellationToken).ConfigureAwait(false);
        var plain = reader.OpenStream();
        await using (plain.ConfigureAwait(false))
            await plain.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SealedReader> ReaderAsync(string sealedFile, Surl? host, CancellationToken cancellationToken)
    {
        var source = SealedFileSource.Open(sealedFile);
        try
        {
            var header = SealedReader.ReadHeader(source);
            var keys = host is not null ? KeysAt(At(host)) : _siteKeys.GetOrAdd(KeyPlaces.Nowhere, _ => _keys.At(null));
            using var key = await KeyAsync(keys, header.KeyId, sealedFile, cancellationToken).ConfigureAwait(false);
            return new SealedReader(source, header, key);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static async ValueTask<ContentKey> KeyAsync(SiteKeys keys, KeyId id, string subject, CancellationToken cancellationToken)
    {
        try
        {
            return await keys.GetAsync(id, cancellationToken).ConfigureAwait(false);
        }
        catch (MdmException e)
        {
            throw new SrmException(null, $"{subject}: {e.Message}", e);
        }
    }

    private async Task<RemoteFile> RemoteAsync(Surl file, CancellationToken cancellationToken, FetchOptions? options = null)
    {
        var entry = await StatAsync(file, cancellationToken).ConfigureAwait(false);
        return entry.Type == FileType.Directory
            ? throw IsDirectory(file)
            : await RemoteFile.OpenAsync(_http, At(file), entry, options ?? new FetchOptions(), cancellationToken).ConfigureAwait(false);
    }

    private SiteKeys KeysAt(SrmClient srm) => _siteKeys.GetOrAdd(srm.Endpoint, _ => _keys.At(new SiteDiscovery(_http, srm)));

    private void CloseKeys()
    {
        foreach (var keys in _siteKeys.Values)
            keys.Dispose();
    }
}
