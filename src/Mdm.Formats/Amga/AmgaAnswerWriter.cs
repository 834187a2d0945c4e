using System.Globalization;
using System.Text;

namespace Mdm.Formats.Amga;

/// <summary>Writes answers, while they come to be: so much is gathered before it is sent, and who reads slowly is waited for. Not safe for concurrent use.</summary>
/// <param name="send">Sends bytes; ends when they are taken.</param>
public sealed class AmgaAnswerWriter(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> send)
{
    // Full TLS records, and few of them wait.
    private const int Chunk = 32 * 1024;

    private byte[] _buffer = new byte[Chunk];
    private int _length;

    /// <summary>Begins an answer.</summary>
    /// <param name="text">What follows the code, as the number of columns; null for nothing.</param>
    public void Begin(string? text) => Append(text is null ? "0\n" : $"0 {OneLine(text)}\n");

    /// <summary>Writes a line.</summary>
    public ValueTask WriteAsync(string value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(value);
        Append(AmgaText.EscapeLine(value));
        Append("\n");
        return _length >= Chunk ? FlushAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>Ends an answer and sends what is left of it.</summary>
    /// <param name="session">Under which the session goes on over another connection; null when it goes on over this one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask EndAsync(string? session, CancellationToken cancellationToken)
    {
        Append("\u0004");
        if (session is not null)
            Append(AmgaWire.Session + session);
        Append("\u0004");
        return FlushAsync(cancellationToken);
    }

    /// <summary>Answers with an error instead of rows.</summary>
    public ValueTask FailAsync(int code, string message, string? session, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(code);
        Append(string.Create(CultureInfo.InvariantCulture, $"{code} {OneLine(message)}\n"));
        return EndAsync(session, cancellationToken);
    }

    /// <summary>Breaks an answer off whose rows have begun.</summary>
    public ValueTask AbortAsync(int code, string? session, CancellationToken cancellationToken)
    {
        Append(string.Create(CultureInfo.InvariantCulture, $"\u0018\n{code}\n"));
        return EndAsync(session, cancellationToken);
    }

    /// <summary>Sends what was gathered.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var gathered = _buffer.AsMemory(0, _length);
        _length = 0;
        if (_buffer.Length > 2 * Chunk)
            _buffer = new byte[Chunk];
        return gathered.IsEmpty ? ValueTask.CompletedTask : send(gathered, cancellationToken);
    }

    // An error may quote what the client sent.
    private static string OneLine(string text) => AmgaText.EscapeLine(text);

    private void Append(string text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_buffer.Length - _length < most)
            Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _length + most));
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
    }
}
