using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Mdm.Abstractions;
using Mdm.Client.Keys;

namespace Mdm.Client.Files;

/// <summary>From a TURL to a file in place: continues what broke off, refuses what is not what was promised, deciphers what is sealed.</summary>
/// <param name="keys">The host's keys; null when sealed files are to be left as they come.</param>
internal sealed class Download(HttpClient http, FetchOptions options, TimeProvider clock, Action<FetchEvent> report, SiteKeys? keys)
{
    private const int BufferLength = 256 * 1024;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    /// <exception cref="SrmException">The file cannot be had; what can be continued is left beside the destination.</exception>
    public async Task<FetchedFile> RunAsync(ReadyFile ready, CancellationToken cancellationToken)
    {
        try
        {
            using var part = PartialFile.Open(ready.Job.Destination);
            using var intake = new SealedIntake(part, ready.Job.Destination, keys);
            var resumed = part.Length;
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    var promised = await ReceiveAsync(part, intake, ready, cancellationToken).ConfigureAwait(false);
                    return Finish(part, intake, ready, promised, resumed > 0 ? FetchOutcome.Resumed : FetchOutcome.Downloaded);
                }
                catch (Exception e) when (IsOfAnotherFile(e) && resumed > 0)
                {
                    // What an earlier attempt left is not part of this file. Once, without it.
                    report(new BytesReceived(ready.Job.Surl, -part.Length));
                    part.Begin(null);
                    intake.Reset();
                    resumed = 0;
                }
                catch (Exception e) when (IsOfAnotherFile(e))
                {
                    part.Discard();
                    throw new SrmException(null, $"{ready.Job.Surl}: {e.Message} It was not kept.", e);
                }
                catch (Exception e) when (IsInterruption(e) && attempt < options.Retries)
                {
                    await Task.Delay(FirstPause * Math.Pow(2, attempt), clock, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is HttpRequestException or HttpIOException or InterruptedException)
                {
                    throw SrmClient.Unreachable(ready.Turl!, e);
                }
            }
        }
        catch (MdmException e)
        {
            // The key. What came stays beside the destination, sealed.
            throw new SrmException(null, $"{ready.Job.Surl}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SrmException(null, $"{ready.Job.Destination}: {e.Message}", e);
        }
    }

    // What is not authentic is found out before what has another checksum.
    private static bool IsOfAnotherFile(Exception e) => e is ChangedMeanwhileException or MdmException { Kind: MdmErrorKind.Corrupt };

    // A disk that refuses is not an interruption, although it too is an IOException: the network's come wrapped.
    // A host or credential that is refused stays so.
    private static bool IsInterruption(Exception e) => e is HttpRequestException or HttpIOException or InterruptedException
        && e.GetBaseException() is not MdmException { Kind: MdmErrorKind.Refused };

    private async Task<Promise> ReceiveAsync(PartialFile part, SealedIntake intake, ReadyFile ready, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(options.StallTimeout);
        try
        {
            using var request = Ask(ready.Turl!, part);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
            var promise = Read(response, ready, part, intake);
            await intake.DecideAsync(response.Content.Headers.ContentType, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
                await CopyAsync(response, part, intake, ready.Job.Surl, stall, cancellationToken).ConfigureAwait(false);
            if (promise.Length is { } length && part.Length < length)
                throw new InterruptedException($"{part.Length} of {length} bytes came");
            return promise;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InterruptedException($"nothing came for {options.StallTimeout.TotalSeconds:0} seconds");
        }
    }

    private static HttpRequestMessage Ask(Uri turl, PartialFile part)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, turl);
        // RFC 3230: the digest is of the whole file, also when only a range of it is asked for.
        request.Headers.TryAddWithoutValidation("Want-Digest", "adler32");
        // RFC 9110 §13.1.5: a weak tag cannot say that the bytes are the same.
        if (part.Length > 0 && EntityTagHeaderValue.TryParse(part.ETag, out var tag) && !tag.IsWeak)
        {
            request.Headers.Range = new RangeHeaderValue(part.Length, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(tag);
        }
        return request;
    }

    private Promise Read(HttpResponseMessage response, ReadyFile ready, PartialFile part, SealedIntake intake)
    {
        var adler32 = DigestHeader.Adler32(response.Headers);
        var content = response.Content.Headers;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                if (part.Length > 0)
                    report(new BytesReceived(ready.Job.Surl, -part.Length));
                part.Begin(response.Headers.ETag is { IsWeak: false } tag ? tag.ToString() : null);
                intake.Reset();
                return new Promise(content.ContentLength, adler32);
            case HttpStatusCode.PartialContent when content.ContentRange is { From: { } from, Length: { } length } && from == part.Length:
                return new Promise(length, adler32);
            // All of it was there, only the last step was missing.
            case HttpStatusCode.RequestedRangeNotSatisfiable when content.ContentRange?.Length == part.Length && part.Length > 0:
                return new Promise(part.Length, adler32);
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable:
                throw new ChangedMeanwhileException("The host delivers another part than was asked for.");
            case >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout:
                throw new InterruptedException($"HTTP {(int)response.StatusCode}");
            default:
                throw new SrmException(null, $"{ready.Job.Surl}: {ready.Turl!.Authority} answered HTTP {(int)response.StatusCode} ({response.ReasonPhrase}).");
        }
    }

    private async Task CopyAsync(HttpResponseMessage response, PartialFile part, SealedIntake intake, Surl surl, CancellationTokenSource stall, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        var filled = 0;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                while (true)
                {
                    stall.CancelAfter(options.StallTimeout);
                    int read;
                    try
                    {
                        read = await body.ReadAsync(buffer.AsMemory(filled), stall.Token).ConfigureAwait(false);
                    }
                    catch (IOException e)
                    {
                        throw new InterruptedException(e.Message, e);
                    }
                    if (read == 0)
                        return;
                    filled += read;
                    // TLS gives a record at a time; the disk gets many of them at once. The first tells whose key is needed.
                    var isDue = intake.IsDue(filled);
                    if (filled == buffer.Length || isDue)
                        Keep();
                    if (isDue)
                        await intake.DecideAsync(response.Content.Headers.ContentType, cancellationToken).ConfigureAwait(false);
                    intake.Advance();
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            // Also what came before it broke off.
            Keep();
            ArrayPool<byte>.Shared.Return(buffer);
        }

        void Keep()
        {
            if (filled == 0)
                return;
            part.Append(buffer.AsSpan(0, filled));
            report(new BytesReceived(surl, filled));
            filled = 0;
        }
    }

    private FetchedFile Finish(PartialFile part, SealedIntake intake, ReadyFile ready, Promise promise, FetchOutcome outcome)
    {
        var entry = ready.Job.Entry;
        foreach (var length in (long?[])[promise.Length, ready.Length, entry.Length])
        {
            if (length is { } expected && expected != part.Length)
                throw new ChangedMeanwhileException($"{part.Length} bytes came, {expected} were promised.");
        }
        foreach (var adler32 in (string?[])[promise.Adler32, entry.Adler32])
        {
            if (adler32 is not null && adler32 != part.Adler32)
                throw new ChangedMeanwhileException($"Its adler32 is {part.Adler32}, {adler32} was promised.");
        }
        var received = part.Length;
        var deciphered = intake.Complete(options.Force);
        return new FetchedFile(entry.Surl, ready.Job.Destination, received, part.Adler32, (promise.Adler32 ?? entry.Adler32) is not null, outcome) { DecipheredLength = deciphered };
    }

    /// <summary>What the host says the whole file is.</summary>
    private sealed record Promise(long? Length, string? Adler32);

    /// <summary>The download broke off and may be continued.</summary>
    private sealed class InterruptedException(string message, Exception? innerException = null) : Exception(message, innerException);

    /// <summary>The bytes are not those of one file as it was promised.</summary>
    private sealed class ChangedMeanwhileException(string message) : Exception(message);
}
