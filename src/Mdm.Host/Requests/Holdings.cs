using Mdm.Host.Staging;

namespace Mdm.Host.Requests;

/// <summary>What is known and held of a file.</summary>
/// <param name="Facts">Size and checksums as delivered; null before the file was first staged.</param>
/// <param name="IsOnline">True when it lies in the pool.</param>
internal readonly record struct Holding(FileFacts? Facts, bool IsOnline);

/// <summary>The pool as a caller may know it, in bytes.</summary>
/// <param name="Total">Its quota.</param>
/// <param name="Available">What is not taken by pins and fetches: the rest makes room when it is needed.</param>
internal readonly record struct PoolRoom(long Total, long Available);

/// <summary>What the host holds, for front doors: they ask here, and leave staging to requests.</summary>
internal sealed class Holdings(StagingArea staging)
{
    /// <summary>What is held of a file. No I/O.</summary>
    public Holding Of(CatalogEntry entry) => new(staging.FactsOf(entry), staging.LocalityOf(entry) == FileLocality.OnlineAndNearline);

    /// <summary>How much room there is.</summary>
    public PoolRoom Room
    {
        get
        {
            var usage = staging.Usage;
            return new PoolRoom(usage.Quota, Math.Max(0, usage.Quota - usage.Pinned - usage.Reserved));
        }
    }
}
