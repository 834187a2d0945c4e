using Mdm.Host.Orders;

namespace Mdm.Host.Staging;

/// <summary>Marks a refusal that says nothing against its archive, and ends with the drain.</summary>
internal sealed class DrainedException : Exception;

/// <summary>Where what is to be fetched waits while its archive is drained. Safe for concurrent use.</summary>
internal sealed class DrainGate : IDisposable
{
    /// <summary>What callers are told to wait while an archive is drained: nobody knows how long, and they should not ask every second.</summary>
    public static readonly TimeSpan Estimate = TimeSpan.FromMinutes(5);

    private readonly Drains? _drains;
    private readonly Action _changed;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);

    /// <param name="drains">What is drained; null where nothing can be.</param>
    /// <param name="changed">Called after each change, before those go on that waited for it.</param>
    public DrainGate(Drains? drains, Action changed)
    {
        (_drains, _changed) = (drains, changed);
        _drains?.Changed += Change;
    }

    public bool IsDrained(string archive) => _drains?.Of(archive) is not null;

    /// <summary>What a caller is told; null while the archive may be asked.</summary>
    public MdmException? Refusal(string archive) =>
        _drains?.Of(archive) is { } drain ? new MdmException(MdmErrorKind.Unavailable, Drains.SentenceOf(drain), new DrainedException()) { RetryAfter = Estimate } : null;

    /// <exception cref="MdmException">Unavailable: the archive is drained.</exception>
    public void Demand(string archive)
    {
        if (Refusal(archive) is { } refusal)
            throw refusal;
    }

    /// <summary>Ends when the archive may be asked.</summary>
    public async Task WaitAsync(string archive, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task opened;
            lock (_gate)
            {
                if (!IsDrained(archive))
                    return;
                if (!_waiting.TryGetValue(archive, out var waiting))
                    _waiting[archive] = waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                opened = waiting.Task;
            }
            await opened.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _drains?.Changed -= Change;

    private void Change()
    {
        _changed();
        lock (_gate)
        {
            foreach (var archive in _waiting.Keys.Where(archive => !IsDrained(archive)).ToList())
            {
                _waiting.Remove(archive, out var waiting);
                waiting!.SetResult();
            }
        }
    }
}
