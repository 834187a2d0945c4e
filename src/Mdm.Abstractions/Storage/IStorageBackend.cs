namespace Mdm.Abstractions;

/// <summary>
/// A driver for one kind of archive; an instance is one configured archive. These two methods are all that must be written; each further ability is
/// an interface of its own that the same class may implement.
/// </summary>
/// <remarks>
/// Obligations: everything is safe for concurrent use. Nothing the host asks changes the archive, unless <see cref="IWritableBackend"/> or <see cref="IErasableBackend"/> says so.
/// The backend does not retry what is transient: it throws <see cref="MdmErrorKind.Busy"/> or <see cref="MdmErrorKind.Unavailable"/> and the host decides.
/// No call outlasts its cancellation by more than a second. Errors carry no patient data.
/// </remarks>
public interface IStorageBackend : IAsyncDisposable
{
    /// <summary>What the archive knows of an object without fetching it; null when it holds no such object.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Busy"/>, <see cref="MdmErrorKind.Unavailable"/>; <see cref="MdmErrorKind.InvalidName"/> when the id is not of this backend's form.</exception>
    ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken);

    /// <summary>Opens an object for one reading from start to end. The stream need not seek; its end means that the object is complete.</summary>
    /// <exception cref="MdmException">
    /// <see cref="MdmErrorKind.NotFound"/>: no such object. <see cref="MdmErrorKind.Corrupt"/>, also from reading: what the archive sent is not whole;
    /// a stream never ends normally before the object does.
    /// </exception>
    ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken);
}
