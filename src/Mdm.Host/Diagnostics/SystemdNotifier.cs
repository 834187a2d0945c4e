using System.Net.Sockets;
using System.Text;

namespace Mdm.Host.Diagnostics;

/// <summary>Tells the service manager when the host serves and when it ends (sd_notify(3), Type=notify). Does nothing where there is none.</summary>
internal sealed class SystemdNotifier(IHostApplicationLifetime lifetime, string? socketPath, ILogger<SystemdNotifier> log) : IHostedService
{
    /// <summary>Where the service manager says its socket is.</summary>
    public const string SocketVariable = "NOTIFY_SOCKET";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => Send("READY=1"));
        lifetime.ApplicationStopping.Register(() => Send("STOPPING=1"));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Send(string state)
    {
        if (string.IsNullOrEmpty(socketPath))
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

            // sd_notify(3): a leading @ means the abstract name space, whose names begin with a zero byte.
            socket.SendTo(Encoding.ASCII.GetBytes(state), new UnixDomainSocketEndPoint(socketPath[0] == '@' ? '\0' + socketPath[1..] : socketPath));
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            Log.NotifyFailed(log, state, fault);
        }
    }
}
