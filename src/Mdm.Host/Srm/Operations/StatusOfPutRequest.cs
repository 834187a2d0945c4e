using Mdm.Host.Access;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmStatusOfPutRequest (§5.6).</summary>
internal sealed class StatusOfPutRequest(UploadBook book, TimeProvider time) : Operation<StatusOfPutRequestRequest>(SrmOperation.StatusOfPutRequest)
{
    protected override async ValueTask<SrmResponse> RunAsync(StatusOfPutRequestRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var put = await book.FindAsync(caller.Identity, request.RequestToken, cancellationToken) ?? throw RequestAnswers.UnknownToken();
        var files = PutAnswers.Files(put, request.TargetSurls, book, caller.Identity, time.GetUtcNow());
        return new StatusOfPutRequestResponse
        {
            ReturnStatus = PutAnswers.StatusOf(put, request.TargetSurls, files),
            FileStatuses = files,
            RemainingTotalRequestTime = RequestAnswers.Seconds(put.RemainingTime, atLeast: 0),
        };
    }
}
