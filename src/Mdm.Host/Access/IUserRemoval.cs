namespace Mdm.Host.Access;

/// <summary>Takes names away as their users ask for it, with all that hangs on them: what was asked of a file fails from then on, the pools let go of it, and of a file that was put the object goes too, where the archive erases any.</summary>
internal interface IUserRemoval
{
    /// <summary>Removes a file or link.</summary>
    /// <returns>The entry that was removed.</returns>
    /// <exception cref="MdmException">NotFound, IsADirectory, AccessDenied; Busy: it is being put.</exception>
    ValueTask<CatalogEntry> RemoveAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken);
}
