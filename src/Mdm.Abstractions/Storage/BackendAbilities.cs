using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>A backend that can list what it holds. Without it an archive can be read but not published.</summary>
public interface IBrowsableBackend : IStorageBackend
{
    /// <summary>
    /// Lists objects, in any order, each at most once, in bounded memory: the consumer's pace is the listing's pace.
    /// The selection is a hint that saves work: more may be returned (the host matches again), never less.
    /// Ending normally means that the listing is complete.
    /// </summary>
    /// <exception cref="MdmException">The listing is not complete; what was returned so far holds.</exception>
    IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, CancellationToken cancellationToken);
}

/// <summary>A backend that tells of new objects as they arrive.</summary>
public interface IAnnouncingBackend : IStorageBackend
{
    /// <summary>Yields each new or changed object until cancelled. Announcements may be lost; a scan finds what they missed.</summary>
    IAsyncEnumerable<ArchiveEntry> WatchAsync(CancellationToken cancellationToken);
}

/// <summary>A backend that fetches many objects faster together than one by one. It groups the ids as it likes (DICOM: by series).</summary>
public interface IBatchReadableBackend : IStorageBackend
{
    /// <summary>
    /// Opens many objects: in any order, each id at most once, each content to be consumed or disposed before the next is asked for. An object that cannot be had
    /// comes as <see cref="ArchiveContent.Failed"/>; the others still come. An id that is never yielded counts as <see cref="MdmErrorKind.Unavailable"/>.
    /// </summary>
    /// <exception cref="MdmException">Nothing more will come.</exception>
    IAsyncEnumerable<ArchiveContent> OpenReadManyAsync(IReadOnlyList<ArchiveObjectId> ids, CancellationToken cancellationToken);
}

/// <summary>An object as it is to be stored.</summary>
/// <param name="MediaType">RFC 6838 type, as <c>application/dicom</c>.</param>
/// <param name="ProposedId">
/// The id that the host would give it: names of <c>a-z</c>, <c>0-9</c>, <c>-</c> and <c>_</c> with <c>/</c> between them, at most 200 characters. A backend whose objects can be named takes it, so
/// that the host knows the id before the first byte; one whose ids come from the content ignores it.
/// </param>
/// <param name="Length">How many bytes will come, where that is known: lets a backend refuse beforehand what it has no room for.</param>
public sealed record ArchiveObjectDraft(string MediaType, ArchiveObjectId ProposedId, long? Length = null);

/// <summary>A backend that may be written to.</summary>
public interface IWritableBackend : IStorageBackend
{
    /// <summary>
    /// Stores an object and tells under which id. All or nothing: when it returns, the object outlives a crash of the machine; when it throws, there is nothing; when the process dies first,
    /// there is nothing or the whole object, at the latest when the archive is opened anew.
    /// </summary>
    /// <exception cref="MdmException">
    /// <see cref="MdmErrorKind.AlreadyExists"/>: the proposed id is an object's; <see cref="MdmErrorKind.Refused"/>, <see cref="MdmErrorKind.Busy"/>: the archive does not take it (now), and why;
    /// <see cref="MdmErrorKind.Unsupported"/>: it takes no such media type.
    /// </exception>
    ValueTask<ArchiveObjectInfo> StoreAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken);
}

/// <summary>A backend whose ids come from the content, and that can tell which one a content has before it stores it: so that nobody stores what is there, or publishes what is not.</summary>
public interface IIdentifyingBackend : IWritableBackend
{
    /// <summary>The id under which <see cref="IWritableBackend.StoreAsync"/> would store the content, and the labels that a listing would give it. Stores nothing, asks nobody, and reads as much as it needs.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: the content does not say what it is; <see cref="MdmErrorKind.Unsupported"/>: the archive takes no such media type.</exception>
    ValueTask<ObjectIdentity> IdentifyAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken);
}

/// <summary>Which object a content is.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Labels">As <see cref="ArchiveEntry.Labels"/>, the outermost first.</param>
public sealed record ObjectIdentity(ArchiveObjectId Id, ImmutableArray<string> Labels);

/// <summary>A backend whose objects can be deleted.</summary>
public interface IErasableBackend : IStorageBackend
{
    /// <summary>Deletes an object; deleting what is not there is no error.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Busy"/>, <see cref="MdmErrorKind.Unavailable"/>; <see cref="MdmErrorKind.InvalidName"/> when the id is not of this backend's form.</exception>
    ValueTask DeleteAsync(ArchiveObjectId id, CancellationToken cancellationToken);
}

/// <summary>Anything of a plugin that can say whether what is behind it answers.</summary>
public interface IProbeable
{
    /// <summary>Returns a sentence on what was found (version, abilities, latency), for an administrator's eyes; no patient data.</summary>
    /// <exception cref="MdmException">It does not serve, and why.</exception>
    ValueTask<string> ProbeAsync(CancellationToken cancellationToken);
}
