using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmRmdir (§4.2). With what is in it, if asked: files are un-published, the archive keeps its objects.</summary>
internal sealed class Rmdir(NameSpace names, RequestBook book) : Operation<RmdirRequest>(SrmOperation.Rmdir)
{
    protected override async ValueTask<SrmResponse> RunAsync(RmdirRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var removed = await names.RemoveDirectoryAsync(caller.Identity, EachSurl.One(request.Surl).Path, request.Recursive ?? false, cancellationToken);
        foreach (var entry in removed)
            book.Removed(entry);
        return new RmdirResponse { ReturnStatus = SrmStatus.Success };
    }
}
