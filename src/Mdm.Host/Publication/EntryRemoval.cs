using Mdm.Host.Access;
using Mdm.Host.Members;
using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>Takes files out of the catalogue and out of the pools of all hosts, and sees to it that their keys and metadata go too.</summary>
internal sealed class EntryRemoval(ICatalog catalog, StagingArea staging, IRightsFollower follower, Signals signals)
{
    /// <summary>Doing it again does no harm; what is not there any more is passed over.</summary>
    /// <returns>The directories that the files stood in.</returns>
    public async Task<HashSet<StoragePath>> RemoveAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        var directories = new HashSet<StoragePath>();
        if (files.Count == 0)
            return directories;
        using var change = await follower.BeginAsync(files, cancellationToken);
        foreach (var file in files)
        {
            if (await catalog.FindAsync(file, cancellationToken) is { } entry)
                directories.Add(entry.Path.Parent);
            await catalog.RemoveAsync(file, cancellationToken);
            staging.Forget(file);
        }
        await signals.TellOthersAsync(Signals.File, [.. files.Select(file => file.ToString())], cancellationToken);
        return directories;
    }
}
