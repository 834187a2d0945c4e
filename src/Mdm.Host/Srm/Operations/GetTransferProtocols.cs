using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmGetTransferProtocols (§6.1).</summary>
internal sealed class GetTransferProtocols() : Operation<GetTransferProtocolsRequest>(SrmOperation.GetTransferProtocols)
{
    /// <summary>What TURLs begin with. Exactly this word: clients refuse a TURL of a protocol that they did not name.</summary>
    private const string Https = "https";

    /// <summary>The first of the client's choices that is served; nothing asked is all the same to him.</summary>
    /// <exception cref="CallRefusedException">None of them is.</exception>
    public static void Negotiate(TransferParameters? parameters)
    {
        if (parameters?.TransferProtocols is not { Count: > 0 } asked || asked.Contains(Https, StringComparer.OrdinalIgnoreCase))
            return;
        throw new CallRefusedException(StatusCode.NotSupported, "None of the transfer protocols asked for is served here; ask for https.");
    }

    protected override ValueTask<SrmResponse> RunAsync(GetTransferProtocolsRequest request, GridCaller caller, CancellationToken cancellationToken) => new(new GetTransferProtocolsResponse
    {
        ReturnStatus = SrmStatus.Success,
        ProtocolInfo = [new SupportedTransferProtocol(Https)],
    });
}
