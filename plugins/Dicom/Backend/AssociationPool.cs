using Mdm.Abstractions;
using Mdm.Plugins.Dicom.UpperLayer;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>An association for the time of one operation. Not marked as reusable, it is closed afterwards.</summary>
internal sealed class AssociationLease(AssociationPool pool, Association association, string purpose) : IAsyncDisposable
{
    private bool _isReusable;
    private int _isReturned;

    public Association Association => association;

    /// <summary>The operation ended in order: the next one may use the association.</summary>
    public void MarkReusable() => _isReusable = true;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isReturned, 1) == 0)
            await pool.ReturnAsync(association, purpose, _isReusable);
    }
}

/// <summary>
/// Associations with one archive: opened when needed, kept open for the next operation, never more than configured.
/// After the archive said that it is busy it is left alone for a while. Safe for concurrent use.
/// </summary>
internal sealed class AssociationPool : IAsyncDisposable
{
    // Archives close idle associations after some 30 s; we go first.
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);

    private readonly DicomPeer _peer;
    private readonly AssociationOptions _options;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _slots;
    private readonly int _capacity;
    private readonly LinkedList<Idle> _idle = [];
    private readonly Lock _lock = new();
    private readonly ITimer _sweeper;
    private int _leased;
    private TimeSpan _backOff;
    private long _notBefore;

    public AssociationPool(DicomPeer peer, AssociationOptions options, int capacity, ILogger log)
    {
        (_peer, _options, _capacity, _log) = (peer, options, capacity, log);
        _slots = new SemaphoreSlim(capacity, capacity);
        _sweeper = options.Time.CreateTimer(_ => _ = SweepAsync(all: false), null, IdleTime, IdleTime);
    }

    /// <summary>An association with these contexts.</summary>
    /// <param name="purpose">Names the proposals: an idle association of the same purpose is taken again.</param>
    /// <param name="proposals">1 to 128 contexts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MdmException">Busy: all are in use, or the archive wants to be left alone. Otherwise as <see cref="Negotiation.RequestAsync"/>.</exception>
    public async ValueTask<AssociationLease> LeaseAsync(string purpose, IReadOnlyList<ContextProposal> proposals, CancellationToken cancellationToken)
    {
        ThrowIfBackingOff();
        if (!await _slots.WaitAsync(_options.NegotiationTimeout, cancellationToken))
            throw new MdmException(MdmErrorKind.Busy, "All associations with the archive are in use (MaxAssociations).");
        var excess = new List<Association>();
        try
        {
            if (TakeIdle(purpose, excess) is { } idle)
                return new AssociationLease(this, idle, purpose);
            foreach (var association in excess)
                await association.ReleaseAsync(cancellationToken);
            var fresh = await Negotiation.RequestAsync(_peer, proposals, _options, cancellationToken);
            lock (_lock)
                _backOff = TimeSpan.Zero;
            return new AssociationLease(this, fresh, purpose);
        }
        catch (Exception exception)
        {
            if (exception is MdmException { Kind: MdmErrorKind.Busy })
                BackOff();
            lock (_lock)
                _leased--;
            _slots.Release();
            throw;
        }
    }

    /// <summary>The archive said that it is busy: it is not asked again for 1 s, then 2, 4 ... 60 s.</summary>
    public void BackOff()
    {
        lock (_lock)
        {
            _backOff = _backOff == TimeSpan.Zero ? FirstBackOff : TimeSpan.FromTicks(Math.Min(_backOff.Ticks * 2, LongestBackOff.Ticks));
            _notBefore = _options.Time.GetTimestamp() + (long)(_backOff.TotalSeconds * _options.Time.TimestampFrequency);
            _log.BackingOff(_peer.CalledAeTitle, _backOff);
        }
    }

    internal async ValueTask ReturnAsync(Association association, string purpose, bool isReusable)
    {
        if (isReusable && association.IsOpen)
        {
            lock (_lock)
            {
                _idle.AddLast(new Idle(association, purpose, _options.Time.GetTimestamp()));
                _leased--;
            }
        }
        else
        {
            await association.DisposeAsync();
            lock (_lock)
                _leased--;
        }

        _slots.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        await SweepAsync(all: true);
    }

    private Association? TakeIdle(string purpose, List<Association> excess)
    {
        lock (_lock)
        {
            _leased++;
            foreach (var idle in _idle.Where(idle => idle.Purpose == purpose).Reverse().ToArray())
            {
                _idle.Remove(idle);
                if (idle.Association.IsAlive)
                    return idle.Association;
                excess.Add(idle.Association);
            }

            while (_leased + _idle.Count > _capacity && _idle.First is { } oldest)
            {
                _idle.RemoveFirst();
                excess.Add(oldest.Value.Association);
            }

            return null;
        }
    }

    private async Task SweepAsync(bool all)
    {
        var old = new List<Association>();
        lock (_lock)
        {
            while (_idle.First is { } first && (all || _options.Time.GetElapsedTime(first.Value.Since) >= IdleTime))
            {
                _idle.RemoveFirst();
                old.Add(first.Value.Association);
            }
        }

        foreach (var association in old)
            await association.ReleaseAsync(CancellationToken.None);
    }

    private void ThrowIfBackingOff()
    {
        lock (_lock)
        {
            var now = _options.Time.GetTimestamp();
            if (now < _notBefore)
                throw new MdmException(MdmErrorKind.Busy, "The archive said that it is busy and is left alone for a while.") { RetryAfter = _options.Time.GetElapsedTime(now, _notBefore) };
        }
    }

    private sealed record Idle(Association Association, string Purpose, long Since);
}
