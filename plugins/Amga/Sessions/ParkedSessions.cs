using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>Sessions without a connection, each under a number that nobody can guess. One that is not taken up in time ends: its transaction is rolled back.</summary>
internal sealed class ParkedSessions : IAsyncDisposable
{
    private const int LooksPerTimeout = 4;

    private readonly Dictionary<string, (Session Session, long Since)> _parked = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly int _most;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;

    public ParkedSessions(int most, TimeSpan timeout, TimeProvider time, ILogger log)
    {
        (_most, _timeout, _time, _log) = (most, timeout, time, log);
        _timer = time.CreateTimer(_ => EndOld(), null, timeout / LooksPerTimeout, timeout / LooksPerTimeout);
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _parked.Count;
        }
    }

    /// <summary>Keeps a session; its number, or null when there are too many.</summary>
    public string? TryPark(Session session)
    {
        Span<byte> random = stackalloc byte[sizeof(ulong)];
        lock (_gate)
        {
            if (_parked.Count >= _most)
                return null;
            string id;
            do
            {
                RandomNumberGenerator.Fill(random);
                id = BinaryPrimitives.ReadUInt64LittleEndian(random).ToString(CultureInfo.InvariantCulture);
            }
            while (!_parked.TryAdd(id, (session, _time.GetTimestamp())));
            return id;
        }
    }

    /// <summary>Gives a session to who may have it; null for everybody else, for whom it stays where it is.</summary>
    public Session? TryTake(string id, SessionOwner owner)
    {
        lock (_gate)
        {
            if (!_parked.TryGetValue(id, out var found) || !found.Session.Owner.IsSame(owner) || _time.GetElapsedTime(found.Since) > _timeout)
                return null;
            _parked.Remove(id);
            return found.Session;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await EndAsync(_ => true).ConfigureAwait(false);
    }

    private void EndOld() => _ = EndAsync(since => _time.GetElapsedTime(since) > _timeout);

    private async Task EndAsync(Func<long, bool> mustEnd)
    {
        List<Session> ending;
        lock (_gate)
        {
            var ids = _parked.Where(p => mustEnd(p.Value.Since)).Select(p => p.Key).ToList();
            ending = [.. ids.Select(id => _parked[id].Session)];
            ids.ForEach(id => _parked.Remove(id));
        }
        foreach (var session in ending)
        {
#pragma warning disable CA1031 // One session that cannot end must not keep the others.
            try
            {
                await session.Commands.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception fault)
            {
                Log.SessionNotEnded(_log, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
            }
#pragma warning restore CA1031
        }
    }
}
