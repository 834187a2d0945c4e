using Mdm.Host.Access;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmReleaseSpace (§2.4): files in it stay, and take their room from its area then; with forceFileRelease they go.</summary>
internal sealed class ReleaseSpace(SpaceBook spaces) : Operation<ReleaseSpaceRequest>(SrmOperation.ReleaseSpace)
{
    protected override async ValueTask<SrmResponse> RunAsync(ReleaseSpaceRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        try
        {
            await spaces.ReleaseAsync(caller.Identity, request.SpaceToken, request.ForceFileRelease ?? false, cancellationToken);
            return new ReleaseSpaceResponse { ReturnStatus = SrmStatus.Success };
        }
        catch (MdmException missing) when (missing.Kind == MdmErrorKind.NotFound)
        {
            // INVALID_PATH would speak of a file.
            throw new CallRefusedException(StatusCode.InvalidRequest, missing.Message);
        }
    }
}
