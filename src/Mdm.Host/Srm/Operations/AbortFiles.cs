using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmAbortFiles (§5.12): a request ends when the last of its files has.</summary>
internal sealed class AbortFiles(RequestBook book, UploadBook puts) : Operation<AbortFilesRequest>(SrmOperation.AbortFiles)
{
    protected override async ValueTask<SrmResponse> RunAsync(AbortFilesRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        EachSurl.Demand(request.Surls);
        var paths = EachSurl.Paths(request.Surls);
        var statuses = (await book.EndAsync(caller.Identity, request.RequestToken, paths, FileState.Aborted, cancellationToken))?.Select(StatusOf)
            ?? (await puts.AbortAsync(caller.Identity, request.RequestToken, paths, cancellationToken) is { } put ? paths.Select(path => StatusOf(put.Files.FirstOrDefault(file => path is not null && path.Equals(file.Asked)))) : null)
            ?? throw RequestAnswers.UnknownToken();
        List<SurlReturnStatus> files = [.. statuses.Select((status, at) => new SurlReturnStatus(request.Surls[at], status))];
        return new AbortFilesResponse { ReturnStatus = SrmStatus.Aggregate(files.Select(file => file.Status)), FileStatuses = files };
    }

    private static ReturnStatus StatusOf(FileOutcome? outcome) => outcome switch
    {
        null => new ReturnStatus(StatusCode.InvalidPath, "The request has no such file."),
        { File.State: FileState.Aborted } => SrmStatus.Success,
        _ => new ReturnStatus(StatusCode.Failure, $"The file is not open any more: {outcome.File.State}."),
    };

    private static ReturnStatus StatusOf(UploadRow? file) => file switch
    {
        null => new ReturnStatus(StatusCode.InvalidPath, "The request has no such file."),
        { State: UploadState.Aborted } => SrmStatus.Success,
        _ => new ReturnStatus(StatusCode.Failure, $"The file is not open any more: {file.State}."),
    };
}
