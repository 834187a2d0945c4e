using System.Security.Cryptography;
using System.Text;

namespace Mdm.Host.Access;

/// <content>What file catalogues know and SRM does not: symbolic names, owners, comments.</content>
internal sealed partial class NameSpace
{
    /// <summary>Makes a symbolic name; whoever uses it needs the rights on what it stands for, as if he had written that. The target need not exist.</summary>
    /// <exception cref="MdmException">NotFound or NotADirectory (parent), AlreadyExists, AccessDenied.</exception>
    public ValueTask<CatalogEntry> LinkAsync(GridIdentity caller, StoragePath target, StoragePath link, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.MakeLink, link, MakeLinkAsync(caller, target, link, cancellationToken));

    /// <summary>Gives an entry to another owner, which only administrators may, or to another group, which its owner may where he is in it.</summary>
    /// <exception cref="MdmException">NotFound, AccessDenied; Unsupported: by this catalogue; Refused: would let others read originals; Busy: changed by somebody else meanwhile, too often.</exception>
    public ValueTask<CatalogEntry> SetOwnerAsync(GridIdentity caller, StoragePath path, DistinguishedName? owner, Fqan? group, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.SetOwner, path, ChangeOwnerAsync(caller, path, owner, group, cancellationToken));

    /// <summary>Changes in one step who may read a file and who may find it by its metadata; null for the latter leaves it to the publication. Only the owner may, and administrators.</summary>
    /// <exception cref="MdmException">NotFound, AccessDenied; Unsupported: by this catalogue; Refused: would let others read originals; Busy: changed by somebody else meanwhile, too often.</exception>
    public ValueTask<CatalogEntry> SetRightsAsync(GridIdentity caller, StoragePath path, Func<CatalogEntry, (Acl Acl, Acl? Search)> change, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.SetAcl, path, ChangeRightsAsync(caller, path, entry => RightsSetter(caller, entry, change, cancellationToken), cancellationToken));

    /// <summary>Puts a comment on an entry, or takes it away; needs w on it. Only who may read the entry is shown it.</summary>
    /// <exception cref="MdmException">NotFound, AccessDenied; InvalidName: no comment; Unsupported: by this catalogue.</exception>
    public ValueTask<CatalogEntry> SetCommentAsync(GridIdentity caller, StoragePath path, string? comment, CancellationToken cancellationToken) =>
        ToldAsync(caller, AuditAction.SetComment, path, ChangeCommentAsync(caller, path, comment, cancellationToken));

    private async ValueTask<CatalogEntry> MakeLinkAsync(GridIdentity caller, StoragePath goal, StoragePath link, CancellationToken cancellationToken)
    {
        var (parent, path) = await ParentOfAsync(caller, link, cancellationToken);
        if (await walk.TryToAsync(caller, path, followLast: false, cancellationToken) is not null)
            throw new MdmException(MdmErrorKind.AlreadyExists, $"{path} exists already.");
        PathWalk.Demand(caller, parent, Permissions.Write | Permissions.Execute);
        audit.GrantedName(caller, AuditAction.MakeLink, parent, path);
        var outcomes = await catalog.CreateManyAsync(
        [
            new CatalogDraft
            {
                Id = new FileId(RandomNumberGenerator.GetBytes(FileId.Size)),
                Path = path,
                Kind = CatalogEntryKind.Link,
                Owner = caller.Subject,
                Group = caller.PrimaryFqan ?? parent.Group,
                // Nobody is ever asked for rights on the name itself; among originals the rule about lists holds for it too.
                Acl = Acl.FromMode(parent.Publication is { } publication && identity.IsOriginal(publication) ? 0b111_000_000 : 0b111_111_111),
                Publication = parent.Publication,
                Target = goal,
                CreatedAt = Now(),
            },
        ], cancellationToken);
        return outcomes[0].Kind switch
        {
            CreateOutcomeKind.Created => outcomes[0].Entry!,
            CreateOutcomeKind.NoParent => throw new MdmException(MdmErrorKind.NotFound, $"{path.Parent}: No such file or directory."),
            CreateOutcomeKind.ParentNotADirectory => throw new MdmException(MdmErrorKind.NotADirectory, $"{path.Parent} is not a directory."),
            _ => throw new MdmException(MdmErrorKind.AlreadyExists, $"{path} exists already."),
        };
    }

    private async ValueTask<CatalogEntry> ChangeOwnerAsync(GridIdentity caller, StoragePath path, DistinguishedName? owner, Fqan? group, CancellationToken cancellationToken)
    {
        if (catalog is not IOwnableCatalog ownable)
            throw new MdmException(MdmErrorKind.Unsupported, "This host's catalogue does not change owners and groups; give rights by the access list.");
        return await ChangeRightsAsync(caller, path, entry =>
        {
            DemandMayGive(caller, entry, owner, group);
            var (newOwner, newGroup) = (owner ?? entry.Owner, group ?? entry.Group);
            identity.Check(entry.Publication, newGroup, entry.Acl);
            audit.Granted(caller, AuditAction.SetOwner, entry, $"{newOwner}, {newGroup}");
            return () => ownable.SetOwnerAsync(entry.Id, newOwner, newGroup, entry.AclVersion, cancellationToken);
        }, cancellationToken);
    }

    private Func<ValueTask<CatalogEntry>> RightsSetter(GridIdentity caller, CatalogEntry entry, Func<CatalogEntry, (Acl Acl, Acl? Search)> change, CancellationToken cancellationToken)
    {
        DemandMayChangeRights(caller, entry);
        var rights = change(entry);
        if (rights.Search == entry.SearchAcl)
            return AclSetter(caller, entry, _ => rights.Acl, cancellationToken);
        if (catalog is not IFindableCatalog findable)
            throw new MdmException(MdmErrorKind.Unsupported, "This host's catalogue does not keep who may find a file by its metadata; the publication's Readers say it.");
        identity.Check(entry.Publication, entry.Group, rights.Acl);
        audit.Granted(caller, AuditAction.SetAcl, entry, $"{rights.Acl}; found by {rights.Search?.ToString() ?? "all readers"}");
        return () => findable.SetRightsAsync(entry.Id, rights.Acl, rights.Search, entry.AclVersion, cancellationToken);
    }

    private void DemandMayGive(GridIdentity caller, CatalogEntry entry, DistinguishedName? owner, Fqan? group)
    {
        if (identity.MayAdminister(caller))
            return;
        // As chown(2) has it where giving away is restricted.
        if (owner is not null && owner != entry.Owner)
            throw new MdmException(MdmErrorKind.AccessDenied, $"Permission denied: only an administrator of this host may give {entry.Path} to another owner; the owner may give others rights by its access list.", new Denial(entry, "administrator's"));
        if (caller.Subject != entry.Owner)
            throw new MdmException(MdmErrorKind.AccessDenied, $"Permission denied: only the owner of {entry.Path} may change its group.", new Denial(entry, "owner's"));
        if (group is not null && group != entry.Group && !caller.Holds(group))
            throw new MdmException(MdmErrorKind.AccessDenied, $"Permission denied: {caller} is not in {group}; make a proxy with that attribute (voms-proxy-init --voms), or choose a group of yours.", new Denial(entry, "group's"));
    }

    private async ValueTask<CatalogEntry> ChangeCommentAsync(GridIdentity caller, StoragePath path, string? comment, CancellationToken cancellationToken)
    {
        if (catalog is not ICommentableCatalog commentable)
            throw new MdmException(MdmErrorKind.Unsupported, "This host's catalogue keeps no comments.");
        if (comment is not null && !IsComment(comment))
            throw new MdmException(MdmErrorKind.InvalidName, $"A comment is one line of 1 to {ICommentableCatalog.MaxCommentBytes} bytes without control characters.");
        var entry = await walk.ToAsync(caller, path, followLast: true, cancellationToken);
        if (!identity.MayAdminister(caller))
            PathWalk.Demand(caller, entry, Permissions.Write);
        audit.Granted(caller, AuditAction.SetComment, entry, comment is null ? "taken away" : "put");
        return await commentable.SetCommentAsync(entry.Id, comment, cancellationToken);
    }

    private static bool IsComment(string text)
    {
        if (text.Length is 0 or > ICommentableCatalog.MaxCommentBytes || Encoding.UTF8.GetByteCount(text) > ICommentableCatalog.MaxCommentBytes)
            return false;
        for (var at = 0; at < text.Length;)
        {
            // Half of a surrogate pair has no UTF-8: two different comments would be stored as the same one.
            if (!Rune.TryGetRuneAt(text, at, out var rune) || Rune.IsControl(rune))
                return false;
            at += rune.Utf16SequenceLength;
        }
        return true;
    }
}
