namespace Mdm.Host.Access;

/// <summary>
/// Walks a path as POSIX does: every directory on the way must let the caller pass (x), symbolic names are followed. What lies behind a closed directory is
/// denied, whether it exists or not.
/// </summary>
internal sealed class PathWalk(ICatalog catalog)
{
    /// <summary>Most symbolic names on one way (Linux: 40).</summary>
    public const int MaxLinks = 16;

    /// <summary>The entry at a path.</summary>
    /// <exception cref="MdmException">NotFound, NotADirectory, AccessDenied; Refused for too many links.</exception>
    public async ValueTask<CatalogEntry> ToAsync(GridIdentity caller, StoragePath path, bool followLast, CancellationToken cancellationToken) =>
        await TryToAsync(caller, path, followLast, cancellationToken)
            ?? throw new MdmException(MdmErrorKind.NotFound, $"{path}: No such file or directory.");

    /// <summary>The entry at a path, or null where only the last name is missing.</summary>
    /// <exception cref="MdmException">NotFound (an earlier name is missing), NotADirectory, AccessDenied; Refused for too many links.</exception>
    public async ValueTask<CatalogEntry?> TryToAsync(GridIdentity caller, StoragePath path, bool followLast, CancellationToken cancellationToken)
    {
        for (var links = 0; links <= MaxLinks; links++)
        {
            var chain = await catalog.WalkAsync(path, cancellationToken);
            var (entry, next) = Step(caller, path, chain, followLast);
            if (next is null)
                return entry;
            path = next;
        }
        throw new MdmException(MdmErrorKind.Refused, $"The path goes through more than {MaxLinks} symbolic names.");
    }

    /// <summary>Throws unless the caller has the rights on the entry.</summary>
    /// <exception cref="MdmException">AccessDenied, saying which right is missing where.</exception>
    public static void Demand(GridIdentity caller, CatalogEntry entry, Permissions rights)
    {
        if (entry.Acl.Permits(caller, entry.Owner, entry.Group, rights))
            return;
        throw new MdmException(MdmErrorKind.AccessDenied,
            $"Permission denied: {caller} has no {Describe(rights)} right on {entry.Path}; ask its owner for an ACL entry.", new Denial(entry, Describe(rights)));
    }

    private static (CatalogEntry? Entry, StoragePath? Next) Step(GridIdentity caller, StoragePath path, IReadOnlyList<CatalogEntry> chain, bool followLast)
    {
        for (var i = 0; i < chain.Count; i++)
        {
            var entry = chain[i];
            var isLast = entry.Path.Names.Length == path.Names.Length;
            if (entry.Kind == CatalogEntryKind.Link && (!isLast || followLast))
                return (null, path.Names[entry.Path.Names.Length..].Aggregate(entry.Target!, (target, name) => target.Child(name)));
            if (isLast)
                return (entry, null);
            if (entry.Kind != CatalogEntryKind.Directory)
                throw new MdmException(MdmErrorKind.NotADirectory, $"{entry.Path} is not a directory.");
            Demand(caller, entry, Permissions.Execute);
        }
        return chain.Count == path.Names.Length
            ? (null, null)
            : throw new MdmException(MdmErrorKind.NotFound, $"{path}: No such file or directory.");
    }

    private static string Describe(Permissions rights) => string.Join(" and ",
        new[] { (Permissions.Read, "read"), (Permissions.Write, "write"), (Permissions.Execute, "pass (x)") }.Where(r => rights.HasFlag(r.Item1)).Select(r => r.Item2));
}
