using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmReleaseFiles (§5.9): by token, by SURLs in whichever request, or by both. What is not ready yet is called off.</summary>
internal sealed class ReleaseFiles(RequestBook book, UploadBook puts) : Operation<ReleaseFilesRequest>(SrmOperation.ReleaseFiles)
{
    protected override async ValueTask<SrmResponse> RunAsync(ReleaseFilesRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        if (request.DoRemove == true)
            throw new CallRefusedException(StatusCode.NotSupported, "Files here stand for objects of an archive that keeps them; release without doRemove, or use srmRm to un-publish one.");
        var surls = request.Surls is { Count: > 0 } named ? named : null;
        var paths = surls is null ? null : EachSurl.Paths(surls);
        var outcomes = (request.RequestToken, paths) switch
        {
            ({ } token, _) => await book.EndAsync(caller.Identity, token, paths, FileState.Released, cancellationToken)
                ?? throw (await puts.FindAsync(caller.Identity, token, cancellationToken) is null
                    ? RequestAnswers.UnknownToken()
                    : new CallRefusedException(StatusCode.InvalidRequest, "That request is a put, which holds no pins: end it with srmPutDone or srmAbortRequest.")),
            (null, { }) => await book.EndAsync(caller.Identity, paths, FileState.Released),
            _ => throw new CallRefusedException(StatusCode.InvalidRequest, "Name the request, or the files, that are to be released."),
        };
        List<SurlReturnStatus> files = [.. outcomes.Select((outcome, at) => new SurlReturnStatus(surls?[at] ?? outcome!.File.Surl, StatusOf(outcome)))];
        return new ReleaseFilesResponse { ReturnStatus = SrmStatus.Aggregate(files.Select(file => file.Status)), FileStatuses = files };
    }

    private static ReturnStatus StatusOf(FileOutcome? outcome) => outcome switch
    {
        null => new ReturnStatus(StatusCode.InvalidPath, "You hold no pin on that file."),
        // Releasing twice is what a client does that saw no answer.
        { File.State: FileState.Released } => SrmStatus.Success,
        _ => SrmStatus.Of(outcome.File, RequestKind.Get),
    };
}
