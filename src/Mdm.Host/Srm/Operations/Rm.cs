using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmRm (§4.3): un-publishes files; the archive keeps its objects. Whatever is asked of them fails from then on.</summary>
internal sealed class Rm(NameSpace names, RequestBook book) : Operation<RmRequest>(SrmOperation.Rm)
{
    protected override async ValueTask<SrmResponse> RunAsync(RmRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var statuses = await EachSurl.DoAsync(request.Surls, async surl =>
        {
            var entry = await names.RemoveAsync(caller.Identity, surl.Path, cancellationToken);
            if (entry.Kind == CatalogEntryKind.File)
                book.Removed(entry);
            return SrmStatus.Success;
        });
        return new RmResponse { ReturnStatus = SrmStatus.Aggregate(statuses.Select(one => one.Status)), FileStatuses = statuses };
    }
}
