using Mdm.Host.Access;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmGetSpaceTokens (§2.11): the pool, the areas and the caller's own reservations; an area's token is its description. Clients that ask without a description mean any.</summary>
internal sealed class GetSpaceTokens(SpaceBook spaces, SrmOptions options) : Operation<GetSpaceTokensRequest>(SrmOperation.GetSpaceTokens)
{
    protected override async ValueTask<SrmResponse> RunAsync(GetSpaceTokensRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var description = request.UserSpaceTokenDescription;
        var found = (await spaces.FindAsync(caller.Identity, description, cancellationToken)).ConvertAll(space => space.Token);
        if (string.IsNullOrEmpty(description) || description == options.SpaceToken)
            found.Insert(0, options.SpaceToken);
        return found.Count > 0
            ? new GetSpaceTokensResponse { ReturnStatus = SrmStatus.Success, SpaceTokens = found }
            : throw new CallRefusedException(StatusCode.InvalidRequest, "There is no space of that description that you may use; ask without one for those that there are.");
    }
}
