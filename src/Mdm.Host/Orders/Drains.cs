using System.Collections.Immutable;
using Mdm.Host.Members;

namespace Mdm.Host.Orders;

/// <summary>What of this host nothing new is begun at: an archive, or the host itself. Holds over restarts until it is lifted. Safe for concurrent use.</summary>
internal sealed class Drains : IDisposable
{
    private readonly OrderLedger _ledger;
    private readonly ThisHost _host;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private volatile ImmutableDictionary<string, Drain> _archives = ImmutableDictionary.Create<string, Drain>(StringComparer.Ordinal);
    private volatile Drain? _ofHost;

    /// <exception cref="MdmException">The ledger cannot be read.</exception>
    public Drains(OrderLedger ledger, ThisHost host)
    {
        (_ledger, _host) = (ledger, host);
        foreach (var drain in ledger.DrainsAsync(host.Id, CancellationToken.None).GetAwaiter().GetResult())
            Take(drain);
    }

    /// <summary>Called after each change.</summary>
    public event Action? Changed;

    /// <summary>The host's own; null while it takes requests.</summary>
    public Drain? OfHost => _ofHost;

    /// <summary>Of archives, by name.</summary>
    public IReadOnlyList<Drain> OfArchives => [.. _archives.Values.OrderBy(drain => drain.Archive, StringComparer.Ordinal)];

    /// <summary>The archive's; null while it may be asked.</summary>
    public Drain? Of(string archive) => _archives.GetValueOrDefault(archive);

    /// <summary>Refuses what would be begun anew at this host.</summary>
    /// <exception cref="MdmException">Unavailable: it is being drained.</exception>
    public void DemandHost()
    {
        if (_ofHost is { } drain)
            throw new MdmException(MdmErrorKind.Unavailable, $"This host takes no new requests since {Printed(drain.Since)}: {drain.Reason} What it has begun it ends. Ask another host, or this one later.");
    }

    /// <summary>What a caller is told of a drained archive.</summary>
    public static string SentenceOf(Drain drain) => $"Archive {drain.Archive} is asked for nothing since {Printed(drain.Since)}: {drain.Reason} What is queued waits until its administrator ends that.";

    /// <exception cref="MdmException">Unavailable: it cannot be kept.</exception>
    public async Task PlaceAsync(Drain drain, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            await _ledger.PlaceAsync(_host.Id, drain);
            Take(drain);
        }
        finally
        {
            _changing.Release();
        }
        Changed?.Invoke();
    }

    /// <exception cref="MdmException">NotFound: it is not drained; Unavailable.</exception>
    public async Task LiftAsync(string? archive, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (!await _ledger.LiftAsync(_host.Id, archive))
                throw new MdmException(MdmErrorKind.NotFound, archive is null ? "This host is not drained." : $"Archive {archive} is not drained.");
            if (archive is null)
                _ofHost = null;
            else
                _archives = _archives.Remove(archive);
        }
        finally
        {
            _changing.Release();
        }
        Changed?.Invoke();
    }

    public void Dispose() => _changing.Dispose();

    private static string Printed(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture);

    private void Take(Drain drain)
    {
        if (drain.Archive is null)
            _ofHost = drain;
        else
            _archives = _archives.SetItem(drain.Archive, drain);
    }
}
