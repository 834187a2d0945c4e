using System.Net;
using System.Net.Http.Headers;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Plugins.DicomWeb.Backend;

namespace Mdm.Plugins.DicomWeb.Http;

/// <summary>
/// HTTP/1.1 with one archive: its owner's rules, who we are, how long to wait, and what its answers mean in the words of the contract. Nothing is tried twice, no redirection followed: a token goes
/// to the configured address only. Safe for concurrent use.
/// </summary>
internal sealed class ArchiveHttp : IDisposable
{
    /// <summary>KiB of an answer's header lines.</summary>
    public const int MaxHeaderKilobytes = 64;

    // Archives close idle connections after some 30 s; we go first.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    private readonly DicomWebOptions _options;
    private readonly TimeProvider _time;
    private readonly ArchiveGate _gate;
    private readonly Credentials? _credentials;
    private readonly SemaphoreSlim _slots;
    private readonly HttpMessageInvoker _invoker;

    public ArchiveHttp(DicomWebOptions options, PluginContext context)
    {
        (_options, _time) = (options, context.TimeProvider);
        var root = options.Url!.AbsoluteUri;
        Root = new Uri(root.EndsWith('/') ? root : root + "/");
        _gate = new ArchiveGate(options.Hours, options.MaxRequestsPerSecond, options.StopFile is null ? null : context.PathOf(options.StopFile), _time);
        _credentials = Credentials.Of(options.TokenFile is null ? null : context.PathOf(options.TokenFile), options.BasicFile is null ? null : context.PathOf(options.BasicFile));
        _slots = new SemaphoreSlim(options.MaxConnections);
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = Idle,
            MaxConnectionsPerServer = options.MaxConnections,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            // An answer that is left is not read to its end: the archive must not go on sending.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            SslOptions = ArchiveTls.Client(options.Tls, context),
        });
    }

    /// <summary>Ends with a slash.</summary>
    public Uri Root { get; }

    /// <summary>Asks; returns when the header of a good answer (2xx) has come.</summary>
    /// <param name="use">What for.</param>
    /// <param name="path">Below the root.</param>
    /// <param name="accept">Media types.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="MdmException">As the archive answered; Unavailable: it did not; Busy: all connections are in use.</exception>
    public async ValueTask<ArchiveResponse> GetAsync(ArchiveUse use, string path, string accept, CancellationToken cancellationToken)
    {
        var response = await SendAsync(use, HttpMethod.Get, path, accept, null, cancellationToken);
        if ((int)response.Status is >= 200 and < 300)
            return response;
        await using (response)
            throw Failure(response);
    }

    /// <summary>Sends an object. Any answer that is not about access or load is the caller's to read.</summary>
    /// <exception cref="MdmException">As <see cref="GetAsync"/>.</exception>
    public async ValueTask<ArchiveResponse> PostAsync(string path, string accept, UploadContent content, CancellationToken cancellationToken)
    {
        var response = await SendAsync(ArchiveUse.Retrieval, HttpMethod.Post, path, accept, content, cancellationToken);
        if ((int)response.Status is >= 200 and < 300 || response.Status == HttpStatusCode.Conflict)
            return response;
        await using (response)
            throw Failure(response);
    }

    public void Dispose()
    {
        _invoker.Dispose();
        _slots.Dispose();
    }

    private async ValueTask<ArchiveResponse> SendAsync(ArchiveUse use, HttpMethod method, string path, string accept, UploadContent? content, CancellationToken cancellationToken)
    {
        await _gate.PassAsync(use, cancellationToken);
        var slot = await SlotAsync(cancellationToken);
        HttpResponseMessage? message = null;
        using var limit = new CancellationTokenSource(_options.ConnectTimeout + _options.MessageTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(Root, path)) { Content = content };
            request.Headers.TryAddWithoutValidation("Accept", accept);
            request.Headers.Authorization = _credentials?.Header();
            // While an object goes out the archive has no reason to answer: what counts is that it goes.
            content?.OnProgress(() => limit.CancelAfter(_options.StallTimeout + _options.MessageTimeout));
            message = await _invoker.SendAsync(request, both.Token);
            return new ArchiveResponse(message, await message.Content.ReadAsStreamAsync(both.Token), _options.StallTimeout, _time, slot);
        }
        catch (Exception exception)
        {
            message?.Dispose();
            slot.Dispose();
            switch (exception)
            {
                case OperationCanceledException when cancellationToken.IsCancellationRequested:
                    throw new OperationCanceledException(cancellationToken);
                case OperationCanceledException:
                    throw new MdmException(MdmErrorKind.Unavailable, "The archive did not answer in time (ConnectTimeout, MessageTimeout).", exception);
                case HttpRequestException { InnerException: MdmException own }:
                    throw own;
                case HttpRequestException failed:
                    throw Failure(failed);
                case IOException:
                    throw new MdmException(MdmErrorKind.Unavailable, "The connection to the archive broke.", exception);
                default:
                    throw;
            }
        }
    }

    private async ValueTask<IDisposable> SlotAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.MessageTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _slots.WaitAsync(both.Token);
            return new Slot(_slots);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Busy, "All connections to the archive are in use (MaxConnections).", exception);
        }
    }

    private static MdmException Failure(HttpRequestException failed) => failed.HttpRequestError switch
    {
        HttpRequestError.SecureConnectionError => new MdmException(MdmErrorKind.Unavailable, "The TLS handshake with the archive failed.", failed),
        HttpRequestError.InvalidResponse => new MdmException(MdmErrorKind.Corrupt, "The archive's answer is no HTTP.", failed),
        HttpRequestError.ConfigurationLimitExceeded => new MdmException(MdmErrorKind.Refused, $"The archive's answer has more than {MaxHeaderKilobytes} KiB of header (limit MaxHeaderKilobytes).", failed),
        _ => new MdmException(MdmErrorKind.Unavailable, "The archive cannot be reached, or broke the connection.", failed),
    };

    /// <summary>What a status other than 2xx means. The archive's own words are left out: they may name a patient.</summary>
    private MdmException Failure(ArchiveResponse response)
    {
        var status = (int)response.Status;
        var kind = status switch
        {
            401 or 403 => MdmErrorKind.AccessDenied,
            404 or 410 => MdmErrorKind.NotFound,
            429 => MdmErrorKind.Busy,
            507 => MdmErrorKind.NoSpace,
            406 or 415 or 501 => MdmErrorKind.Unsupported,
            408 or >= 500 => MdmErrorKind.Unavailable,
            _ => MdmErrorKind.Refused,
        };
        var what = kind switch
        {
            MdmErrorKind.AccessDenied => "lets us not do this; its administrator must know our token, password or certificate",
            MdmErrorKind.NotFound => "does not hold this",
            MdmErrorKind.Busy => "has too much to do",
            MdmErrorKind.Unsupported => "does not serve this",
            MdmErrorKind.Unavailable => "cannot serve this now",
            MdmErrorKind.NoSpace => "has no room; its administrator has to make some",
            _ => status is >= 300 and < 400 ? "wants the request elsewhere; redirections are not followed" : "turned the request down",
        };
        return new MdmException(kind, $"The archive {what} (HTTP {status}).") { RetryAfter = RetryAfter(response.Headers.RetryAfter) };
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? value)
    {
        var wait = value?.Delta ?? value?.Date - _time.GetUtcNow();
        return wait > TimeSpan.Zero ? wait : null;
    }

    private sealed class Slot(SemaphoreSlim slots) : IDisposable
    {
        private int _isFree;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isFree, 1) != 0)
                return;
            try
            {
                slots.Release();
            }
            catch (ObjectDisposedException)
            {
                // The archive was closed before the last reader was done.
                _isFree = 1;
            }
        }
    }
}
