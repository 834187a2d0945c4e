using System.Text;

namespace Mdm.Formats.Amga;

/// <summary>What is said before the first command: the server's greeting, the client's options and login.</summary>
public sealed record AmgaGreeting(string Text, int Protocol, IReadOnlyList<string> Options)
{
    private const string ProtocolWord = "Protocol ";

    /// <summary>The server's three lines.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes($"{AmgaText.EscapeLine(Text)}\n{ProtocolWord}{Protocol}\n{string.Join(' ', Options)}\n");

    /// <summary>Reads a server's greeting.</summary>
    /// <exception cref="AmgaProtocolException">That is no AMGA server.</exception>
    public static async ValueTask<AmgaGreeting> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var text = await HandshakeLines.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        var protocol = await HandshakeLines.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        var options = await HandshakeLines.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        if (text is null || options is null || protocol?.StartsWith(ProtocolWord, StringComparison.Ordinal) != true || protocol.Length == ProtocolWord.Length || !char.IsAsciiDigit(protocol[ProtocolWord.Length]))
            throw new AmgaProtocolException("The greeting is not that of an AMGA server.");
        return new AmgaGreeting(text, protocol[ProtocolWord.Length] - '0', options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}

/// <summary>Lines that are followed by something else than lines, as a TLS handshake: read byte for byte, so that nothing is taken that belongs to what follows.</summary>
public static class HandshakeLines
{
    /// <summary>The next line without its end; null when the other end closed before it.</summary>
    /// <exception cref="AmgaProtocolException">It is too long.</exception>
    public static async ValueTask<string?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var line = new byte[AmgaWire.MaxHandshakeLine];
        for (var length = 0; length < line.Length; length++)
        {
            if (await stream.ReadAsync(line.AsMemory(length, 1), cancellationToken).ConfigureAwait(false) == 0)
                return null;
            if (line[length] == '\n')
                return AmgaText.Decode(line.AsSpan(0, length)).TrimEnd('\r');
        }
        throw new AmgaProtocolException($"A line before the first command is longer than {nameof(AmgaWire.MaxHandshakeLine)} ({AmgaWire.MaxHandshakeLine} bytes).");
    }

    /// <summary>The lines up to an empty one; null when the other end closed before it.</summary>
    /// <exception cref="AmgaProtocolException">There are too many, or one is too long.</exception>
    public static async ValueTask<IReadOnlyList<string>?> ReadBlockAsync(Stream stream, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (await ReadAsync(stream, cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0)
                return lines;
            if (lines.Count == AmgaWire.MaxHandshakeLines)
                throw new AmgaProtocolException($"More lines come before the first command than {nameof(AmgaWire.MaxHandshakeLines)} ({AmgaWire.MaxHandshakeLines}).");
            lines.Add(line);
        }
        return null;
    }
}
