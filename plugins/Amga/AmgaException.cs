namespace Mdm.Plugins.Amga;

/// <summary>What a client is answered instead of rows. The message reaches the client: it says what was refused and what to do, and holds no value of an attribute.</summary>
internal sealed class AmgaException : Exception
{
    public AmgaException(AmgaError code, string message)
        : base(message) => Code = code;

    public AmgaException(AmgaError code, string message, Exception inner)
        : base(message, inner) => Code = code;

    /// <summary>What clients go by.</summary>
    public AmgaError Code { get; }
}
