using System.Net.Http.Headers;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Client.Keys;
using Mdm.Formats.Sealed;

namespace Mdm.Client.Files;

/// <summary>
/// Whether a file that is in place is the plaintext of a sealed one on the host. The header tells, 40 bytes: its salt is made from the key and the digest of all the plaintext,
/// so that with the key the same one can be made only from the same file.
/// </summary>
internal sealed class SealedComparison(HttpClient http, SiteKeys keys)
{
    /// <exception cref="SrmException">It is another file, or that cannot be found out.</exception>
    public async Task<FetchedFile> RunAsync(ReadyFile ready, CancellationToken cancellationToken)
    {
        var (entry, destination) = (ready.Job.Entry, ready.Job.Destination);
        try
        {
            if (await HeaderAsync(ready.Turl!, cancellationToken).ConfigureAwait(false) is { } header && await IsOfAsync(destination, header, cancellationToken).ConfigureAwait(false))
            {
                return new FetchedFile(entry.Surl, destination, entry.Length!.Value, entry.Adler32!, IsVerified: true, FetchOutcome.AlreadyThere)
                {
                    DecipheredLength = SealedFormat.PlainLength(entry.Length.Value),
                };
            }
        }
        catch (HttpRequestException e)
        {
            throw SrmClient.Unreachable(ready.Turl!, e);
        }
        catch (MdmException e)
        {
            throw new SrmException(null, $"{entry.Surl}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrmException(null, $"{destination}: {e.Message}", e);
        }
        throw new SrmException(null, $"{destination} is there already and is another file. Replacing it takes force.");
    }

    private async Task<SealedHeader?> HeaderAsync(Uri turl, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, turl) { Headers = { Range = new RangeHeaderValue(0, SealedFormat.HeaderLength - 1) } };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var bytes = new byte[SealedFormat.HeaderLength];
            var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return SealedHeader.TryParse(bytes.AsSpan(0, length), out var header)
                && await SealedIntake.IsSealedAsync(response.Content.Headers.ContentType?.MediaType, keys, cancellationToken).ConfigureAwait(false) ? header : null;
        }
    }

    private async Task<bool> IsOfAsync(string path, SealedHeader header, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        await using (file.ConfigureAwait(false))
        {
            var length = file.Length;
            var digest = await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false);
            using var key = await keys.GetAsync(header.KeyId, cancellationToken).ConfigureAwait(false);
            return SealedHeader.Synthesize(key, header.KeyId, length, digest).Equals(header);
        }
    }
}
