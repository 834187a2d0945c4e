using Mdm.Host.Access;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmRm (§4.3): un-publishes files whose archive keeps its objects; of files that were put the object goes too, where the archive erases any. Whatever is asked of them fails from then on.</summary>
internal sealed class Rm(UserRemoval removal, ObjectEraser eraser) : Operation<RmRequest>(SrmOperation.Rm)
{
    protected override async ValueTask<SrmResponse> RunAsync(RmRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var statuses = await EachSurl.DoAsync(request.Surls, async surl =>
        {
            await removal.RemoveNameAsync(caller.Identity, surl.Path, cancellationToken);
            return SrmStatus.Success;
        });
        await eraser.EraseSoonAsync();
        return new RmResponse { ReturnStatus = SrmStatus.Aggregate(statuses.Select(one => one.Status)), FileStatuses = statuses };
    }
}
