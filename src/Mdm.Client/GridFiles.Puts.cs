using Mdm.Abstractions;
using Mdm.Client.Files;

namespace Mdm.Client;

// Files that go from here to the grid, and files that are sealed here.
public sealed partial class GridFiles
{
    /// <summary>Puts a file. It appears at the host in one step, when all of it is there and its checksum is right.</summary>
    /// <param name="path">The file on this machine.</param>
    /// <param name="target">Its name to be.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="progress">Told how many more bytes were taken, on any thread; less than zero when an attempt has to begin anew. Null for nobody.</param>
    /// <param name="cancellationToken">Ends the transfer and the host's request.</param>
    /// <exception cref="SrmException">The host refused it, or broke off too often; or the file cannot be read.</exception>
    public Task<PutFile> PutAsync(string path, Surl target, PutOptions? options, IProgress<long>? progress, CancellationToken cancellationToken) =>
        PutAsync(target, options, progress, () => Task.FromResult<IUploadSource>(new PlainSource(path)), cancellationToken);

    /// <summary>Seals a file while it is put: what travels and lies there opens only with the key.</summary>
    /// <param name="path">The file on this machine.</param>
    /// <param name="target">Its name to be.</param>
    /// <param name="id">The key's id, which stands in the sealed file.</param>
    /// <param name="key">The key; not disposed.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="progress">As in <see cref="PutAsync(string, Surl, PutOptions?, IProgress{long}?, CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Ends the transfer and the host's request.</param>
    /// <exception cref="SrmException">The host refused it, or broke off too often; or the file cannot be read.</exception>
    public Task<PutFile> PutSealedAsync(string path, Surl target, KeyId id, ContentKey key, PutOptions? options, IProgress<long>? progress, CancellationToken cancellationToken) =>
        PutAsync(target, options, progress, async () => await SealingSource.OpenAsync(path, id, key, cancellationToken).ConfigureAwait(false), cancellationToken);

    /// <summary>Seals a file of this machine into another, in the format in which hosts deliver. The destination appears when all of it is there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="destination">The sealed file.</param>
    /// <param name="id">The key's id, which stands in it.</param>
    /// <param name="key">The key; not disposed.</param>
    /// <param name="replaces">True to replace a file that is there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Bytes of the sealed file.</returns>
    /// <exception cref="IOException">A file cannot be read or written, or there is one already.</exception>
    public static async Task<long> SealAsync(string path, string destination, KeyId id, ContentKey key, bool replaces, CancellationToken cancellationToken)
    {
        var source = await SealingSource.OpenAsync(path, id, key, cancellationToken).ConfigureAwait(false);
        using var file = PlainFile.Create(destination);
        var appending = new AppendingStream(file);
        await using (appending.ConfigureAwait(false))
            await source.WriteAsync(appending, cancellationToken).ConfigureAwait(false);
        file.Complete(replaces);
        return file.Length;
    }

    private async Task<PutFile> PutAsync(Surl target, PutOptions? options, IProgress<long>? progress, Func<Task<IUploadSource>> open, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        IUploadSource source;
        try
        {
            source = await open().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrmException(null, $"{target} was not put: {e.Message}", e);
        }
        return await new Upload(_http, At(target), options ?? new PutOptions(), bytes => progress?.Report(bytes)).RunAsync(source, target, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>A file that was put.</summary>
/// <param name="Surl">Its name.</param>
/// <param name="Length">Bytes that travelled.</param>
/// <param name="Adler32">Of them, eight hexadecimal digits.</param>
/// <param name="IsVerified">True when the host said that it received the same.</param>
public sealed record PutFile(Surl Surl, long Length, string Adler32, bool IsVerified);
