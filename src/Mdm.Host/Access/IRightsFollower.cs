namespace Mdm.Host.Access;

/// <summary>Told of every change of a file's rights, of its end and of its moves, before and after the catalogue knows, so that what follows the catalogue (content keys, metadata) is never forgotten.</summary>
internal interface IRightsFollower
{
    /// <summary>Durably notes that the rights of these files are about to change, or that they are about to go, or to move (a directory with all below it). Dispose what comes back when the catalogue has changed, or has refused.</summary>
    /// <exception cref="MdmException">It cannot be noted; the catalogue must not be changed then.</exception>
    ValueTask<IDisposable> BeginAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken);

    /// <summary>Ends when everything that follows has the file's rights as they are in the catalogue now.</summary>
    Task SettledAsync(FileId file, CancellationToken cancellationToken);
}
