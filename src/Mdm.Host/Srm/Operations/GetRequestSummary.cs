using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmGetRequestSummary (§5.16).</summary>
internal sealed class GetRequestSummary(RequestBook book, UploadBook puts) : Operation<GetRequestSummaryRequest>(SrmOperation.GetRequestSummary)
{
    protected override async ValueTask<SrmResponse> RunAsync(GetRequestSummaryRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        if (request.RequestTokens.Count == 0)
            throw new CallRefusedException(StatusCode.InvalidRequest, "The request names no token.");
        var summaries = new List<RequestSummary>(request.RequestTokens.Count);
        foreach (var token in request.RequestTokens)
        {
            try
            {
                summaries.Add(await book.FindAsync(caller.Identity, token, cancellationToken) is { } view
                    ? Of(token, view)
                    : await puts.FindAsync(caller.Identity, token, cancellationToken) is { } put
                    ? Of(token, put)
                    : new RequestSummary { RequestToken = token, Status = RequestAnswers.UnknownToken().Status });
            }
            catch (MdmException anothers) when (anothers.Kind == MdmErrorKind.AccessDenied)
            {
                summaries.Add(new RequestSummary { RequestToken = token, Status = SrmStatus.OfRequest(anothers) });
            }
        }
        // What is asked here is knowledge, and that was got however the requests themselves go.
        return new GetRequestSummaryResponse
        {
            ReturnStatus = SrmStatus.Aggregate(summaries.Select(one => one.RequestType is null ? one.Status : SrmStatus.Success)),
            RequestSummaries = summaries,
        };
    }

    private static RequestSummary Of(string token, RequestView view) => new()
    {
        RequestToken = token,
        Status = SrmStatus.Of(view),
        RequestType = view.Kind == RequestKind.Get ? RequestType.PrepareToGet : RequestType.BringOnline,
        TotalNumFilesInRequest = view.Files.Length,
        NumOfCompletedFiles = view.Files.Count(file => file.State is FileState.Ready or FileState.Released or FileState.Expired),
        NumOfWaitingFiles = view.Files.Count(file => file.State.IsPending()),
        NumOfFailedFiles = view.Files.Count(file => file.State is FileState.Failed or FileState.Aborted or FileState.TimedOut),
    };

    private static RequestSummary Of(string token, UploadView put) => new()
    {
        RequestToken = token,
        Status = SrmStatus.Aggregate(put.Files.Select(SrmStatus.Of)),
        RequestType = RequestType.PrepareToPut,
        TotalNumFilesInRequest = put.Files.Length,
        NumOfCompletedFiles = put.Files.Count(file => file.State == UploadState.Done),
        NumOfWaitingFiles = put.Files.Count(file => file.State.IsOpen()),
        NumOfFailedFiles = put.Files.Count(file => file.State > UploadState.Done),
    };
}
