namespace Mdm.Formats.Amga;

/// <summary>What both ends of AMGA's client protocol agree on, and hold each other to.</summary>
public static class AmgaWire
{
    /// <summary>Where servers listen.</summary>
    public const int DefaultPort = 8822;

    /// <summary>Ends an answer, twice.</summary>
    public const byte EndOfTransmission = 0x04;

    /// <summary>Sent as TCP urgent data it cancels the command that runs; alone in a line of an answer it says that the answer was broken off.</summary>
    public const byte Cancel = 0x18;

    /// <summary>Between the two ends of transmission it announces the number under which the session goes on.</summary>
    public const string Session = "session";

    /// <summary>Bytes of a command or of a line of an answer.</summary>
    public const int MaxLineLength = 1 << 20;

    /// <summary>Words of a command.</summary>
    public const int MaxTokens = 10_000;

    /// <summary>Bytes of a line of greeting, options or login.</summary>
    public const int MaxHandshakeLine = 4096;

    /// <summary>Lines of the options or of the login.</summary>
    public const int MaxHandshakeLines = 16;

    /// <summary>Characters of a session's number; the servers' own are decimals of 64 bits.</summary>
    public const int MaxSessionLength = 64;
}
