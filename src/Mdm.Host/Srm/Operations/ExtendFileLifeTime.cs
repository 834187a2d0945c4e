using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmExtendFileLifeTime (§5.13): pins are extended, in one request or in all of the caller's; files that were put live as long as is asked for and their area allows, others without end already.</summary>
internal sealed class ExtendFileLifeTime(RequestBook book, UploadBook puts, NameSpace names) : Operation<ExtendFileLifeTimeRequest>(SrmOperation.ExtendFileLifeTime)
{
    private const int Endless = -1;

    protected override async ValueTask<SrmResponse> RunAsync(ExtendFileLifeTimeRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        EachSurl.Demand(request.Surls);
        if (request is { NewFileLifeTime: not null, NewPinLifeTime: not null })
            throw new CallRefusedException(StatusCode.InvalidRequest, "Ask for another lifetime of the file, or of the pin, not of both at once.");
        var files = request.NewFileLifeTime is not null && request.RequestToken is null
            ? await FilesAsync(request, caller, cancellationToken)
            : await PinsAsync(request, caller, cancellationToken);
        return new ExtendFileLifeTimeResponse { ReturnStatus = SrmStatus.Aggregate(files.Select(file => file.Status)), FileStatuses = files };
    }

    private ValueTask<List<SurlLifetimeReturnStatus>> FilesAsync(ExtendFileLifeTimeRequest request, GridCaller caller, CancellationToken cancellationToken) =>
        EachSurl.DoAsync(request.Surls, async surl =>
        {
            var entry = await names.StatAsync(caller.Identity, surl.Path, followLast: true, cancellationToken);
            if (entry.Owner != caller.Identity.Subject && (await puts.StoredAsync([entry], cancellationToken)).Count > 0)
                throw new MdmException(MdmErrorKind.AccessDenied, $"Permission denied: only the owner of {entry.Path} may change its lifetime.");
            var (isPut, granted) = await puts.ExtendAsync(entry, new Lifetime(request.NewFileLifeTime), cancellationToken);
            return new SurlLifetimeReturnStatus { Surl = surl.Text, Status = SrmStatus.Success, FileLifetime = isPut ? PutAnswers.FileLifetime(granted) : Endless };
        }, static (surl, status) => new SurlLifetimeReturnStatus { Surl = surl, Status = status });

    private async ValueTask<List<SurlLifetimeReturnStatus>> PinsAsync(ExtendFileLifeTimeRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var outcomes = await book.ExtendAsync(caller.Identity, request.RequestToken, EachSurl.Paths(request.Surls), new Lifetime(request.NewPinLifeTime), cancellationToken)
            ?? throw RequestAnswers.UnknownToken();
        return [.. outcomes.Select((outcome, at) => new SurlLifetimeReturnStatus
        {
            Surl = request.Surls[at],
            Status = StatusOf(outcome),
            PinLifetime = outcome is { WasOpen: true } ? RequestAnswers.Seconds(outcome.File.RemainingPin, atLeast: 0) : null,
        })];
    }

    private static ReturnStatus StatusOf(FileOutcome? outcome) => outcome switch
    {
        null => new ReturnStatus(StatusCode.InvalidPath, "You hold no pin on that file."),
        { WasOpen: true } => SrmStatus.Success,
        { File.State: FileState.Queued or FileState.InProgress } => new ReturnStatus(StatusCode.InvalidRequest, "The file is not ready yet; its pin begins when it is."),
        { File.State: FileState.Ready } => new ReturnStatus(StatusCode.FileLifetimeExpired, "The pin has ended, or your share of the pool is used up; ask for the file again."),
        _ => SrmStatus.Of(outcome.File, RequestKind.Get),
    };
}
