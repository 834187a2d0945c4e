using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmStatusOfBringOnlineRequest (§5.4).</summary>
internal sealed class StatusOfBringOnlineRequest(RequestBook book) : Operation<StatusOfBringOnlineRequestRequest>(SrmOperation.StatusOfBringOnlineRequest)
{
    protected override async ValueTask<SrmResponse> RunAsync(StatusOfBringOnlineRequestRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var view = await book.FindAsync(caller.Identity, request.RequestToken, cancellationToken);
        if (view is not { Kind: RequestKind.BringOnline })
            throw RequestAnswers.UnknownToken();
        List<BringOnlineRequestFileStatus> files = [.. RequestAnswers.Select(view, request.SourceSurls).Select(one => RequestAnswers.BringOnlineStatus(one.Surl, one.File))];
        return new StatusOfBringOnlineRequestResponse
        {
            ReturnStatus = RequestAnswers.StatusOf(view, request.SourceSurls, files.Select(file => file.Status)),
            FileStatuses = files,
            RemainingTotalRequestTime = RequestAnswers.Seconds(view.RemainingTime, atLeast: 0),
            RemainingDeferredStartTime = view.RemainingDelay > TimeSpan.Zero ? RequestAnswers.Seconds(view.RemainingDelay, atLeast: 0) : null,
        };
    }
}
