using System.Security.Cryptography;

namespace Mdm.Host.Access;

/// <summary>The catalogue as callers may see and change it: every call walks the path, checks the rights, keeps the publications' rules and writes the audit line.</summary>
internal sealed partial class NameSpace(PathWalk walk, ICatalog catalog, IdentityPolicy identity, IRemovalLedger removals, IRightsFollower follower, AuditTrail audit, TimeProvider time)
{
    private const int DirectoryMode = 0b111_111_101;

    /// <summary>The entry at a path; needs x on the way, no right on the entry itself. A link at the end is itself unless followed.</summary>
    /// <exception cref="MdmException">NotFound, NotADirectory, AccessDenied.</exception>
    public ValueTask<CatalogEntry> StatAsync(GridIdentity caller, StoragePath path, bool followLast, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.Look, path, walk.ToAsync(caller, path, followLast, cancellationToken));

    /// <summary>The entry of that id; needs what its path needs. Whoever may not pass to it learns no more than where there is none.</summary>
    /// <exception cref="MdmException">NotFound.</exception>
    public async ValueTask<CatalogEntry> FindAsync(GridIdentity caller, FileId id, CancellationToken cancellationToken)
    {
        var gone = new MdmException(MdmErrorKind.NotFound, $"There is no entry {id}, or you may not pass to it.");
        MdmException why;
        try
        {
            // Walked as any path is: what was found by its id may have been moved meanwhile, and is then where the walk ends.
            if (await catalog.FindAsync(id, cancellationToken) is { } found && await walk.TryToAsync(caller, found.Path, followLast: false, cancellationToken) is { } entry && entry.Id == id)
                return entry;
            why = gone;
        }
        catch (MdmException refusal) when (refusal.Kind is MdmErrorKind.AccessDenied or MdmErrorKind.NotFound or MdmErrorKind.NotADirectory)
        {
            why = refusal;
        }
        audit.Refused(caller, AuditAction.Look, why, file: id);
        throw gone;
    }

    /// <summary>One page of a directory already looked up; needs r on it.</summary>
    /// <exception cref="MdmException">AccessDenied, NotFound.</exception>
    public ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(GridIdentity caller, CatalogEntry directory, string? after, int skip, int limit, CancellationToken cancellationToken)
    {
        Demand(caller, directory, AuditAction.List, Permissions.Read | Permissions.Execute);
        if (after is null)
            audit.Listed(caller, directory);
        return catalog.ListAsync(directory.Path, after, skip, limit, cancellationToken);
    }

    /// <summary>Which of r, w and x the caller has on the entry at a path.</summary>
    public async ValueTask<(CatalogEntry Entry, Permissions Rights)> EffectiveAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken)
    {
        var entry = await StatAsync(caller, path, followLast: true, cancellationToken);
        return (entry, entry.Acl.Effective(caller, entry.Owner, entry.Group));
    }

    /// <summary>Creates a directory: the caller owns it, its group is the caller's primary FQAN or else the parent's, its ACL the parent's default.</summary>
    /// <exception cref="MdmException">NotFound or NotADirectory (parent), AlreadyExists, AccessDenied, Refused.</exception>
    public ValueTask<CatalogEntry> MakeDirectoryAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.MakeDirectory, path, MakeAsync(caller, path, cancellationToken));

    /// <summary>Removes a file or link: a file is un-published and stays so; the archive is not touched.</summary>
    /// <returns>The entry that was removed.</returns>
    /// <exception cref="MdmException">NotFound, IsADirectory, AccessDenied.</exception>
    public ValueTask<CatalogEntry> RemoveAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.Remove, path, RemoveFileAsync(caller, path, cancellationToken));

    /// <summary>Removes a directory; with <paramref name="recursive"/> all below it first, as far as the caller may.</summary>
    /// <returns>The files that were removed on the way.</returns>
    /// <exception cref="MdmException">NotFound, NotADirectory, DirectoryNotEmpty, AccessDenied.</exception>
    public ValueTask<IReadOnlyList<CatalogEntry>> RemoveDirectoryAsync(GridIdentity caller, StoragePath path, bool recursive, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.Remove, path, RemoveTreeAsync(caller, path, recursive, cancellationToken));

    /// <summary>Renames or moves within the publication; the id stays. Onto an existing directory: into it. Onto itself: no change.</summary>
    /// <exception cref="MdmException">NotFound, AlreadyExists, NotADirectory, AccessDenied; Refused: out of or into a publication.</exception>
    public ValueTask<CatalogEntry> MoveAsync(GridIdentity caller, StoragePath from, StoragePath to, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.Move, from, RenameAsync(caller, from, to, cancellationToken));

    /// <summary>Replaces the ACL of an entry by what <paramref name="change"/> makes of it; only the owner may.</summary>
    /// <exception cref="MdmException">NotFound, AccessDenied; Refused: would let others read originals; Busy: changed by somebody else meanwhile, too often.</exception>
    public ValueTask<CatalogEntry> SetAclAsync(GridIdentity caller, StoragePath path, Func<CatalogEntry, Acl> change, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.SetAcl, path, ChangeRightsAsync(caller, path, entry => AclSetter(caller, entry, change, cancellationToken), cancellationToken));

    /// <summary>Waits for what follows the catalogue's rights; false when that takes longer than the limit, and goes on.</summary>
    public async ValueTask<bool> HaveRightsSettledAsync(CatalogEntry entry, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, cancellationToken);
        try
        {
            await follower.SettledAsync(entry.Id, either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async ValueTask<CatalogEntry> MakeAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken)
    {
        var (parent, target) = await ParentOfAsync(caller, path, cancellationToken);
        if (await walk.TryToAsync(caller, target, followLast: false, cancellationToken) is not null)
            throw new MdmException(MdmErrorKind.AlreadyExists, $"{target} exists already.");
        PathWalk.Demand(caller, parent, Permissions.Write | Permissions.Execute);
        var group = caller.PrimaryFqan ?? parent.Group;
        var acl = parent.Acl.InheritedBy(directory: true, DirectoryMode);
        if (parent.Publication is not null && !parent.Acl.HasDefaults)
            acl = acl.WithMode(0b111_000_000);
        identity.Check(parent.Publication, group, acl);
        audit.GrantedName(caller, AuditAction.MakeDirectory, parent, target);
        var outcomes = await catalog.CreateManyAsync(
        [
            new CatalogDraft
            {
                Id = new FileId(RandomNumberGenerator.GetBytes(FileId.Size)),
                Path = target,
                Kind = CatalogEntryKind.Directory,
                Owner = caller.Subject,
                Group = group,
                Acl = acl,
                Publication = parent.Publication,
                CreatedAt = Now(),
            },
        ], cancellationToken);
        var made = outcomes[0].Kind switch
        {
            CreateOutcomeKind.Created => outcomes[0].Entry!,
            CreateOutcomeKind.NoParent => throw new MdmException(MdmErrorKind.NotFound, $"{target.Parent}: No such file or directory."),
            CreateOutcomeKind.ParentNotADirectory => throw new MdmException(MdmErrorKind.NotADirectory, $"{target.Parent} is not a directory."),
            _ => throw new MdmException(MdmErrorKind.AlreadyExists, $"{target} exists already."),
        };
        return made;
    }

    private async ValueTask<CatalogEntry> RemoveFileAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken)
    {
        var (parent, target) = await ParentOfAsync(caller, path, cancellationToken);
        var entry = await walk.ToAsync(caller, target, followLast: false, cancellationToken);
        if (entry.Kind == CatalogEntryKind.Directory)
            throw new MdmException(MdmErrorKind.IsADirectory, $"{path} is a directory; use srmRmdir.");
        PathWalk.Demand(caller, parent, Permissions.Write | Permissions.Execute);
        await RemoveEntryAsync(caller, entry, cancellationToken);
        return entry;
    }

    private async ValueTask<IReadOnlyList<CatalogEntry>> RemoveTreeAsync(GridIdentity caller, StoragePath path, bool recursive, CancellationToken cancellationToken)
    {
        if (path.IsRoot)
            throw new MdmException(MdmErrorKind.Refused, "The root directory stays.");
        var (parent, target) = await ParentOfAsync(caller, path, cancellationToken);
        var entry = await walk.ToAsync(caller, target, followLast: false, cancellationToken);
        if (entry.Kind != CatalogEntryKind.Directory)
            throw new MdmException(MdmErrorKind.NotADirectory, $"{path} is not a directory.");
        PathWalk.Demand(caller, parent, Permissions.Write | Permissions.Execute);
        var removed = new List<CatalogEntry>();
        if (recursive)
            await RemoveChildrenAsync(caller, entry, removed, cancellationToken);
        await RemoveEntryAsync(caller, entry, cancellationToken);
        return removed;
    }

    private async ValueTask<CatalogEntry> RenameAsync(GridIdentity caller, StoragePath from, StoragePath to, CancellationToken cancellationToken)
    {
        var (oldParent, source) = await ParentOfAsync(caller, from, cancellationToken);
        var entry = await walk.ToAsync(caller, source, followLast: false, cancellationToken);
        var (newParent, target) = await ParentOfAsync(caller, to, cancellationToken);
        var there = await walk.TryToAsync(caller, target, followLast: false, cancellationToken);
        if (there?.Id == entry.Id)
            return entry;
        if (there is { Kind: CatalogEntryKind.Directory })
        {
            (newParent, target) = (there, there.Path.Child(source.Name));
            there = await walk.TryToAsync(caller, target, followLast: false, cancellationToken);
        }
        if (there is not null)
            throw new MdmException(MdmErrorKind.AlreadyExists, $"{target} exists already.");
        if (entry.Publication != newParent.Publication)
            throw new MdmException(MdmErrorKind.Refused, $"{from} may not leave or enter a publication; it belongs to {entry.Publication ?? "none"}.");
        PathWalk.Demand(caller, oldParent, Permissions.Write | Permissions.Execute);
        PathWalk.Demand(caller, newParent, Permissions.Write | Permissions.Execute);
        audit.GrantedName(caller, AuditAction.Move, entry, target, $"into {newParent.Path}");
        using var following = await follower.BeginAsync([entry.Id], cancellationToken);
        return await catalog.MoveAsync(entry.Id, target, cancellationToken);
    }

    /// <summary>Changes rights by compare and set, again on what stands there then where somebody else was faster.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="path">Whose rights.</param>
    /// <param name="decide">Whether the caller may, and what is done; asked anew each time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async ValueTask<CatalogEntry> ChangeRightsAsync(GridIdentity caller, StoragePath path, Func<CatalogEntry, Func<ValueTask<CatalogEntry>>> decide, CancellationToken cancellationToken)
    {
        const int attempts = 5;
        for (var attempt = 1; ; attempt++)
        {
            var entry = await walk.ToAsync(caller, path, followLast: true, cancellationToken);
            var change = decide(entry);
            using var following = entry.Kind == CatalogEntryKind.File ? await follower.BeginAsync([entry.Id], cancellationToken) : null;
            try
            {
                return await change();
            }
            catch (MdmException busy) when (busy.Kind == MdmErrorKind.Busy && attempt < attempts)
            {
                // Compared in vain.
            }
        }
    }

    private Func<ValueTask<CatalogEntry>> AclSetter(GridIdentity caller, CatalogEntry entry, Func<CatalogEntry, Acl> change, CancellationToken cancellationToken)
    {
        DemandMayChangeRights(caller, entry);
        var acl = change(entry);
        identity.Check(entry.Publication, entry.Group, acl);
        audit.Granted(caller, AuditAction.SetAcl, entry, acl.ToString());
        return () => catalog.SetAclAsync(entry.Id, acl, entry.AclVersion, cancellationToken);
    }

    private void DemandMayChangeRights(GridIdentity caller, CatalogEntry entry)
    {
        if (caller.Subject != entry.Owner && !identity.MayAdminister(caller))
            throw new MdmException(MdmErrorKind.AccessDenied, $"Permission denied: only the owner of {entry.Path} may change its rights.", new Denial(entry, "owner's"));
    }

    /// <summary>The parent with symbolic names followed, and the entry's path in it.</summary>
    private async ValueTask<(CatalogEntry Parent, StoragePath Target)> ParentOfAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken)
    {
        if (path.IsRoot)
            throw new MdmException(MdmErrorKind.Refused, "The root directory stays as it is.");
        var parent = await walk.ToAsync(caller, path.Parent, followLast: true, cancellationToken);
        return parent.Kind == CatalogEntryKind.Directory
            ? (parent, parent.Path.Child(path.Name))
            : throw new MdmException(MdmErrorKind.NotADirectory, $"{path.Parent} is not a directory.");
    }

    private async ValueTask RemoveChildrenAsync(GridIdentity caller, CatalogEntry directory, List<CatalogEntry> removed, CancellationToken cancellationToken)
    {
        const int page = 500;
        while (true)
        {
            PathWalk.Demand(caller, directory, Permissions.Read | Permissions.Execute);
            var children = await catalog.ListAsync(directory.Path, null, 0, page, cancellationToken);
            if (children.Count == 0)
                return;
            PathWalk.Demand(caller, directory, Permissions.Write | Permissions.Execute);
            foreach (var child in children)
            {
                if (child.Kind == CatalogEntryKind.Directory)
                    await RemoveChildrenAsync(caller, child, removed, cancellationToken);
                await RemoveEntryAsync(caller, child, cancellationToken);
                if (child.Kind == CatalogEntryKind.File)
                    removed.Add(child);
            }
        }
    }

    private async ValueTask RemoveEntryAsync(GridIdentity caller, CatalogEntry entry, CancellationToken cancellationToken)
    {
        audit.Granted(caller, AuditAction.Remove, entry);
        // The ledger first: after a crash in between, the next scan finishes the removal instead of undoing it.
        if (entry.Kind == CatalogEntryKind.File)
            await removals.RecordAsync(entry, caller, cancellationToken);
        using var following = entry.Kind == CatalogEntryKind.File ? await follower.BeginAsync([entry.Id], cancellationToken) : null;
        await catalog.RemoveAsync(entry.Id, cancellationToken);
    }

    /// <summary>Does it, and writes the line of a refusal or failure.</summary>
    private async ValueTask<T> ToldAsync<T>(GridIdentity caller, AuditAction action, StoragePath typed, ValueTask<T> work)
    {
        try
        {
            return await work;
        }
        catch (MdmException refusal)
        {
            audit.Refused(caller, action, refusal, typed);
            throw;
        }
    }

    private void Demand(GridIdentity caller, CatalogEntry directory, AuditAction action, Permissions rights)
    {
        try
        {
            PathWalk.Demand(caller, directory, rights);
        }
        catch (MdmException refusal)
        {
            audit.Refused(caller, action, refusal);
            throw;
        }
    }

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
}
