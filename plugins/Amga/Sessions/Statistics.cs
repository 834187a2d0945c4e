using System.Diagnostics.Metrics;
using System.Globalization;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>Counts what goes on, and says so to whoever asks, a few times a minute: it is answered before anybody has logged in.</summary>
internal sealed class Statistics(int perMinute, TimeProvider time)
{
    private static readonly Meter Meter = new("Mdm.Plugins.Amga");

    private static readonly Counter<long> CommandCounter = Meter.CreateCounter<long>("mdm.amga.commands", description: "Commands of metadata clients, by outcome.");

    private readonly Lock _gate = new();
    private readonly DateTimeOffset _since = time.GetUtcNow();
    private long _minute;
    private int _told;
    private int _connections;
    private long _sessions;
    private long _commands;

    public int Connections => Volatile.Read(ref _connections);

    public void ConnectionOpened() => Interlocked.Increment(ref _connections);

    public void ConnectionClosed() => Interlocked.Decrement(ref _connections);

    public void SessionBegan() => Interlocked.Increment(ref _sessions);

    public void CommandEnded(string outcome)
    {
        Interlocked.Increment(ref _commands);
        CommandCounter.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
    }

    /// <summary>The text for strangers; null when it was told often enough in this minute.</summary>
    public string? TryTell(int parked)
    {
        var minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        lock (_gate)
        {
            if (minute != _minute)
                (_minute, _told) = (minute, 0);
            if (_told >= perMinute)
                return null;
            _told++;
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"Running since: {_since:yyyy-MM-dd HH:mm:ss}\nConnections: {Connections}\nParked sessions: {parked}\nSessions: {Interlocked.Read(ref _sessions)}\nCommands: {Interlocked.Read(ref _commands)}\n");
    }
}
