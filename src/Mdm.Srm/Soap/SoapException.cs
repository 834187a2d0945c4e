namespace Mdm.Srm.Soap;

/// <summary>Why a message could not be read as SRM over SOAP.</summary>
public enum SoapError
{
    /// <summary>Not well-formed XML, not an envelope, or with a document type.</summary>
    Malformed,

    /// <summary>Larger or deeper than a limit allows; the message names the limit.</summary>
    TooLarge,

    /// <summary>An envelope whose body asks for something that SRM v2.2 does not have.</summary>
    UnknownOperation,

    /// <summary>The reply is a SOAP fault; the message is its text.</summary>
    Fault,
}

/// <summary>A message that is not SRM over SOAP. What is SRM but wrong in a value is a <see cref="SoapRequest.Refusal"/> instead.</summary>
public sealed class SoapException : Exception
{
    /// <param name="error">Why.</param>
    /// <param name="message">A sentence for the peer; never repeats its values.</param>
    /// <param name="innerException">The cause, for the log only.</param>
    public SoapException(SoapError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    /// <summary>Why.</summary>
    public SoapError Error { get; }
}
