using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.UpperLayer;

/// <summary>Whom to call, and as whom.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">TCP port; 104, 11112 and (TLS) 2762 are customary.</param>
/// <param name="CalledAeTitle">The peer's application entity.</param>
/// <param name="CallingAeTitle">Ours.</param>
/// <param name="Tls">When the peer speaks TLS.</param>
internal sealed record DicomPeer(string Host, int Port, string CalledAeTitle, string CallingAeTitle, SslClientAuthenticationOptions? Tls = null);

/// <summary>What an acceptor says to a request: a reject, or an answer to each context.</summary>
internal sealed record AcceptDecision(AssociateReject? Reject, IReadOnlyList<ContextAnswer> Contexts)
{
    public static AcceptDecision Refuse(AssociateReject reject) => new(reject, []);
}

/// <summary>PS3.8 §7.1: how associations come to be, from either side.</summary>
internal static class Negotiation
{
    /// <summary>Asks a peer for an association.</summary>
    /// <exception cref="MdmException">
    /// Unavailable: no connection, no answer, aborted. Busy: rejected for now. Refused: rejected for good, or no context accepted.
    /// </exception>
    public static async ValueTask<Association> RequestAsync(DicomPeer peer, IReadOnlyList<ContextProposal> proposals, AssociationOptions options, CancellationToken cancellationToken)
    {
        var contexts = proposals.Select((proposal, index) => new ProposedContext((byte)(2 * index + 1), proposal.AbstractSyntax, proposal.TransferSyntaxes)).ToArray();
        var roles = proposals.Where(proposal => proposal.PeerSends).Select(proposal => proposal.AbstractSyntax).Distinct()
            .Select(uid => new RoleSelection(uid, ScuRole: false, ScpRole: true)).ToArray();
        var request = new AssociateRequest(peer.CalledAeTitle, peer.CallingAeTitle, contexts, new UserInformation((uint)options.MaxPduLength, Part10.ImplementationClassUid, roles));
        var transport = await ConnectAsync(peer, options, cancellationToken);
        try
        {
            await transport.WriteAsync(PduCodec.Encode(request), options.NegotiationTimeout, cancellationToken);
            var (type, body) = await ReadPduAsync(transport, options, cancellationToken);
            switch (type)
            {
                case PduType.AssociateAccept:
                    return Agree(transport, options, request, PduCodec.DecodeAccept(body));
                case PduType.AssociateReject:
                    var reject = PduCodec.DecodeReject(body);
                    throw new MdmException(
                        reject.IsTransient ? MdmErrorKind.Busy : MdmErrorKind.Refused,
                        $"The archive {peer.CalledAeTitle} rejected the association of {peer.CallingAeTitle}: {reject.Explanation}.");
                case PduType.Abort:
                    throw new MdmException(MdmErrorKind.Unavailable, $"The archive {peer.CalledAeTitle} aborted the association; does it know {peer.CallingAeTitle}?");
                default:
                    throw new MdmException(MdmErrorKind.Corrupt, "The DICOM peer answered an association request with something else.");
            }
        }
        catch
        {
            transport.Dispose();
            throw;
        }
    }

    /// <summary>Waits for a peer's request on a fresh connection, and answers it.</summary>
    /// <param name="socket">Just accepted; owned from now on.</param>
    /// <param name="decide">Says who may come in and about what.</param>
    /// <param name="tls">When the peer must speak TLS.</param>
    /// <param name="options">Times and sizes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when the request was rejected.</returns>
    /// <exception cref="MdmException">Unavailable, Corrupt or Refused: no request that could be answered.</exception>
    public static async ValueTask<Association?> AcceptAsync(
        Socket socket, Func<AssociateRequest, AcceptDecision> decide, SslServerAuthenticationOptions? tls, AssociationOptions options, CancellationToken cancellationToken)
    {
        Transport? transport = null;
        try
        {
            transport = await SecureAsync(socket, tls, options, cancellationToken);
            var (type, body) = await ReadPduAsync(transport, options, cancellationToken);
            if (type != PduType.AssociateRequest)
                throw new MdmException(MdmErrorKind.Corrupt, "The DICOM peer did not begin with an association request.");
            var request = PduCodec.DecodeRequest(body);
            var decision = decide(request);
            if (decision.Reject is { } reject)
            {
                await transport.WriteAsync(PduCodec.Encode(reject), options.NegotiationTimeout, cancellationToken);
                await LingerAsync(transport, options, cancellationToken);
                return null;
            }

            // PS3.7 §D.3.3.4: what the requestor proposed, as far as we agree; we agree to all.
            var accept = new AssociateAccept(request.CalledAeTitle, request.CallingAeTitle, decision.Contexts,
                new UserInformation((uint)options.MaxPduLength, Part10.ImplementationClassUid, request.User.Roles));
            await transport.WriteAsync(PduCodec.Encode(accept), options.NegotiationTimeout, cancellationToken);
            var syntaxes = request.Contexts.ToDictionary(context => context.Id, context => context.AbstractSyntax);
            var roles = request.User.Roles.Where(role => role.ScpRole).Select(role => role.SopClassUid).ToHashSet(StringComparer.Ordinal);
            var agreed = decision.Contexts.Where(answer => answer.Result == ContextResult.Accepted)
                .Select(answer => new AgreedContext(answer.Id, syntaxes[answer.Id], answer.TransferSyntax, roles.Contains(syntaxes[answer.Id]))).ToArray();
            var association = new Association(transport, options, request.User.MaximumLength, agreed, request.CallingAeTitle, request.CalledAeTitle);
            transport = null;
            return association;
        }
        finally
        {
            transport?.Dispose();
        }
    }

    private static Association Agree(Transport transport, AssociationOptions options, AssociateRequest request, AssociateAccept accept)
    {
        var proposed = request.Contexts.ToDictionary(context => context.Id);
        var roles = accept.User.Roles.Where(role => role.ScpRole).Select(role => role.SopClassUid).ToHashSet(StringComparer.Ordinal);
        var agreed = new List<AgreedContext>();
        foreach (var answer in accept.Contexts)
        {
            if (answer.Result != ContextResult.Accepted || !proposed.TryGetValue(answer.Id, out var proposal))
                continue;
            if (!proposal.TransferSyntaxes.Contains(answer.TransferSyntax))
                throw new MdmException(MdmErrorKind.Corrupt, "The archive accepted a transfer syntax that was not proposed.");
            agreed.Add(new AgreedContext(answer.Id, proposal.AbstractSyntax, answer.TransferSyntax, roles.Contains(proposal.AbstractSyntax)));
        }

        if (agreed.Count == 0)
            throw new MdmException(MdmErrorKind.Refused, $"The archive {request.CalledAeTitle} accepted none of the presentation contexts.");
        return new Association(transport, options, accept.User.MaximumLength, agreed, request.CallingAeTitle, request.CalledAeTitle);
    }

    private static async ValueTask<Transport> ConnectAsync(DicomPeer peer, AssociationOptions options, CancellationToken cancellationToken)
    {
        using var timed = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(peer.Host, peer.Port, both.Token);
            return peer.Tls is null
                ? new Transport(socket, options.Time)
                : await Transport.ConnectTlsAsync(socket, peer.Tls, options.Time, both.Token);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            if (exception is SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
                throw new MdmException(MdmErrorKind.Unavailable, $"The archive {peer.CalledAeTitle} cannot be reached at {peer.Host}:{peer.Port}.", exception);
            throw;
        }
    }

    private static async ValueTask<Transport> SecureAsync(Socket socket, SslServerAuthenticationOptions? tls, AssociationOptions options, CancellationToken cancellationToken)
    {
        if (tls is null)
            return new Transport(socket, options.Time);
        using var timed = new CancellationTokenSource(options.NegotiationTimeout, options.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellationToken);
        try
        {
            return await Transport.AcceptTlsAsync(socket, tls, options.Time, both.Token);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async ValueTask<(PduType Type, byte[] Body)> ReadPduAsync(Transport transport, AssociationOptions options, CancellationToken cancellationToken)
    {
        var header = new byte[PduCodec.HeaderLength];
        await ReadExactlyAsync(transport, header, options, cancellationToken);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(2));
        if (length > PduCodec.MaxAssociateLength)
            throw new MdmException(MdmErrorKind.Refused, "The DICOM peer sent an association PDU longer than the limit MaxAssociateLength.");
        var body = new byte[length];
        await ReadExactlyAsync(transport, body, options, cancellationToken);
        return ((PduType)header[0], body);
    }

    private static async ValueTask ReadExactlyAsync(Transport transport, Memory<byte> buffer, AssociationOptions options, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var count = await transport.ReadAsync(buffer, options.NegotiationTimeout, cancellationToken);
            if (count == 0)
                throw new MdmException(MdmErrorKind.Unavailable, "The DICOM peer closed the connection during negotiation.");
            buffer = buffer[count..];
        }
    }

    /// <summary>PS3.8 state 13: after a reject the requestor closes; closing first could take the reject away from it.</summary>
    private static async ValueTask LingerAsync(Transport transport, AssociationOptions options, CancellationToken cancellationToken)
    {
        transport.EndSending();
        var scratch = new byte[256];
        try
        {
            while (await transport.ReadAsync(scratch, options.NegotiationTimeout, cancellationToken) > 0)
                continue;
        }
        catch (MdmException)
        {
            // Closed the hard way, or not within the time: closed it is.
            transport.Dispose();
        }
    }
}
