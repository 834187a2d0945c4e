namespace Mdm.Abstractions;

/// <summary>
/// The name space: directories, files and symbolic names, with owner, group and ACL. It stores rights; the host enforces them before it calls.
/// </summary>
/// <remarks>
/// Obligations: safe for concurrent use; every change is atomic and durable when the call returns; the root directory always exists; names are compared
/// ordinally; lists are ordered by name in ordinal order of UTF-8 bytes (<see cref="StoragePath.NameOrder"/>). A path that leads through a file or a link is
/// <see cref="MdmErrorKind.NotADirectory"/>, one through a missing name <see cref="MdmErrorKind.NotFound"/>: a catalogue does not follow links, the host does. Transient trouble is <see cref="MdmErrorKind.Busy"/> or <see cref="MdmErrorKind.Unavailable"/>.
/// </remarks>
public interface ICatalog : IAsyncDisposable
{
    /// <summary>
    /// The entries from the root down towards <paramref name="path"/>, as far as they exist; stops after a link or file that is not the path's end. The last element
    /// is the entry itself exactly when its path equals <paramref name="path"/>.
    /// </summary>
    ValueTask<IReadOnlyList<CatalogEntry>> WalkAsync(StoragePath path, CancellationToken cancellationToken);

    /// <summary>The entry of that id; null when there is none.</summary>
    ValueTask<CatalogEntry?> FindAsync(FileId id, CancellationToken cancellationToken);

    /// <summary>
    /// One page of a directory: names after <paramref name="after"/> (from the start when null), of which <paramref name="skip"/> are passed over, at most <paramref name="limit"/>.
    /// Fewer than the limit means the end.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="skip"/> is negative or <paramref name="limit"/> less than 1.</exception>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>, <see cref="MdmErrorKind.NotADirectory"/>.</exception>
    ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(StoragePath directory, string? after, int skip, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Creates entries in the given order (parents before children), one outcome a draft. Idempotent: a draft whose id exists is left alone. Atomic as a whole: after a crash
    /// all Created outcomes are there or none. A draft at the root's path is <see cref="CreateOutcomeKind.NameTaken"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A draft fails <see cref="CatalogDraft.Check"/>; nothing was created.</exception>
    ValueTask<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<CatalogDraft> drafts, CancellationToken cancellationToken);

    /// <summary>
    /// Puts a new entry in the place of a file or link, in one step: whoever looks finds the one or the other, and so it is after a crash. Where <paramref name="old"/> does not stand at the draft's path, nothing is
    /// removed and the outcome is that of creating the draft. A draft whose id exists is left alone, and so is what it was to replace.
    /// </summary>
    /// <exception cref="ArgumentException">The draft fails <see cref="CatalogDraft.Check"/>; nothing was changed.</exception>
    ValueTask<CreateOutcome> ReplaceAsync(FileId old, CatalogDraft draft, CancellationToken cancellationToken);

    /// <summary>Replaces an ACL if <see cref="CatalogEntry.AclVersion"/> is still <paramref name="expectedVersion"/>; returns the changed entry.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>; <see cref="MdmErrorKind.Busy"/> when somebody else changed it meanwhile.</exception>
    ValueTask<CatalogEntry> SetAclAsync(FileId id, Acl acl, long expectedVersion, CancellationToken cancellationToken);

    /// <summary>Records size and checksums; null forgets them.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>.</exception>
    ValueTask SetFactsAsync(FileId id, FileFacts? facts, CancellationToken cancellationToken);

    /// <summary>Renames or moves an entry, a directory with all below it; the id stays. Onto its own path: no change.</summary>
    /// <exception cref="MdmException">
    /// <see cref="MdmErrorKind.NotFound"/>: entry or new parent; <see cref="MdmErrorKind.AlreadyExists"/>; <see cref="MdmErrorKind.NotADirectory"/>: the new parent;
    /// <see cref="MdmErrorKind.InvalidName"/>: a directory into itself (the root to anywhere), or something below it would get a path beyond the limits of <see cref="StoragePath"/>.
    /// </exception>
    ValueTask<CatalogEntry> MoveAsync(FileId id, StoragePath to, CancellationToken cancellationToken);

    /// <summary>Removes a file, a link or an empty directory; false when it was not there.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.DirectoryNotEmpty"/>; <see cref="MdmErrorKind.Refused"/>: the root.</exception>
    ValueTask<bool> RemoveAsync(FileId id, CancellationToken cancellationToken);
}
