using Mdm.Host.Access;
using Mdm.Host.Requests;

namespace Mdm.Host.Uploads;

/// <inheritdoc/>
internal sealed class UserRemoval(NameSpace names, RequestBook book, UploadBook puts, ObjectEraser eraser) : IUserRemoval
{
    public async ValueTask<CatalogEntry> RemoveAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken)
    {
        var entry = await RemoveNameAsync(caller, path, cancellationToken);
        await eraser.EraseSoonAsync();
        return entry;
    }

    /// <summary>The same, without the objects: whoever removes many has them erased at once, with <see cref="ObjectEraser.EraseSoonAsync"/>.</summary>
    public async ValueTask<CatalogEntry> RemoveNameAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken)
    {
        CatalogEntry entry;
        try
        {
            entry = await names.RemoveAsync(caller, path, cancellationToken);
        }
        catch (MdmException missing) when (missing.Kind == MdmErrorKind.NotFound)
        {
            // A name that is being put is no file yet; whoever puts it may abort that.
            await puts.DemandQuietAsync(path, cancellationToken);
            throw;
        }
        if (entry.Kind == CatalogEntryKind.File)
            book.Removed(entry);
        await puts.RemovedAsync(entry.Path, cancellationToken);
        return entry;
    }
}
