using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmStatusOfLsRequest (§4.5): srmLs gives no tokens here, so none can be right.</summary>
internal sealed class StatusOfLsRequest() : Operation<StatusOfLsRequestRequest>(SrmOperation.StatusOfLsRequest)
{
    protected override ValueTask<SrmResponse> RunAsync(StatusOfLsRequestRequest request, GridCaller caller, CancellationToken cancellationToken) =>
        throw new CallRefusedException(StatusCode.InvalidRequest, "There is no such request: srmLs is answered in the call here.");
}
