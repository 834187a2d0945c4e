using Mdm.Host.Access;

namespace Mdm.Host.Uploads;

/// <summary>What is noted before a file goes: of one that came by a put, that its object goes with it; of any other, that no scan brings it back.</summary>
internal sealed class UploadRemovals(IRemovalLedger scanned, UploadStore store, PutPlaces places, TimeProvider time) : IRemovalLedger
{
    public async ValueTask RecordAsync(CatalogEntry entry, GridIdentity by, CancellationToken cancellationToken)
    {
        if (places.IsPutInto(entry.Publication))
            await store.LeavingAsync(entry.Id, time.GetUtcNow());
        else
            await scanned.RecordAsync(entry, by, cancellationToken);
    }
}
