using System.Collections.Frozen;
using Mdm.Host.Access;
using Mdm.Host.Srm.Operations;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Host.Srm;

/// <summary>From a request that was understood to its answer. Whatever goes wrong is answered with a status; nothing is thrown but cancellation.</summary>
internal sealed class SrmDispatcher(IEnumerable<IOperation> operations, Ping ping, AnswerLimit limit, AuditTrail audit, ILogger<SrmDispatcher> log)
{
    private static readonly ReturnStatus NoCopies = new(StatusCode.NotSupported,
        "This host copies nothing by srmCopy; ask for a put here and a get there, and have one host fetch from the other (HTTP COPY), as gfal-copy does.");

    private static readonly ReturnStatus NoSpaces = new(StatusCode.NotSupported, "Spaces are reserved and released here, and not changed; release this one and reserve another.");

    private static readonly ReturnStatus NotOffered = new(StatusCode.NotSupported, "This host does not offer the operation.");

    private readonly FrozenDictionary<SrmOperation, IOperation> _operations = operations.ToFrozenDictionary(operation => operation.Name);

    public async ValueTask<SrmResponse> AnswerAsync(SoapRequest request, ConnectionCaller caller, CancellationToken cancellationToken)
    {
        var operation = request.Operation;
        if (operation == SrmOperation.Ping)
            return await ping.RespondAsync();
        if (caller.IsBanned)
            return operation.Answer(new ReturnStatus(StatusCode.AuthorizationFailure, caller.RefusalReason));
        if (caller.Identity is not { } identity)
        {
            audit.Stranger(operation.Name, caller.RefusalReason);
            return operation.Answer(new ReturnStatus(StatusCode.AuthenticationFailure, caller.RefusalReason ?? "The connection shows no acceptable certificate."));
        }
        if (!_operations.TryGetValue(operation, out var known))
            return operation.Answer(WhyNot(operation));
        if (request.Message is not { } message)
            return operation.Answer(new ReturnStatus(StatusCode.InvalidRequest, request.Refusal));
        return IgnoredAttributes.Tell(await RunAsync(known, message, new GridCaller(identity, caller.ValidUntil), cancellationToken), caller.IgnoredAttributes);
    }

    private async ValueTask<SrmResponse> RunAsync(IOperation known, SrmRequest message, GridCaller caller, CancellationToken cancellationToken)
    {
        var operation = known.Name;
        try
        {
            return await limit.RunAsync(token => known.RunAsync(message, caller, token), cancellationToken);
        }
        catch (CallRefusedException refusal)
        {
            return operation.Answer(refusal.Status);
        }
        catch (MdmException error)
        {
            return operation.Answer(SrmStatus.OfRequest(error));
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.Failed(log, operation.Name, error);
            return operation.Answer(SrmStatus.Unexpected);
        }
    }

    private static ReturnStatus WhyNot(SrmOperation operation)
    {
        if (operation == SrmOperation.Copy || operation == SrmOperation.StatusOfCopyRequest)
            return NoCopies;
        return operation.Name.Contains("Space", StringComparison.Ordinal) ? NoSpaces : NotOffered;
    }
}
