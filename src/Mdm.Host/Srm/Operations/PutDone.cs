using Mdm.Host.Access;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmPutDone (§5.7): the files exist from then on.</summary>
internal sealed class PutDone(FileEntering entering) : Operation<PutDoneRequest>(SrmOperation.PutDone)
{
    protected override async ValueTask<SrmResponse> RunAsync(PutDoneRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        EachSurl.Demand(request.Surls);
        var outcomes = await entering.DoneAsync(caller.Identity, request.RequestToken, EachSurl.Paths(request.Surls), cancellationToken) ?? throw RequestAnswers.UnknownToken();
        List<SurlReturnStatus> files = [.. outcomes.Select((outcome, at) => new SurlReturnStatus(request.Surls[at], StatusOf(outcome)))];
        return new PutDoneResponse { ReturnStatus = SrmStatus.Aggregate(files.Select(file => file.Status)), FileStatuses = files };
    }

    private static ReturnStatus StatusOf(EnteringOutcome outcome) => outcome switch
    {
        { IsEntered: true } => SrmStatus.Success,
        { Fault: { } fault } => SrmStatus.Of(fault),
        { File: { State: UploadState.TimedOut } file } => SrmStatus.Of(file) with { StatusCode = StatusCode.RequestTimedOut },
        { File: { } file } => SrmStatus.Of(file),
        _ => new ReturnStatus(StatusCode.InvalidPath, "The request has no such file."),
    };
}
