using System.ComponentModel.DataAnnotations;
using Mdm.Formats.Amga;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>From where connections may stay plain.</summary>
public enum PlainUse
{
    /// <summary>From nowhere.</summary>
    No,

    /// <summary>From this machine.</summary>
    Loopback,

    /// <summary>From everywhere: names, passwords and rows can be read on the way.</summary>
    Yes,
}

/// <summary>Whether sessions are handed off: a client's connection is closed after a command, and the session goes on over its next one.</summary>
public enum SessionUse
{
    /// <summary>Never.</summary>
    No,

    /// <summary>While as many connections are open as <see cref="SessionOptions.HandOffAt"/>.</summary>
    Allow,

    /// <summary>After every command.</summary>
    Force,
}

/// <summary>How the protocol is spoken, and within which limits.</summary>
public sealed class SessionOptions
{
    /// <summary>The first line that clients see.</summary>
    [RegularExpression(@"^[ -~]{1,200}\z", ErrorMessage = "must be one line of 1 to 200 printable ASCII characters.")]
    public string Greeting { get; set; } = "AMGA Metadata Server (Medical Data Manager)";

    /// <summary>From where connections may stay plain.</summary>
    public PlainUse Plain { get; set; } = PlainUse.Loopback;

    /// <summary>Whether sessions are handed off.</summary>
    public SessionUse Sessions { get; set; } = SessionUse.Allow;

    /// <summary>So many open connections make <see cref="SessionUse.Allow"/> hand sessions off.</summary>
    [Range(1, 100_000, ErrorMessage = "must be 1 to 100000.")]
    public int HandOffAt { get; set; } = 500;

    /// <summary>Most sessions without a connection; beyond, sessions stay on theirs.</summary>
    [Range(1, 1_000_000, ErrorMessage = "must be 1 to 1000000.")]
    public int MaxParkedSessions { get; set; } = 10_000;

    /// <summary>A session without a connection ends after so long.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "must be 00:00:01 to 1.00:00:00.")]
    public TimeSpan ParkedTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A client that sends no command for so long is disconnected.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "must be 00:00:01 to 1.00:00:00.")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(1200);

    /// <summary>From the greeting to the end of the login.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = "must be 00:00:01 to 00:10:00.")]
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A client that for so long takes nothing of an answer is disconnected.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "must be 00:00:01 to 1.00:00:00.")]
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Bytes of the longest command.</summary>
    [Range(1024, 64 << 20, ErrorMessage = "must be 1024 to 67108864 bytes.")]
    public int MaxLineLength { get; set; } = AmgaWire.MaxLineLength;

    /// <summary>Most words of a command.</summary>
    [Range(16, 1_000_000, ErrorMessage = "must be 16 to 1000000.")]
    public int MaxTokens { get; set; } = AmgaWire.MaxTokens;

    /// <summary>So often in a minute the server says how it is to whoever asks before logging in; 0 is never.</summary>
    [Range(0, 6000, ErrorMessage = "must be 0 to 6000.")]
    public int StatisticsPerMinute { get; set; } = 10;
}
