using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmGetRequestTokens (§5.17): the caller's own, and nobody else's.</summary>
internal sealed class GetRequestTokens(RequestBook book, UploadBook puts) : Operation<GetRequestTokensRequest>(SrmOperation.GetRequestTokens)
{
    protected override async ValueTask<SrmResponse> RunAsync(GetRequestTokensRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        List<RequestName> names =
        [
            .. (await book.NamesAsync(caller.Identity, request.UserRequestDescription, cancellationToken))
                .Concat(await puts.NamesAsync(caller.Identity, request.UserRequestDescription, cancellationToken)).OrderBy(name => name.CreatedAt),
        ];
        if (names.Count == 0 && request.UserRequestDescription is not null)
            throw new CallRefusedException(StatusCode.InvalidRequest, "You have no request of that description.");
        return new GetRequestTokensResponse
        {
            ReturnStatus = SrmStatus.Success,
            RequestTokens = [.. names.Select(name => new RequestTokenReturn(name.Token, name.CreatedAt))],
        };
    }
}
