using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmSetPermission (§3.1): the owner changes the access list, by <see cref="AclInSrm"/>'s rules.</summary>
internal sealed class SetPermission(NameSpace names) : Operation<SetPermissionRequest>(SrmOperation.SetPermission)
{
    /// <summary>How long the answer waits for the keystores: a client waits for a minute or more.</summary>
    private static readonly TimeSpan KeysWait = TimeSpan.FromSeconds(3);

    protected override async ValueTask<SrmResponse> RunAsync(SetPermissionRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var surl = EachSurl.One(request.Surl);
        var changed = await names.SetAclAsync(caller.Identity, surl.Path, entry => AclInSrm.Change(entry, request), cancellationToken);
        return new SetPermissionResponse
        {
            ReturnStatus = await names.HaveRightsSettledAsync(changed, KeysWait, cancellationToken)
                ? SrmStatus.Success
                : SrmStatus.Success with { Explanation = "Holds here from now on. The keystores have not all confirmed it yet; they are told until they do." },
        };
    }
}
