namespace Mdm.Abstractions;

/// <summary>Ability: entries bear a comment, a line of text that users wrote.</summary>
/// <remarks>
/// A comment is the entry's: it stays when the entry is moved and goes when the entry is removed or replaced. It changes neither <see cref="CatalogEntry.ModifiedAt"/> nor <see cref="CatalogEntry.AclVersion"/>.
/// The host decides who may read and write it, and keeps control characters out.
/// </remarks>
public interface ICommentableCatalog : ICatalog
{
    /// <summary>Longest comment, in bytes of UTF-8 (LFC's CA_MAXCOMMENTLEN).</summary>
    const int MaxCommentBytes = 255;

    /// <summary>Puts a comment in the place of the one that is there; null takes it away. Returns the changed entry, whose <see cref="CatalogEntry.Comment"/> is exactly that text.</summary>
    /// <exception cref="ArgumentException">The comment is empty or longer than <see cref="MaxCommentBytes"/>.</exception>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>.</exception>
    ValueTask<CatalogEntry> SetCommentAsync(FileId id, string? comment, CancellationToken cancellationToken);
}

/// <summary>Ability: entries can be given to another owner and group.</summary>
public interface IOwnableCatalog : ICatalog
{
    /// <summary>
    /// Replaces owner and group if <see cref="CatalogEntry.AclVersion"/> is still <paramref name="expectedVersion"/>; returns the changed entry. The version grows and <see cref="CatalogEntry.ModifiedAt"/> moves
    /// as with <see cref="ICatalog.SetAclAsync"/>: whoever decides about rights by what he read is stopped by either.
    /// </summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>; <see cref="MdmErrorKind.Busy"/> when somebody else changed the rights meanwhile.</exception>
    ValueTask<CatalogEntry> SetOwnerAsync(FileId id, DistinguishedName owner, Fqan group, long expectedVersion, CancellationToken cancellationToken);
}

/// <summary>Ability: a file's right to be read and its right to be found by its metadata change together.</summary>
public interface IFindableCatalog : ICatalog
{
    /// <summary>
    /// Replaces <see cref="CatalogDraft.Acl"/> and <see cref="CatalogEntry.SearchAcl"/> in one step, if <see cref="CatalogEntry.AclVersion"/> is still <paramref name="expectedVersion"/>; returns the changed entry. The version
    /// grows and <see cref="CatalogEntry.ModifiedAt"/> moves as with <see cref="ICatalog.SetAclAsync"/>, which leaves the search ACL as it is.
    /// </summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>; <see cref="MdmErrorKind.Busy"/> when somebody else changed the rights meanwhile.</exception>
    ValueTask<CatalogEntry> SetRightsAsync(FileId id, Acl acl, Acl? search, long expectedVersion, CancellationToken cancellationToken);
}
