using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmSetPermission (§3.1): the owner changes the access list, by <see cref="AclInSrm"/>'s rules.</summary>
internal sealed class SetPermission(NameSpace names) : Operation<SetPermissionRequest>(SrmOperation.SetPermission)
{
    protected override async ValueTask<SrmResponse> RunAsync(SetPermissionRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var surl = EachSurl.One(request.Surl);
        await names.SetAclAsync(caller.Identity, surl.Path, entry => AclInSrm.Change(entry, request), cancellationToken);
        return new SetPermissionResponse { ReturnStatus = SrmStatus.Success };
    }
}
