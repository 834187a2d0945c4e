using Mdm.Host.Members;

namespace Mdm.Host.Uploads;

/// <summary>Erases objects that stand for no file: what came by puts that did not come to their end, and what stood for files that are gone. What does not succeed now is tried again later.</summary>
internal sealed class ObjectEraser(UploadStore store, PutArchives archives, ICatalog catalog, ComingNow coming, ThisHost host, UploadsOptions options, TimeProvider time, ILogger<ObjectEraser> log)
{
    /// <summary>Looked at in one go; the next has the rest.</summary>
    private const int AtOnce = 200;

    /// <summary>How long whoever ended something waits for its objects to be erased; an archive may take longer, and does it by itself then.</summary>
    private static readonly TimeSpan CallersWait = TimeSpan.FromSeconds(2);

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

    /// <summary>Erases what is left over, for a caller who has just ended something and does not wait as long as an archive may take.</summary>
    public async Task EraseSoonAsync()
    {
        var erasing = Task.Run(async () =>
        {
            await EraseStraysAsync(CancellationToken.None);
            await EraseLeaversAsync(CancellationToken.None);
        });
        try
        {
            await erasing.WaitAsync(CallersWait, time);
        }
        catch (TimeoutException) when (!erasing.IsCompleted)
        {
            // It goes on; what it does not come to the keeper does.
            _ = erasing.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Erases what puts left behind.</summary>
    public async Task EraseStraysAsync(CancellationToken cancellationToken)
    {
        var failing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var stray in await store.StraysAsync(host.Id, time.GetUtcNow() - options.LongestTurlTime - OthersRest, AtOnce, cancellationToken))
        {
            // Who still writes it erases it himself.
            if (coming.Is(stray.Token, stray.Position) || failing.Contains(stray.Archive))
                continue;
            if (await TryEraseAsync(stray.Archive, stray.Object))
                await store.StrikeAsync(stray.Archive, stray.Object);
            else
                failing.Add(stray.Archive);
        }
    }

    /// <summary>Erases what stood for files that are gone, and gives their room back.</summary>
    public async Task EraseLeaversAsync(CancellationToken cancellationToken)
    {
        var failing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var leaver in await store.LeaversAsync(AtOnce, cancellationToken))
        {
            if (await catalog.FindAsync(leaver.File, cancellationToken) is not null)
                await store.StaysAsync(leaver.File, time.GetUtcNow() - GoingTakes);
            else if (failing.Contains(leaver.Archive))
                continue;
            else if (await TryEraseAsync(leaver.Archive, leaver.Object))
                await store.ForgetAsync(leaver);
            else
                failing.Add(leaver.Archive);
        }
    }

    private async Task<bool> TryEraseAsync(string archive, ArchiveObjectId id)
    {
        try
        {
            await archives.EraseAsync(archive, id);
            return true;
        }
        catch (MdmException failure)
        {
            Log.NotErased(log, archive, id, failure.Kind, failure.Message);
            return false;
        }
    }
}
