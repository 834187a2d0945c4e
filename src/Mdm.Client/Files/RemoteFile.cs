using System.Net;
using System.Net.Http.Headers;
using Mdm.Abstractions;
using Mdm.Srm.Messages;

namespace Mdm.Client.Files;

/// <summary>One file that a host has ready and keeps so while it is read from there. What breaks off is asked for again, what ran out is made ready anew. Safe for concurrent use.</summary>
internal sealed class RemoteFile : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http;
    private readonly SrmClient _srm;
    private readonly GridEntry _entry;
    private readonly FetchOptions _options;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private GetSession? _session;
    private Uri _turl = null!;
    private EntityTagHeaderValue? _tag;

    private RemoteFile(HttpClient http, SrmClient srm, GridEntry entry, FetchOptions options) => (_http, _srm, _entry, _options) = (http, srm, entry, options);

    public Surl Surl => _entry.Surl;

    /// <summary>What the listing said of its checksum; null for nothing.</summary>
    public string? Adler32 => _entry.Adler32;

    /// <exception cref="SrmException">The file cannot be had.</exception>
    public static async Task<RemoteFile> OpenAsync(HttpClient http, SrmClient srm, GridEntry entry, FetchOptions options, CancellationToken cancellationToken)
    {
        var file = new RemoteFile(http, srm, entry, options);
        try
        {
            file._session = file.NewSession();
            file._turl = await ReadyAsync(file._session, cancellationToken).ConfigureAwait(false);
            return file;
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A file of a request that somebody else ends; what runs out is made ready anew all the same.</summary>
    public static RemoteFile Ready(HttpClient http, SrmClient srm, GridEntry entry, FetchOptions options, Uri turl) => new(http, srm, entry, options) { _turl = turl };

    /// <summary>Asks for the file from a byte on, or for a part of it.</summary>
    /// <param name="from">The first byte.</param>
    /// <param name="to">The last byte; null for all that follows.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>An answer whose body begins at <paramref name="from"/>.</returns>
    /// <exception cref="HttpRequestException">It may be had by asking again.</exception>
    /// <exception cref="SrmException">It cannot be had, or is another file by now.</exception>
    public async Task<HttpResponseMessage> AskAsync(long from, long? to, CancellationToken cancellationToken)
    {
        for (var isRenewed = false; ; isRenewed = true)
        {
            var turl = Volatile.Read(ref _turl);
            using var request = Request(turl, from, to);
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            switch (response.StatusCode)
            {
                case HttpStatusCode.OK when from == 0:
                case HttpStatusCode.PartialContent when response.Content.Headers.ContentRange?.From == from:
                    if (response.Headers.ETag is { IsWeak: false } tag)
                        Interlocked.CompareExchange(ref _tag, tag, null);
                    return response;
                case HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable or HttpStatusCode.PreconditionFailed:
                    response.Dispose();
                    throw new SrmException(null, $"{Surl} is another file than when it was opened, or its host delivers no parts of files.");
                case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone when !isRenewed:
                    // The address holds no longer than the host keeps the file for this request.
                    response.Dispose();
                    await RenewAsync(turl, cancellationToken).ConfigureAwait(false);
                    break;
                case >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout:
                    response.Dispose();
                    throw new HttpRequestException($"HTTP {(int)response.StatusCode}");
                default:
                    response.Dispose();
                    throw new SrmException(StatusOf(response.StatusCode), $"{Surl}: {turl.Authority} answered HTTP {(int)response.StatusCode} ({response.ReasonPhrase}).");
            }
        }
    }

    /// <summary>Tries until it is done or broke off too often; silence counts as breaking off.</summary>
    /// <exception cref="SrmException">It broke off too often.</exception>
    public async ValueTask<T> PersistAsync<T>(Func<CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        for (var round = 0; ; round++)
        {
            using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            stall.CancelAfter(_options.StallTimeout);
            Exception cause;
            try
            {
                return await attempt(stall.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                cause = new HttpRequestException($"nothing came for {_options.StallTimeout.TotalSeconds:0} seconds", e);
            }
            // No disk is at work here: what fails is the network's.
            catch (Exception e) when (e is HttpRequestException or IOException && e.GetBaseException() is not MdmException { Kind: MdmErrorKind.Refused or MdmErrorKind.AccessDenied })
            {
                cause = e;
            }
            if (round >= _options.Retries)
                throw SrmClient.Unreachable(_turl, cause);
            await Task.Delay(FirstPause * Math.Pow(2, round), _srm.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tells the host that the file need not stay.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
            await _session.EndAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private static StatusCode? StatusOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => StatusCode.AuthenticationFailure,
        HttpStatusCode.Forbidden => StatusCode.AuthorizationFailure,
        HttpStatusCode.NotFound or HttpStatusCode.Gone => StatusCode.InvalidPath,
        _ => null,
    };

    private HttpRequestMessage Request(Uri turl, long from, long? to)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, turl);
        request.Headers.TryAddWithoutValidation("Want-Digest", "adler32");
        if (from > 0 || to is not null)
        {
            request.Headers.Range = new RangeHeaderValue(from, to);
            if (Volatile.Read(ref _tag) is { } tag)
                request.Headers.IfRange = new RangeConditionHeaderValue(tag);
        }
        return request;
    }

    private GetSession NewSession() => new(_srm, [new FetchJob(_entry, string.Empty)], _options, static _ => { });

    private async Task RenewAsync(Uri expired, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!ReferenceEquals(_turl, expired))
                return;
            var session = NewSession();
            var turl = await ReadyAsync(session, cancellationToken).ConfigureAwait(false);
            if (_session is not null)
                await _session.EndAsync().ConfigureAwait(false);
            _session = session;
            Volatile.Write(ref _turl, turl);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task<Uri> ReadyAsync(GetSession session, CancellationToken cancellationToken)
    {
        ReadyFile? ready = null;
        await foreach (var one in session.ReadyAsync(cancellationToken).ConfigureAwait(false))
            ready = one;
        return ready!.Refusal is { } refusal ? throw refusal : ready.Turl!;
    }
}
