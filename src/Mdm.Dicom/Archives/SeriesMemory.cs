namespace Mdm.Dicom.Archives;

/// <summary>
/// What series were found to hold a short while ago, so that an archive is not asked again for each part of a series that is fetched in parts, or was just published.
/// Only ever a hint: what it does not have, or what did not come, is asked for anew. Safe for concurrent use.
/// </summary>
internal sealed class SeriesMemory(TimeProvider time)
{
    /// <summary>Instances remembered, of all series: some 4 MiB.</summary>
    public const int MaxInstances = 20_000;

    /// <summary>How long a series is believed to be what it was.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Study, string Series), LinkedListNode<Remembered>> _bySeries = [];
    private readonly LinkedList<Remembered> _byAge = new();
    private int _instances;

    /// <summary>The series as it was; null when it is not remembered, or lacks one of the instances.</summary>
    public SeriesListing? Find(string study, string series, IReadOnlyList<string> wanted)
    {
        lock (_gate)
        {
            Forget();
            return _bySeries.TryGetValue((study, series), out var node) && wanted.All(node.Value.Listing.Classes.ContainsKey) ? node.Value.Listing : null;
        }
    }

    /// <summary>Remembers a series that was listed whole; the oldest are forgotten for it.</summary>
    public void Keep(SeriesListing listing)
    {
        var count = listing.Classes.Count;
        lock (_gate)
        {
            if (_bySeries.TryGetValue((listing.Study, listing.Series), out var known))
                Remove(known);
            if (count is 0 or > MaxInstances)
                return;
            _instances += count;
            _bySeries[(listing.Study, listing.Series)] = _byAge.AddLast(new Remembered(listing, time.GetTimestamp()));
            Forget();
        }
    }

    private void Forget()
    {
        while (_byAge.First is { } oldest && (_instances > MaxInstances || time.GetElapsedTime(oldest.Value.At) > Longest))
            Remove(oldest);
    }

    private void Remove(LinkedListNode<Remembered> node)
    {
        _byAge.Remove(node);
        _bySeries.Remove((node.Value.Listing.Study, node.Value.Listing.Series));
        _instances -= node.Value.Listing.Classes.Count;
    }

    private sealed record Remembered(SeriesListing Listing, long At);
}
