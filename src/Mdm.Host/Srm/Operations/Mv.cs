using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmMv (§4.6): onto itself is no change, onto a directory is into it.</summary>
internal sealed class Mv(NameSpace names) : Operation<MvRequest>(SrmOperation.Mv)
{
    protected override async ValueTask<SrmResponse> RunAsync(MvRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        await names.MoveAsync(caller.Identity, EachSurl.One(request.FromSurl).Path, EachSurl.One(request.ToSurl).Path, cancellationToken);
        return new MvResponse { ReturnStatus = SrmStatus.Success };
    }
}
