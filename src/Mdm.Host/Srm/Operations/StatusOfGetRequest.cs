using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmStatusOfGetRequest (§5.2).</summary>
internal sealed class StatusOfGetRequest(RequestBook book) : Operation<StatusOfGetRequestRequest>(SrmOperation.StatusOfGetRequest)
{
    protected override async ValueTask<SrmResponse> RunAsync(StatusOfGetRequestRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var view = await book.FindAsync(caller.Identity, request.RequestToken, cancellationToken);
        if (view is not { Kind: RequestKind.Get })
            throw RequestAnswers.UnknownToken();
        List<GetRequestFileStatus> files = [.. RequestAnswers.Select(view, request.SourceSurls).Select(one => RequestAnswers.GetStatus(one.Surl, one.File))];
        return new StatusOfGetRequestResponse
        {
            ReturnStatus = RequestAnswers.StatusOf(view, request.SourceSurls, files.Select(file => file.Status)),
            FileStatuses = files,
            RemainingTotalRequestTime = RequestAnswers.Seconds(view.RemainingTime, atLeast: 0),
        };
    }
}
