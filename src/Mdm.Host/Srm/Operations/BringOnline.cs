using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmBringOnline (§5.3). It gives no TURLs, so the transfer protocols do not matter: gfal-bringonline names none that is served.</summary>
internal sealed class BringOnline(RequestBook book, OrderedFiles ordered) : Operation<BringOnlineRequest>(SrmOperation.BringOnline)
{
    protected override async ValueTask<SrmResponse> RunAsync(BringOnlineRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        ordered.DemandSpace(request.TargetSpaceToken);
        if (request.DeferredStartTime < 0)
            throw new CallRefusedException(StatusCode.InvalidRequest, "deferredStartTime must not be negative.");
        var view = await book.SubmitAsync(caller, new RequestOrder
        {
            Kind = RequestKind.BringOnline,
            Files = await ordered.OfAsync(request.FileRequests, caller.Identity, cancellationToken),
            Description = request.UserRequestDescription,
            Pin = new Lifetime(request.DesiredLifeTime),
            Total = new Lifetime(request.DesiredTotalRequestTime),
            StartAfter = TimeSpan.FromSeconds(request.DeferredStartTime ?? 0),
        }, cancellationToken);
        return new BringOnlineResponse
        {
            ReturnStatus = SrmStatus.Of(view),
            RequestToken = view.Token,
            FileStatuses = [.. view.Files.Select(file => RequestAnswers.BringOnlineStatus(file.Surl, file))],
            RemainingTotalRequestTime = RequestAnswers.Seconds(view.RemainingTime, atLeast: 0),
            RemainingDeferredStartTime = request.DeferredStartTime is null ? null : RequestAnswers.Seconds(view.RemainingDelay, atLeast: 0),
        };
    }
}
