using Mdm.Abstractions;
using Mdm.Cli.Lfc;
using Mdm.Client;
using Mdm.Client.Names;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Medical;

/// <summary>Where an image is, by the UIDs that name it: publications lay images out as <c>ROOT/study/series/object</c>, with or without an ending.</summary>
internal sealed class ImageFinder(Terminal terminal, NameSession session, MedicalConfiguration configuration)
{
    /// <summary>How a publication ends the names of DICOM files, unless its layout has none.</summary>
    private static readonly string[] Endings = [string.Empty, ".dcm"];

    // Roots lie a few names deep, and a site has few of them.
    private const int MostLevels = 6;
    private const int MostLookedAt = 10_000;

    /// <exception cref="SrmException">There is none, or it is published twice; the host cannot be reached.</exception>
    public async Task<NamePlace> FindAsync(ImageUids uids, CancellationToken cancellationToken)
    {
        var roots = configuration.LfcPath is { Length: > 0 } lfc ? [NameServer.Lfc.Place(terminal, lfc)]
            : configuration.DpmPath is { Length: > 0 } dpm ? [NameServer.Lfc.Place(terminal, dpm)]
            : await RootsAsync(cancellationToken);
        var found = new List<NamePlace>();
        foreach (var root in roots)
        {
            if (await BelowAsync(root, uids, cancellationToken) is { } place)
                found.Add(place);
        }
        return found switch
        {
            [var only] => only,
            [] => throw new SrmException(StatusCode.InvalidPath, $"{uids} is not published where you may look: {(roots.Count == 0 ? "there is no publication" : string.Join(", ", roots.Select(root => root.Surl.Path)))}."),
            _ => throw new SrmException(null, $"{uids} is published more than once: {string.Join(", ", found.Select(place => place.Surl.Path))}. Name the one that is meant by -l, or set {MedicalConfiguration.LfcPathName}."),
        };
    }

    private async Task<NamePlace?> BelowAsync(NamePlace root, ImageUids uids, CancellationToken cancellationToken)
    {
        foreach (var ending in Endings)
        {
            var path = root.Surl.Path.Child(uids.Study).Child(uids.Series).Child(uids.Instance + ending);
            var place = new NamePlace(root.Surl with { Path = path }, path.ToString());
            try
            {
                await session.StatAsync(place, followLast: true, cancellationToken);
                return place;
            }
            catch (SrmException e) when (e.Status == StatusCode.InvalidPath || e.IsDenied)
            {
                // Not here; and what the caller may not look into is not where his image is.
            }
        }
        return null;
    }

    // From the top, level by level: the first directory of a publication that is met is its root.
    private async Task<List<NamePlace>> RootsAsync(CancellationToken cancellationToken)
    {
        var top = NameServer.Lfc.Host(terminal) with { Path = StoragePath.Root };
        var (roots, level, lookedAt) = (new List<NamePlace>(), new List<NamePlace> { new(top, "/") }, 0);
        for (var depth = 0; depth < MostLevels && level.Count > 0; depth++)
        {
            var next = new List<NamePlace>();
            foreach (var directory in level)
            {
                await foreach (var entry in DirectoriesAsync(directory, cancellationToken))
                {
                    if (++lookedAt > MostLookedAt)
                        throw new SrmException(null, $"Publications were looked for in {MostLookedAt} directories. Set {MedicalConfiguration.LfcPathName} to where images are.");
                    (entry.Publication is null ? next : roots).Add(new NamePlace(top with { Path = entry.Path }, entry.Path.ToString()));
                }
            }
            level = next;
        }
        return roots;
    }

    private async IAsyncEnumerable<NamedEntry> DirectoriesAsync(NamePlace directory, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var entries = session.NamesAt(directory).ListAsync(directory.Surl.Path, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await entries.MoveNextAsync())
                    yield break;
            }
            catch (SrmException e) when (e.IsDenied)
            {
                // What others keep to themselves is not where the caller's images are.
                yield break;
            }
            if (entries.Current.Kind == CatalogEntryKind.Directory)
                yield return entries.Current;
        }
    }
}
