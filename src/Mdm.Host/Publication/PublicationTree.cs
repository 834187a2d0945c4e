using System.Collections.Immutable;
using Mdm.Host.Access;

namespace Mdm.Host.Publication;

/// <summary>The directories of a publication: finds them wherever users moved them, makes those that are missing.</summary>
internal sealed class PublicationTree(ICatalog catalog, PublishedIds ids, IdentityPolicy identity, TimeProvider time)
{
    private const int DirectoryMode = 0b111_111_111;

    // Nothing on the grid is run: a directory's x must not become a file's.
    private const int FileMode = 0b110_110_110;
    private const int ClosedDirectoryMode = 0b111_000_000;
    private const int ClosedFileMode = 0b110_000_000;
    private const int AncestorMode = 0b111_101_101;

    /// <summary>The root and what leads to it. A root that stands elsewhere since the configuration changed is moved, with all below it.</summary>
    /// <exception cref="MdmException">Refused: something else stands there, or the root's rights show originals to others than configured.</exception>
    public async ValueTask<CatalogEntry> EnsureRootAsync(PublicationPlan plan, CancellationToken cancellationToken)
    {
        var target = plan.Options.Root;
        var ancestors = target.Ancestors().Where(path => !path.IsRoot).Select(path => Directory(plan, ids.OfAncestor(path), path, Acl.FromMode(AncestorMode)) with { Owner = PublicationPlan.DefaultOwner, Group = PublicationPlan.NoGroup, Publication = null });
        var outcomes = await catalog.CreateManyAsync([.. ancestors, Directory(plan, RootId(plan), target, plan.RootAcl)], cancellationToken);
        var root = outcomes[^1] switch
        {
            { Kind: CreateOutcomeKind.Created or CreateOutcomeKind.Existing, Entry: { } entry } => entry,
            { Kind: CreateOutcomeKind.NameTaken } => throw new MdmException(MdmErrorKind.Refused,
                $"{target} is something else than the root of publication {plan.Name}. Move it away, or, if the secret of publications was lost, bring that file back from the backup."),
            _ => throw new MdmException(MdmErrorKind.Refused, $"The way to {target} leads through something that is not a directory; publication {plan.Name} has no place."),
        };
        if (root.Path != target)
            root = await catalog.MoveAsync(root.Id, target, cancellationToken);
        identity.Check(plan.Name, root.Group, root.Acl);
        return root;
    }

    /// <summary>The root's id, which no user can move.</summary>
    public FileId RootId(PublicationPlan plan) => ids.OfDirectory(plan.Name, string.Empty);

    public FileId IdOf(PublicationPlan plan, string layoutPath) => ids.OfDirectory(plan.Name, layoutPath);

    /// <summary>How a directory is called in the layout, whatever users made of it.</summary>
    public static string LayoutPath(ImmutableArray<string> names, int depth) => string.Join('/', names.Take(depth));

    /// <summary>The directories of these places as they stand now, by layout path. What could not be made is left out.</summary>
    public async ValueTask<Dictionary<string, CatalogEntry>> EnsureAsync(PublicationPlan plan, CatalogEntry root, IReadOnlyCollection<ImmutableArray<string>> places, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, CatalogEntry>(StringComparer.Ordinal) { [string.Empty] = root };
        for (var depth = 1; depth <= places.Select(place => place.Length).DefaultIfEmpty().Max(); depth++)
        {
            var level = places.Where(place => place.Length >= depth).Select(place => (Key: LayoutPath(place, depth), Parent: LayoutPath(place, depth - 1), Name: place[depth - 1])).Distinct().ToList();
            var taken = await MakeAsync(plan, known, level, cancellationToken);
            // Something of a user's has the name: the directory gets a mark. Its id is the same, so it is found again.
            await MakeAsync(plan, known, taken.ConvertAll(t => t with { Name = SafeName.Marked(t.Name, ids.MarkOf(t.Key)) }), cancellationToken);
        }
        return known;
    }

    /// <summary>A directory below <paramref name="parent"/>; null where the path would be too long or too deep.</summary>
    private CatalogDraft? DirectoryBelow(PublicationPlan plan, CatalogEntry parent, string key, string name) =>
        ChildOf(parent, name) is { } path ? Directory(plan, IdOf(plan, key), path, RightsBelow(plan, parent, directory: true)) : null;

    /// <summary>A file below <paramref name="parent"/>; null where the path would be too long or too deep.</summary>
    public CatalogDraft? FileBelow(PublicationPlan plan, CatalogEntry parent, PlacedObject placed, string name) => ChildOf(parent, name) is { } path
        ? Directory(plan, placed.Seen.File, path, RightsBelow(plan, parent, directory: false)) with { Kind = CatalogEntryKind.File, Source = placed.Source }
        : null;

    /// <returns>Those whose name is taken.</returns>
    private async ValueTask<List<(string Key, string Parent, string Name)>> MakeAsync(
        PublicationPlan plan, Dictionary<string, CatalogEntry> known, List<(string Key, string Parent, string Name)> wanted, CancellationToken cancellationToken)
    {
        var drafts = wanted.Select(w => (Wanted: w, Draft: known.TryGetValue(w.Parent, out var parent) ? DirectoryBelow(plan, parent, w.Key, w.Name) : null)).Where(w => w.Draft is not null).ToList();
        if (drafts.Count == 0)
            return [];
        var outcomes = await catalog.CreateManyAsync(drafts.ConvertAll(d => d.Draft!), cancellationToken);
        var taken = new List<(string Key, string Parent, string Name)>();
        foreach (var ((directory, _), outcome) in drafts.Zip(outcomes))
        {
            if (outcome.Kind is CreateOutcomeKind.Created or CreateOutcomeKind.Existing)
                known[directory.Key] = outcome.Entry!;
            else if (outcome.Kind == CreateOutcomeKind.NameTaken)
                taken.Add(directory);
        }
        return taken;
    }

    private Acl RightsBelow(PublicationPlan plan, CatalogEntry parent, bool directory)
    {
        var closed = Acl.FromMode(directory ? ClosedDirectoryMode : ClosedFileMode);
        // Without defaults POSIX would give the mode's rights, to everybody.
        if (!parent.Acl.HasDefaults)
            return closed;
        var inherited = parent.Acl.InheritedBy(directory, directory ? DirectoryMode : FileMode);
        try
        {
            identity.Check(plan.Name, plan.Group, inherited);
            return inherited;
        }
        catch (MdmException refusal) when (refusal.Kind == MdmErrorKind.Refused)
        {
            // What may not be opened to those it would be opened to, opens to nobody.
            return closed;
        }
    }

    private CatalogDraft Directory(PublicationPlan plan, FileId id, StoragePath path, Acl acl) => new()
    {
        Id = id,
        Path = path,
        Kind = CatalogEntryKind.Directory,
        Owner = plan.Owner,
        Group = plan.Group,
        Acl = acl,
        Publication = plan.Name,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds()),
    };

    private static StoragePath? ChildOf(CatalogEntry parent, string name)
    {
        try
        {
            return parent.Path.Child(name);
        }
        catch (MdmException refusal) when (refusal.Kind == MdmErrorKind.InvalidName)
        {
            return null;
        }
    }
}

/// <summary>An object with its place in the publication.</summary>
internal sealed record PlacedObject(SeenObject Seen, FileSource Source, EntryPlace Place, ImmutableArray<ArchiveAttribute> Attributes)
{
    /// <summary>Without attributes.</summary>
    public override string ToString() => Seen.File.ToString();
}
