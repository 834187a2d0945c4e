using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Mdm.Host.Diagnostics;

/// <summary>
/// Tells the service manager when the host serves, that it lives, and when it ends (sd_notify(3), sd_watchdog_enabled(3), Type=notify). Does nothing where there is none. The watchdog's sign
/// of life is given by the thread pool that serves callers: where that is stuck, it is missing.
/// </summary>
internal sealed class SystemdNotifier(IHostApplicationLifetime lifetime, string? socketPath, TimeSpan? watchdog, TimeProvider time, ILogger<SystemdNotifier> log) : IHostedService, IDisposable
{
    /// <summary>Where the service manager says its socket is.</summary>
    public const string SocketVariable = "NOTIFY_SOCKET";

    /// <summary>Within how many microseconds it wants a sign of life, and of which process.</summary>
    private const string WatchdogVariable = "WATCHDOG_USEC";
    private const string WatchdogProcessVariable = "WATCHDOG_PID";

    private ITimer? _signs;

    public static SystemdNotifier OfEnvironment(IServiceProvider services) => new(
        services.GetRequiredService<IHostApplicationLifetime>(), Environment.GetEnvironmentVariable(SocketVariable),
        WatchdogOf(Environment.GetEnvironmentVariable(WatchdogVariable), Environment.GetEnvironmentVariable(WatchdogProcessVariable), Environment.ProcessId),
        services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<SystemdNotifier>>());

    /// <summary>How long the service manager waits for a sign of life of this process; null when it wants none.</summary>
    public static TimeSpan? WatchdogOf(string? microseconds, string? process, int thisProcess) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time > 0 && time < TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond
            && (string.IsNullOrEmpty(process) || process == thisProcess.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromTicks(time * TimeSpan.TicksPerMicrosecond)
            : null;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            Send("READY=1");
            // Half the time, as sd_watchdog_enabled(3) advises.
            if (watchdog is { } limit)
                _signs = time.CreateTimer(_ => Send("WATCHDOG=1"), null, TimeSpan.Zero, limit / 2);
        });
        lifetime.ApplicationStopping.Register(() => Send("STOPPING=1"));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signs?.Dispose();

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
