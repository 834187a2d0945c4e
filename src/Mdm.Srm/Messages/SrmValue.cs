using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>Anything that has child elements on the wire. Values are immutable and safe for concurrent use.</summary>
/// <remarks>
/// Names are those of the SRM v2.2 WSDL without its prefixes (<c>T</c>, <c>ArrayOf</c>, <c>srm</c>). All lifetimes and waiting times are
/// seconds, −1 without end; all sizes are bytes; SURLs and TURLs are the text that was sent. What the WSDL requires is
/// <c>required</c> here, what may be absent is nullable. Two messages that hold lists are equal only when they hold the same list objects.
/// </remarks>
public abstract record SrmValue
{
    /// <summary>Writes the child elements, in the order of the WSDL's sequence.</summary>
    internal abstract void Write(SoapOutput output);
}

/// <summary>What a caller asks.</summary>
public abstract record SrmRequest : SrmValue
{
    /// <summary>The operation that the message belongs to.</summary>
    public abstract SrmOperation Operation { get; }

    /// <summary>A name for the caller that the specification allows for; nobody uses it, and it proves nothing.</summary>
    public string? AuthorizationId { get; init; }
}

/// <summary>What a host answers.</summary>
public abstract record SrmResponse : SrmValue
{
    /// <summary>The operation that the message belongs to.</summary>
    public abstract SrmOperation Operation { get; }
}

/// <summary>An answer that says how it went: all but that of srmPing.</summary>
public abstract record SrmStatusResponse : SrmResponse
{
    /// <summary>How the request as a whole went.</summary>
    public required ReturnStatus ReturnStatus { get; init; }
}
