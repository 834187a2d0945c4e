using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmAbortRequest (§5.11): what is under way stops, what is ready is let go. Of a request at its end it is a success that changes nothing.</summary>
internal sealed class AbortRequest(RequestBook book, UploadBook puts) : Operation<AbortRequestRequest>(SrmOperation.AbortRequest)
{
    protected override async ValueTask<SrmResponse> RunAsync(AbortRequestRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        if (await book.EndAsync(caller.Identity, request.RequestToken, paths: null, FileState.Aborted, cancellationToken) is null)
            _ = await puts.AbortAsync(caller.Identity, request.RequestToken, paths: null, cancellationToken) ?? throw RequestAnswers.UnknownToken();
        return new AbortRequestResponse { ReturnStatus = SrmStatus.Success };
    }
}
