using System.Net;

namespace Mdm.Host.Transfer;

/// <summary>Opens an encrypted connection to another site, at these addresses, checked against this host's trust.</summary>
internal delegate ValueTask<Stream> ConnectOther(Uri endpoint, IPAddress[] addresses, CancellationToken cancellationToken);

/// <summary>The addresses of a name.</summary>
internal delegate Task<IPAddress[]> LookUp(string host, CancellationToken cancellationToken);

/// <summary>HTTP to other sites, for third-party copies: HTTPS only, no redirect is followed, and nothing of this machine or link is reached unless that is configured.</summary>
internal sealed class RemoteSites : IDisposable
{
    private readonly TransferOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;
    private readonly SemaphoreSlim _places;
    private readonly LookUp _lookUp;

    public RemoteSites(TransferOptions options, ConnectOther connect, TimeProvider time)
        : this(options, connect, time, Dns.GetHostAddressesAsync)
    {
    }

    internal RemoteSites(TransferOptions options, ConnectOther connect, TimeProvider time, LookUp lookUp)
    {
        (_options, _time, _lookUp) = (options, time, lookUp);
        _places = new SemaphoreSlim(options.MaxCopies, options.MaxCopies);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            Expect100ContinueTimeout = options.CopyStall,
            // To this handler the address is http: the stream it gets is encrypted already.
            // Its name is looked up once, and the connection goes to what was found allowed: a name that has another address the next time leads nowhere else.
            ConnectCallback = async (context, cancellationToken) =>
            {
                var host = context.DnsEndPoint.Host;
                var addresses = await AllowedAsync(host, context.DnsEndPoint.Port, cancellationToken);
                return await connect(new UriBuilder(Uri.UriSchemeHttps, host, context.DnsEndPoint.Port).Uri, addresses, cancellationToken);
            },
        });
    }

    /// <summary>Takes a place among the copies that are under way; it is free again when what comes back is disposed.</summary>
    /// <exception cref="MdmException">Busy: there are as many as may be.</exception>
    public IDisposable Begin() => _places.Wait(0)
        ? new Place(_places)
        : throw new MdmException(MdmErrorKind.Busy, $"{_options.MaxCopies} copies are under way (Transfer:MaxCopies); try again later.");

    /// <summary>The address of another site, as a copy's header has it.</summary>
    /// <exception cref="MdmException">InvalidName: no https address; Refused: it is of this machine or link.</exception>
    public async Task<Uri> AddressAsync(string text, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(text, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }, out var address) || !IsSecure(address.Scheme) || address.UserInfo.Length > 0)
            throw new MdmException(MdmErrorKind.InvalidName, "The other end of a copy is https://host:port/path, or the same with davs.");
        // Before anything is answered; what counts is that the connection is made only to what is allowed then.
        await AllowedAsync(address.IdnHost, address.Port > 0 ? address.Port : 443, cancellationToken);
        return address;
    }

    /// <summary>Sends a request; the answer's body is the caller's to read.</summary>
    /// <param name="request">What is asked for; its address is set here.</param>
    /// <param name="address">Of <see cref="AddressAsync"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="sent">How much of a body has gone so far; null where there is none.</param>
    /// <exception cref="MdmException">Unavailable: the other site neither answers nor takes anything for <see cref="TransferOptions.CopyStall"/>, or is not there.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Uri address, CancellationToken cancellationToken, Func<long>? sent = null)
    {
        request.Headers.Host = address.Authority;
        request.RequestUri = new Uri($"http://{(address.HostNameType == UriHostNameType.IPv6 ? $"[{address.DnsSafeHost}]" : address.IdnHost)}:{(address.Port > 0 ? address.Port : 443)}{address.PathAndQuery}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        request.Version = HttpVersion.Version11;
        using var standing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var before = 0L;
        await using var watch = _time.CreateTimer(_ =>
        {
            var now = sent?.Invoke() ?? 0;
            if (Interlocked.Exchange(ref before, now) == now)
                standing.Cancel();
        }, null, _options.CopyStall, _options.CopyStall);
        try
        {
            return await _http.SendAsync(request, standing.Token);
        }
        catch (OperationCanceledException) when (standing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"{address.Authority} has {(sent is null ? "not answered" : "taken nothing and not answered")} for {_options.CopyStall} (Transfer:CopyStall).");
        }
        catch (HttpRequestException failure)
        {
            throw failure.InnerException as MdmException ?? new MdmException(MdmErrorKind.Unavailable, $"{address.Authority} does not answer.", failure);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
    }

    /// <exception cref="MdmException">Unavailable: the name has no address; Refused: one is of this machine or link.</exception>
    private async Task<IPAddress[]> AllowedAsync(string host, int port, CancellationToken cancellationToken)
    {
        IPAddress[] found;
        try
        {
            found = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await _lookUp(host, cancellationToken);
        }
        catch (System.Net.Sockets.SocketException unknown)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"{host} has no address.", unknown);
        }
        if (found.Length == 0)
            throw new MdmException(MdmErrorKind.Unavailable, $"{host} has no address.");
        var isOurs = host.Equals(_options.BaseAddress!.Host, StringComparison.OrdinalIgnoreCase) && port == _options.BaseAddress.Port;
        return _options.CopyLocal || isOurs || !Array.Exists(found, IsLocal)
            ? found
            : throw new MdmException(MdmErrorKind.Refused, $"{host} is on this machine or link; copies reach there only where Transfer:CopyLocal allows it.");
    }

    private static bool IsSecure(string scheme) => scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase) || scheme.Equals("davs", StringComparison.OrdinalIgnoreCase);

    private static bool IsLocal(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(plain) || plain.IsIPv6LinkLocal || plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any)
            || (plain.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && plain.GetAddressBytes() is [169, 254, ..]);
    }

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                places.Release();
        }
    }
}
