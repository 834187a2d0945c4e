using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmPrepareToPut (§5.5). Answered in the call: name and room are kept, or are not to be had.</summary>
internal sealed class PrepareToPut(UploadBook book, TimeProvider time) : Operation<PrepareToPutRequest>(SrmOperation.PrepareToPut)
{
    protected override async ValueTask<SrmResponse> RunAsync(PrepareToPutRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        GetTransferProtocols.Negotiate(request.TransferParameters);
        if (request.FileRequests is not { Count: > 0 } asked)
            throw new CallRefusedException(StatusCode.InvalidRequest, "The request names no file.");
        var put = await book.SubmitAsync(caller, new UploadOrder
        {
            Files = [.. asked.Select(Of)],
            Description = request.UserRequestDescription,
            Overwriting = request.OverwriteOption switch
            {
                OverwriteMode.Always => Overwriting.Always,
                OverwriteMode.WhenFilesAreDifferent => Overwriting.WhenDifferent,
                _ => Overwriting.Never,
            },
            Turl = new Lifetime(request.DesiredPinLifeTime),
            Total = new Lifetime(request.DesiredTotalRequestTime),
            File = new Lifetime(request.DesiredFileLifeTime),
            Space = request.TargetSpaceToken,
        }, cancellationToken);
        var files = PutAnswers.Files(put, null, book, caller.Identity, time.GetUtcNow());
        return new PrepareToPutResponse
        {
            ReturnStatus = PutAnswers.StatusOf(put, null, files),
            RequestToken = put.IsKept ? put.Request.Token : null,
            FileStatuses = files,
            RemainingTotalRequestTime = RequestAnswers.Seconds(put.RemainingTime, atLeast: 0),
        };
    }

    // ARC says 0 for a size that it does not tell.
    private static PutFile Of(PutFileRequest asked) => Surl.TryParse(asked.TargetSurl, out var surl, out var refusal)
        ? new PutFile(surl.Text, surl.Path, asked.ExpectedFileSize is > 0 and var size ? size : null)
        : new PutFile(asked.TargetSurl ?? string.Empty, null, null, SrmStatus.FaultOf(refusal));
}
