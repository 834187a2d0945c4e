using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmRm (§4.3): un-publishes files whose archive keeps its objects; of files that were put the object goes too, where the archive erases any. Whatever is asked of them fails from then on.</summary>
internal sealed class Rm(NameSpace names, RequestBook book, UploadBook puts, ObjectEraser eraser) : Operation<RmRequest>(SrmOperation.Rm)
{
    protected override async ValueTask<SrmResponse> RunAsync(RmRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var statuses = await EachSurl.DoAsync(request.Surls, async surl =>
        {
            var entry = await RemoveAsync(caller.Identity, surl.Path, cancellationToken);
            if (entry.Kind == CatalogEntryKind.File)
                book.Removed(entry);
            await puts.RemovedAsync(entry.Path, cancellationToken);
            return SrmStatus.Success;
        });
        await eraser.EraseSoonAsync();
        return new RmResponse { ReturnStatus = SrmStatus.Aggregate(statuses.Select(one => one.Status)), FileStatuses = statuses };
    }

    private async ValueTask<CatalogEntry> RemoveAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken)
    {
        try
        {
            return await names.RemoveAsync(caller, path, cancellationToken);
        }
        catch (MdmException missing) when (missing.Kind == MdmErrorKind.NotFound)
        {
            // A name that is being put is no file yet; whoever puts it may abort that.
            await puts.DemandQuietAsync(path, cancellationToken);
            throw;
        }
    }
}
