using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmAbortFiles (§5.12): a request ends when the last of its files has.</summary>
internal sealed class AbortFiles(RequestBook book) : Operation<AbortFilesRequest>(SrmOperation.AbortFiles)
{
    protected override async ValueTask<SrmResponse> RunAsync(AbortFilesRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        EachSurl.Demand(request.Surls);
        var outcomes = await book.EndAsync(caller.Identity, request.RequestToken, EachSurl.Paths(request.Surls), FileState.Aborted, cancellationToken) ?? throw RequestAnswers.UnknownToken();
        List<SurlReturnStatus> files = [.. outcomes.Select((outcome, at) => new SurlReturnStatus(request.Surls[at], StatusOf(outcome)))];
        return new AbortFilesResponse { ReturnStatus = SrmStatus.Aggregate(files.Select(file => file.Status)), FileStatuses = files };
    }

    private static ReturnStatus StatusOf(FileOutcome? outcome) => outcome switch
    {
        null => new ReturnStatus(StatusCode.InvalidPath, "The request has no such file."),
        { File.State: FileState.Aborted } => SrmStatus.Success,
        _ => new ReturnStatus(StatusCode.Failure, $"The file is not open any more: {outcome.File.State}."),
    };
}
