using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmMkdir (§4.1): one directory; its parent exists.</summary>
internal sealed class Mkdir(NameSpace names) : Operation<MkdirRequest>(SrmOperation.Mkdir)
{
    protected override async ValueTask<SrmResponse> RunAsync(MkdirRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        var path = EachSurl.One(request.Surl).Path;
        if (path.IsRoot)
            throw new CallRefusedException(StatusCode.DuplicationError, "The root directory exists already.");
        await names.MakeDirectoryAsync(caller.Identity, path, cancellationToken);
        return new MkdirResponse { ReturnStatus = SrmStatus.Success };
    }
}
