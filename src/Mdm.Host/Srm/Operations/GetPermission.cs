using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmGetPermission (§3.3): the access list, as far as SRM has words for it.</summary>
internal sealed class GetPermission(NameSpace names) : Operation<GetPermissionRequest>(SrmOperation.GetPermission)
{
    protected override async ValueTask<SrmResponse> RunAsync(GetPermissionRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var found = await EachSurl.DoAsync(request.Surls, async surl =>
            AclInSrm.Describe(surl.Text, await names.StatAsync(caller.Identity, surl.Path, followLast: true, cancellationToken)),
            static (surl, status) => new PermissionReturn { Surl = surl, Status = status });
        return new GetPermissionResponse { ReturnStatus = SrmStatus.Aggregate(found.Select(one => one.Status!)), PermissionReturns = found };
    }
}
