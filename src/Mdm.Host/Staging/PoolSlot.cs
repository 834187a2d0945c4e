namespace Mdm.Host.Staging;

/// <summary>A complete file in the pool. Everything but the file itself and its md5 is changed under the pool's lock only.</summary>
internal sealed class PoolSlot(StagedFile file, PoolName name)
{
    public StagedFile File { get; } = file;

    public PoolName Name { get; } = name;

    /// <summary>Bytes on disk.</summary>
    public long Size { get; } = name.StoredLength;

    /// <summary>By the holder's key.</summary>
    public Dictionary<string, PinLease> Pins { get; } = new(StringComparer.Ordinal);

    /// <summary>Readers, and fetches whose callers have not yet taken their pin.</summary>
    public int Holds { get; set; }

    /// <summary>Out of the pool; those who have it open still read it.</summary>
    public bool IsGone { get; set; }

    /// <summary>Not yet read again since the machine restarted.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>RFC 1321 digest of the delivered bytes, once somebody asked for it.</summary>
    public byte[]? Md5 { get; set; }

    /// <summary>Its place in the order of last use.</summary>
    public LinkedListNode<PoolSlot>? Use { get; set; }

    public bool IsEvictable => Pins.Count == 0 && Holds == 0;

    public bool IsPinnedBy(DistinguishedName subject) => Pins.Values.Any(lease => lease.Order.Subject == subject);
}

/// <summary>Room in the pool for a file that is being fetched; given back when disposed.</summary>
internal sealed class PoolReservation(Pool pool, DistinguishedName subject) : IDisposable
{
    private long _known;

    public DistinguishedName Subject => subject;

    /// <summary>Changed under the pool's lock only.</summary>
    public long Bytes { get; set; }

    /// <summary>Makes it large enough; never waits, since an archive's connection would wait with it.</summary>
    /// <exception cref="MdmException">Refused with a shortage: no room now. The fetch may be tried again with more room.</exception>
    public void GrowTo(long needed)
    {
        if (needed > Volatile.Read(ref _known))
            Volatile.Write(ref _known, pool.Grow(this, needed));
    }

    public void Dispose() => pool.Return(this);
}
