using Mdm.Host.Configuration;
using Mdm.Host.Orders;
using Mdm.Host.Plugins;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using System.Collections.Concurrent;
using System.Net;

namespace Mdm.Host.Services;

/// <summary>The ports of protocols of the plugins' own: what is opened, counted, kept within limits and closed is the host's, what is said is the plugin's.</summary>
internal sealed class ServicePorts(HostConfiguration configuration, InstanceSet instances, TlsAcceptor? accept, UrgentData urgentData, AuditTrail audit, TimeProvider time, ILogger<ServicePorts> log, Bans? bans = null)
    : IDisposable
{
    public const int DefaultMaxConnections = 1_000;

    public const int DefaultMaxConnectionsPerAddress = 250;

    public static readonly TimeSpan DefaultIdleTimeout = TimeSpan.FromMinutes(30);

    /// <summary>A client that says no more is still given the rest of an answer for so long; whether it closed or only has nothing left to say cannot be told apart.</summary>
    public static readonly TimeSpan HalfOpenGrace = TimeSpan.FromSeconds(5);

    /// <summary>So often in each <see cref="ServiceOptions.IdleTimeout"/> connections are looked at.</summary>
    private const int LooksPerIdleTimeout = 4;

    private readonly List<ITimer> _timers = [];

    public void Listen(KestrelServerOptions kestrel)
    {
        foreach (var (name, service) in configuration.Options.Services)
        {
            if (!instances.Has(OfferKind.GridService, name) || service.Port is not { } number)
                continue;
            var port = new Port(name, service);
            if (service.Address is { } address)
                kestrel.Listen(address, number, listen => Serve(listen, port));
            else
                kestrel.ListenAnyIP(number, listen => Serve(listen, port));
            var between = port.IdleTimeout / LooksPerIdleTimeout;
            _timers.Add(time.CreateTimer(_ => CloseIdle(port), null, between, between));
            Log.ServiceListens(log, name, number);
        }
    }

    public void Dispose() => _timers.ForEach(t => t.Dispose());

    private void Serve(ListenOptions listen, Port port)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(_ => context => ServeAsync(port, context));
    }

    private async Task ServeAsync(Port port, ConnectionContext context)
    {
        var address = ServiceConnection.AddressOf(context) ?? IPAddress.None;
        var service = ServiceMetrics.Service(port.Name);
        if (port.RefusalOf(address) is { } limit)
        {
            ServiceMetrics.Accepted.Add(1, service, ServiceMetrics.Outcome("beyond-limit"));
            Log.ConnectionBeyondLimit(log, port.Name, limit.Value, limit.Setting);
            context.Abort(new ConnectionAbortedException("Too many connections."));
            return;
        }
        ServiceMetrics.Open.Add(1, service);
        try
        {
            ServiceMetrics.Accepted.Add(1, service, ServiceMetrics.Outcome(await ServeCountedAsync(port, context)));
        }
        finally
        {
            ServiceMetrics.Open.Add(-1, service);
            port.Leave(address);
        }
    }

    private async Task<string> ServeCountedAsync(Port port, ConnectionContext context)
    {
        var stopping = context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var closed = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using var whenClosed = closed.Token.Register(ended.Cancel);
        await using var whenGone = context.ConnectionClosed.Register(() => closed.CancelAfter(HalfOpenGrace));
        await using var connection = new ServiceConnection(port.Name, context, accept, urgentData, audit, time, bans);
        port.Connections[connection] = true;
#pragma warning disable CA1031 // A plugin may throw anything; nobody but the log hears more of it.
        try
        {
            await using var lease = instances.GridService(port.Name);
            await lease.Value.ServeAsync(connection, ended.Token);
            return "served";
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            // Anybody can make a connection fail: not worth more than a debug line.
            Log.ConnectionEnded(log, port.Name, context.ConnectionId, e.Message);
            return "broken";
        }
        catch (Exception fault)
        {
            Log.ServiceThrew(log, port.Name, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
            connection.Abort("The service failed.");
            return "failed";
        }
        finally
        {
            port.Connections.TryRemove(connection, out _);
        }
#pragma warning restore CA1031
    }

    private void CloseIdle(Port port)
    {
        foreach (var connection in port.Connections.Keys.Where(c => c.Idle > port.IdleTimeout))
        {
            Log.ConnectionIdle(log, port.Name, port.IdleTimeout);
            connection.Abort("Idle for too long.");
        }
    }

    /// <summary>One port, and who is on it.</summary>
    private sealed class Port(string name, ServiceOptions options)
    {
        private readonly int _most = options.MaxConnections ?? DefaultMaxConnections;
        private readonly int _mostPerAddress = options.MaxConnectionsPerAddress ?? DefaultMaxConnectionsPerAddress;
        private readonly Dictionary<IPAddress, int> _perAddress = [];
        private readonly Lock _gate = new();
        private int _count;

        public string Name => name;

        public TimeSpan IdleTimeout { get; } = options.IdleTimeout ?? DefaultIdleTimeout;

        public ConcurrentDictionary<ServiceConnection, bool> Connections { get; } = new();

        /// <summary>Counts one more; the limit that forbids it.</summary>
        public (int Value, string Setting)? RefusalOf(IPAddress address)
        {
            lock (_gate)
            {
                if (_count >= _most)
                    return (_most, nameof(ServiceOptions.MaxConnections));
                var here = _perAddress.GetValueOrDefault(address);
                if (here >= _mostPerAddress)
                    return (_mostPerAddress, nameof(ServiceOptions.MaxConnectionsPerAddress));
                _perAddress[address] = here + 1;
                _count++;
                return null;
            }
        }

        public void Leave(IPAddress address)
        {
            lock (_gate)
            {
                _count--;
                if (--_perAddress[address] == 0)
                    _perAddress.Remove(address);
            }
        }
    }
}
