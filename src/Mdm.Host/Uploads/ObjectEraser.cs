using Mdm.Host.Members;

namespace Mdm.Host.Uploads;

/// <summary>Erases objects that stand for no file: what came by puts that did not come to their end, and what stood for files that are gone. What does not succeed now is tried again later.</summary>
internal sealed class ObjectEraser(UploadStore store, PutPlaces places, ICatalog catalog, ComingNow coming, ThisHost host, UploadsOptions options, TimeProvider time, ILogger<ObjectEraser> log)
{
    /// <summary>Looked at in one go; the next has the rest.</summary>
    private const int AtOnce = 200;

    /// <summary>How long after it was noted that a file goes its going may still be under way.</summary>
    private static readonly TimeSpan GoingTakes = TimeSpan.FromMinutes(10);

    /// <summary>How long after their last moment the objects of a host that never came back are left alone.</summary>
    private static readonly TimeSpan OthersRest = TimeSpan.FromHours(1);

    /// <summary>Erases an object that stands for nothing.</summary>
    public async Task EraseAsync(string archive, ArchiveObjectId id)
    {
        if (await TryEraseAsync(archive, id))
            await store.StrikeAsync(archive, id);
    }

    /// <summary>Erases what puts left behind.</summary>
    public async Task EraseStraysAsync(CancellationToken cancellationToken)
    {
        foreach (var stray in await store.StraysAsync(host.Id, time.GetUtcNow() - options.LongestTurlTime - OthersRest, AtOnce, cancellationToken))
        {
            // Who still writes it erases it himself.
            if (!coming.Is(stray.Token, stray.Position))
                await EraseAsync(stray.Archive, stray.Object);
        }
    }

    /// <summary>Erases what stood for files that are gone, and gives their room back.</summary>
    public async Task EraseLeaversAsync(CancellationToken cancellationToken)
    {
        foreach (var leaver in await store.LeaversAsync(AtOnce, cancellationToken))
        {
            if (await catalog.FindAsync(leaver.File, cancellationToken) is not null)
                await store.StaysAsync(leaver.File, time.GetUtcNow() - GoingTakes);
            else if (await TryEraseAsync(leaver.Archive, leaver.Object))
                await store.ForgetAsync(leaver);
        }
    }

    private async Task<bool> TryEraseAsync(string archive, ArchiveObjectId id)
    {
        try
        {
            // An archive that erases nothing keeps what it has; here it stands for nothing any more.
            if (places.ErasableOf(archive) is { } erasable)
                await erasable.DeleteAsync(id, CancellationToken.None);
            return true;
        }
        catch (MdmException failure)
        {
            Log.NotErased(log, archive, id, failure.Kind, failure.Message);
            return false;
        }
    }
}
