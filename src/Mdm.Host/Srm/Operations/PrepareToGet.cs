using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmPrepareToGet (§5.1). A TURL is shown when the file is ready, never before.</summary>
internal sealed class PrepareToGet(RequestBook book, OrderedFiles ordered) : Operation<PrepareToGetRequest>(SrmOperation.PrepareToGet)
{
    protected override async ValueTask<SrmResponse> RunAsync(PrepareToGetRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        GetTransferProtocols.Negotiate(request.TransferParameters);
        ordered.DemandSpace(request.TargetSpaceToken);
        var view = await book.SubmitAsync(caller, new RequestOrder
        {
            Kind = RequestKind.Get,
            Files = await ordered.OfAsync(request.FileRequests, caller.Identity, cancellationToken),
            Description = request.UserRequestDescription,
            Pin = new Lifetime(request.DesiredPinLifeTime),
            Total = new Lifetime(request.DesiredTotalRequestTime),
        }, cancellationToken);
        return new PrepareToGetResponse
        {
            ReturnStatus = SrmStatus.Of(view),
            RequestToken = view.Token,
            FileStatuses = [.. view.Files.Select(file => RequestAnswers.GetStatus(file.Surl, file))],
            RemainingTotalRequestTime = RequestAnswers.Seconds(view.RemainingTime, atLeast: 0),
        };
    }
}
