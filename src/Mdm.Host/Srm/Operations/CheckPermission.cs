using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmCheckPermission (§3.2): what the caller himself may do.</summary>
internal sealed class CheckPermission(NameSpace names) : Operation<CheckPermissionRequest>(SrmOperation.CheckPermission)
{
    protected override async ValueTask<SrmResponse> RunAsync(CheckPermissionRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var found = await EachSurl.DoAsync(request.Surls, async surl =>
        {
            var (_, rights) = await names.EffectiveAsync(caller.Identity, surl.Path, cancellationToken);
            return new SurlPermissionReturn(surl.Text, SrmStatus.Success, AclInSrm.ModeOf(rights));
        }, static (surl, status) => new SurlPermissionReturn(surl, status));
        return new CheckPermissionResponse { ReturnStatus = SrmStatus.Aggregate(found.Select(one => one.Status)), Permissions = found };
    }
}
