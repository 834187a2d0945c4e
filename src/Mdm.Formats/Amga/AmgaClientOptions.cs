namespace Mdm.Formats.Amga;

/// <summary>A connection to a server: its bytes and, where there is a socket under them, how to send it urgent data.</summary>
/// <param name="Stream">The bytes, plain at first; owned by who gets them.</param>
/// <param name="SendUrgent">Sends one byte out of band, as <c>socket.Send(…, SocketFlags.OutOfBand)</c> does; null where that cannot be.</param>
public sealed record AmgaLink(Stream Stream, Action<byte>? SendUrgent);

/// <summary>How a client reaches a server, logs in, and how long it waits.</summary>
public sealed record AmgaClientOptions
{
    /// <summary>Opens a connection: for the session's beginning, and anew each time that the server hands it off.</summary>
    public required Func<CancellationToken, ValueTask<AmgaLink>> Connect { get; init; }

    /// <summary>Does the TLS handshake over a connection; null for a connection that stays plain.</summary>
    public Func<Stream, CancellationToken, ValueTask<Stream>>? Secure { get; init; }

    /// <summary>A user's name, <c>vo:/fqan</c>, or <c>NULL</c> to be whom the certificate names.</summary>
    public string Login { get; init; } = "NULL";

    /// <summary>The name that goes with it, for the server's records.</summary>
    public string? Name { get; init; }

    /// <summary>Owner bits of what is made, as <c>rwx</c>.</summary>
    public string? PermissionMask { get; init; }

    /// <summary>Group bits of what is made.</summary>
    public string? GroupMask { get; init; }

    /// <summary>Where the session begins.</summary>
    public string? Directory { get; init; }

    /// <summary>Where a certificate does not do.</summary>
    public string? Password { get; init; }

    /// <summary>For connecting, greeting, TLS and login.</summary>
    public TimeSpan HandshakeTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the next bytes of an answer.</summary>
    public TimeSpan AnswerTimeLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>For the rest of an answer that is cancelled; then the connection is given up.</summary>
    public TimeSpan CancelTimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The only clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Without the password.</summary>
    public override string ToString() => $"AMGA as {Login}";
}
