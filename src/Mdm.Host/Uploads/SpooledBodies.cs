using Mdm.Host.Staging;

namespace Mdm.Host.Uploads;

/// <summary>Bytes that wait for their put to be done, sealed in the pool; the keys are in this process alone, and go with it.</summary>
internal sealed class SpooledBodies(StagingArea staging) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Token, int Position), (int Attempt, SealedSpool Spool)> _kept = [];

    /// <summary>Keeps all of a body.</summary>
    /// <returns>Nothing: it has no id before it is stored.</returns>
    public async Task<ArchiveObjectInfo?> KeepAsync(UploadRow row, DistinguishedName owner, Stream body, CancellationToken cancellationToken)
    {
        var spool = await staging.SpoolAsync(body, owner, cancellationToken);
        lock (_gate)
        {
            if (_kept.Remove((row.Token, row.Position), out var before))
                before.Spool.Dispose();
            _kept[(row.Token, row.Position)] = (row.Attempt, spool);
        }
        return null;
    }

    /// <summary>Takes out what was kept of an attempt; null when it is not here.</summary>
    public SealedSpool? TryTake(UploadRow row)
    {
        lock (_gate)
        {
            if (!_kept.TryGetValue((row.Token, row.Position), out var kept) || kept.Attempt != row.Attempt)
                return null;
            _kept.Remove((row.Token, row.Position));
            return kept.Spool;
        }
    }

    /// <summary>Puts back what could not be stored now.</summary>
    public void Return(UploadRow row, SealedSpool spool)
    {
        lock (_gate)
        {
            if (!_kept.TryAdd((row.Token, row.Position), (row.Attempt, spool)))
                spool.Dispose();
        }
    }

    /// <summary>What is kept: files of puts, and the attempt that each is of.</summary>
    public IReadOnlyList<(string Token, int Position, int Attempt)> Kept
    {
        get
        {
            lock (_gate)
                return [.. _kept.Select(one => (one.Key.Token, one.Key.Position, one.Value.Attempt))];
        }
    }

    /// <summary>That attempt is wanted no more.</summary>
    public void Drop(string token, int position, int attempt)
    {
        lock (_gate)
        {
            if (_kept.TryGetValue((token, position), out var kept) && kept.Attempt == attempt && _kept.Remove((token, position)))
                kept.Spool.Dispose();
        }
    }

    /// <summary>It is wanted no more.</summary>
    public void Drop(UploadRow row)
    {
        lock (_gate)
        {
            if (_kept.TryGetValue((row.Token, row.Position), out var kept) && kept.Attempt <= Math.Max(row.Attempt, 1) && _kept.Remove((row.Token, row.Position)))
                kept.Spool.Dispose();
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            foreach (var (_, spool) in _kept.Values)
                spool.Dispose();
            _kept.Clear();
        }
        return default;
    }
}
