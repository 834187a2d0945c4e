using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmReserveSpace (§2.1): carved out of an area, answered in the call. The guaranteed size is granted or nothing is; of the total, what there is.</summary>
internal sealed class ReserveSpace(SpaceBook spaces, TimeProvider time) : Operation<ReserveSpaceRequest>(SrmOperation.ReserveSpace)
{
    protected override async ValueTask<SrmResponse> RunAsync(ReserveSpaceRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var guaranteed = request.DesiredSizeOfGuaranteedSpace;
        var total = request.DesiredSizeOfTotalSpace is > 0 and var wanted ? wanted : guaranteed;
        if (guaranteed < 0 || total < guaranteed || total == 0)
            throw new CallRefusedException(StatusCode.InvalidRequest, "The sizes of a space must be more than zero, and its total at least what is guaranteed.");
        var space = await spaces.ReserveAsync(caller.Identity, request.UserSpaceTokenDescription, total, guaranteed, new Lifetime(request.DesiredLifetimeOfReservedSpace), cancellationToken);
        return new ReserveSpaceResponse
        {
            ReturnStatus = space.Total < total ? new ReturnStatus(StatusCode.LowerSpaceGranted, $"{space.Total} bytes are all there is.") : SrmStatus.Success,
            SpaceToken = space.Token,
            RetentionPolicyInfo = GetSpaceMetaData.OnDisk,
            SizeOfGuaranteedReservedSpace = space.Total,
            SizeOfTotalReservedSpace = space.Total,
            LifetimeOfReservedSpace = RequestAnswers.Seconds(space.ExpiresAt - time.GetUtcNow(), atLeast: 0),
        };
    }
}
