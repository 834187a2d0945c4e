using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>One operation of SRM v2.2.</summary>
internal interface IOperation
{
    /// <summary>Which.</summary>
    SrmOperation Name { get; }

    /// <summary>Does it for a caller who is known.</summary>
    /// <exception cref="MdmException">It failed as a whole.</exception>
    /// <exception cref="CallRefusedException">It was refused as a whole.</exception>
    ValueTask<SrmResponse> RunAsync(SrmRequest request, GridCaller caller, CancellationToken cancellationToken);
}

/// <summary>One operation with the type of its request.</summary>
internal abstract class Operation<TRequest>(SrmOperation name) : IOperation
    where TRequest : SrmRequest
{
    public SrmOperation Name { get; } = name;

    public ValueTask<SrmResponse> RunAsync(SrmRequest request, GridCaller caller, CancellationToken cancellationToken) =>
        RunAsync((TRequest)request, caller, cancellationToken);

    protected abstract ValueTask<SrmResponse> RunAsync(TRequest request, GridCaller caller, CancellationToken cancellationToken);
}

/// <summary>A call is answered with nothing but this status.</summary>
internal sealed class CallRefusedException(ReturnStatus status) : Exception(status.Explanation)
{
    public CallRefusedException(StatusCode code, string explanation)
        : this(new ReturnStatus(code, explanation))
    {
    }

    public ReturnStatus Status { get; } = status;
}
