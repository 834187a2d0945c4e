namespace Mdm.Formats.Amga;

/// <summary>What came is not the protocol, or exceeds one of its limits. The connection cannot be used any further.</summary>
public sealed class AmgaProtocolException : Exception
{
    /// <param name="message">What was wrong; names the limit where one was exceeded, and holds nothing of what was sent.</param>
    public AmgaProtocolException(string message)
        : base(message)
    {
    }
}

/// <summary>A server's answer that is an error. The connection stays usable.</summary>
public sealed class AmgaAnswerException : Exception
{
    /// <param name="code">AMGA's code, not 0.</param>
    /// <param name="message">The server's words.</param>
    /// <param name="afterRows">True when rows had come before it.</param>
    public AmgaAnswerException(int code, string message, bool afterRows = false)
        : base(message) => (Code, AfterRows) = (code, afterRows);

    /// <summary>AMGA's code, as 4 for a right that is missing.</summary>
    public int Code { get; }

    /// <summary>True when the answer was broken off in the middle of its rows.</summary>
    public bool AfterRows { get; }
}
