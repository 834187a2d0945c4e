using Mdm.Host.Access;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmMv (§4.6): onto itself is no change, onto a directory is into it. What is being put does not move.</summary>
internal sealed class Mv(NameSpace names, UploadBook puts) : Operation<MvRequest>(SrmOperation.Mv)
{
    protected override async ValueTask<SrmResponse> RunAsync(MvRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var (from, to) = (EachSurl.One(request.FromSurl).Path, EachSurl.One(request.ToSurl).Path);
        try
        {
            await puts.DemandQuietAsync(from, cancellationToken);
            await puts.DemandFreeAsync(to, cancellationToken);
        }
        catch (MdmException busy) when (busy.Kind == MdmErrorKind.Busy)
        {
            throw new CallRefusedException(StatusCode.FileBusy, busy.Message);
        }
        await names.MoveAsync(caller.Identity, from, to, cancellationToken);
        return new MvResponse { ReturnStatus = SrmStatus.Success };
    }
}
