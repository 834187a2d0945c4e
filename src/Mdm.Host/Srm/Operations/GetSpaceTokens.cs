using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmGetSpaceTokens (§2.11): there is one space, the pool; its token is its description. Clients that ask without a description mean any.</summary>
internal sealed class GetSpaceTokens(SrmOptions options) : Operation<GetSpaceTokensRequest>(SrmOperation.GetSpaceTokens)
{
    protected override ValueTask<SrmResponse> RunAsync(GetSpaceTokensRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(request.UserSpaceTokenDescription) && request.UserSpaceTokenDescription != options.SpaceToken)
            throw new CallRefusedException(StatusCode.InvalidRequest, $"There is no space of that description; the one there is, is {options.SpaceToken}.");
        return new(new GetSpaceTokensResponse { ReturnStatus = SrmStatus.Success, SpaceTokens = [options.SpaceToken] });
    }
}
