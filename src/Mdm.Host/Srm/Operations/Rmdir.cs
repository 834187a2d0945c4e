using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmRmdir (§4.2). With what is in it, if asked: files go as srmRm makes them go.</summary>
internal sealed class Rmdir(NameSpace names, RequestBook book, UploadBook puts, ObjectEraser eraser) : Operation<RmdirRequest>(SrmOperation.Rmdir)
{
    protected override async ValueTask<SrmResponse> RunAsync(RmdirRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var path = EachSurl.One(request.Surl).Path;
        if (await puts.IsPutBelowAsync(path, cancellationToken))
            throw new MdmException(MdmErrorKind.DirectoryNotEmpty, $"{path}: files are being put below it.");
        var removed = await names.RemoveDirectoryAsync(caller.Identity, path, request.Recursive ?? false, cancellationToken);
        foreach (var entry in removed)
            book.Removed(entry);
        await eraser.EraseSoonAsync();
        return new RmdirResponse { ReturnStatus = SrmStatus.Success };
    }
}
