using Mdm.Srm.Messages;

namespace Mdm.Srm.Soap;

/// <summary>A request as it was understood: either a message, or a reason why its values cannot be used.</summary>
public sealed class SoapRequest
{
    internal SoapRequest(SrmOperation operation, SrmRequest? message, string? refusal)
    {
        Operation = operation;
        Message = message;
        Refusal = refusal;
    }

    /// <summary>What is asked; known in either case.</summary>
    public SrmOperation Operation { get; }

    /// <summary>The request; null when it is refused.</summary>
    public SrmRequest? Message { get; }

    /// <summary>Why the request cannot be used, to be answered as <see cref="StatusCode.InvalidRequest"/>; null otherwise. Names elements, never values.</summary>
    public string? Refusal { get; }
}
