using Mdm.Gsi.Server;
using Mdm.Host.Orders;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Connections;
using System.IO.Pipelines;
using System.Net;

namespace Mdm.Host.Services;

/// <summary>TLS as server over a connection, with the host's certificate, its trust and its limit of time.</summary>
/// <exception cref="IOException">It did not come about.</exception>
internal delegate Task<GridConnection> TlsAcceptor(IDuplexPipe transport, CancellationToken cancellationToken);

/// <summary>One connection of a protocol of a plugin's own.</summary>
internal sealed class ServiceConnection : IGridConnection, IAsyncDisposable
{
    private readonly string _service;
    private readonly ConnectionContext _context;
    private readonly TlsAcceptor? _accept;
    private readonly AuditTrail _audit;
    private readonly TimeProvider _time;
    private readonly Bans? _bans;
    private readonly IDisposable? _urgentWatch;
    private IDisposable? _call;
    private CancellationTokenSource _urgent = new();
    private GridConnection? _tls;
    private long _lastActive;

    public ServiceConnection(string service, ConnectionContext context, TlsAcceptor? accept, UrgentData urgentData, AuditTrail audit, TimeProvider time, Bans? bans = null)
    {
        (_service, _context, _accept, _audit, _time, _bans) = (service, context, accept, audit, time, bans);
        Note();
        Stream = new NotingStream(new PipeStream(context.Transport), Note);
        RemoteAddress = AddressOf(context);
        _urgentWatch = context.Features.Get<IConnectionSocketFeature>() is { } sockets ? urgentData.Observe(sockets.Socket, OnUrgent) : null;
    }

    public Stream Stream { get; private set; }

    public IPAddress? RemoteAddress { get; }

    public GridIdentity? Caller => _tls?.Peer?.Identity;

    public CancellationToken Urgent => Volatile.Read(ref _urgent).Token;

    /// <summary>How long no byte went either way.</summary>
    public TimeSpan Idle => _time.GetElapsedTime(Interlocked.Read(ref _lastActive));

    /// <summary>The address as it is written: of IPv4 also where it comes by IPv6.</summary>
    public static IPAddress? AddressOf(ConnectionContext context) =>
        (context.RemoteEndPoint as IPEndPoint)?.Address is { } address ? address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address : null;

    public async ValueTask<GridIdentity?> AuthenticateAsync(CancellationToken cancellationToken)
    {
        if (_tls is not null)
            throw new InvalidOperationException("This connection has TLS already.");
        if (_accept is null)
            throw new MdmException(MdmErrorKind.Unsupported, "This host has no certificate: it is configured without a Door.");
        var started = _time.GetTimestamp();
        var outcome = "failed";
        try
        {
            _tls = await _accept(_context.Transport, cancellationToken);
            Stream = new NotingStream(_tls.Stream, Note);
            if (!_tls.HasCertificate)
            {
                outcome = "anonymous";
                return null;
            }
            if (_tls.Peer is { } peer)
            {
                outcome = "banned";
                DemandNotBanned(peer.Identity);
                outcome = "accepted";
                return peer.Identity;
            }
            outcome = "refused";
            _audit.Stranger($"service {_service}", _tls.RefusalReason);
            throw new MdmException(MdmErrorKind.AccessDenied, _tls.RefusalReason ?? "The certificate is refused.");
        }
        finally
        {
            ServiceMetrics.Authentications.Record(_time.GetElapsedTime(started).TotalSeconds, ServiceMetrics.Service(_service), ServiceMetrics.Outcome(outcome));
        }
    }

    public void TellSearch(AttributeSearch search) => _audit.Queried(Caller, RemoteAddress, _service, search);

    /// <summary>Cuts it off.</summary>
    public void Abort(string reason) => _context.Abort(new ConnectionAbortedException(reason));

    public async ValueTask DisposeAsync()
    {
        // First, or the socket could be closed under the one who asks it.
        _urgentWatch?.Dispose();
        _call?.Dispose();
        if (_tls is not null)
            await _tls.DisposeAsync();
        _urgent.Dispose();
    }

    private void Note() => Interlocked.Exchange(ref _lastActive, _time.GetTimestamp());

    private void DemandNotBanned(GridIdentity caller)
    {
        if (_bans is null)
            return;
        _call = _bans.TryEnter(caller, () => Abort("Its caller was banned."));
        if (_call is not null)
            return;
        _audit.Barred(caller, $"service {_service}");
        throw Bans.Refusal();
    }

    private void OnUrgent()
    {
        // Not disposed: whoever took its token before may still register with it. It holds nothing but memory.
        var fired = Interlocked.Exchange(ref _urgent, new CancellationTokenSource());
        try
        {
            fired.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection ended at this moment.
        }
    }
}
