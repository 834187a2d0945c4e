using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Mdm.Formats.Amga;

/// <summary>Reads one answer. Its rows must be read to their end before the next answer is begun.</summary>
public sealed class AmgaAnswerReader
{
    private readonly AmgaInput _input;
    private readonly bool _isTwice;

    // A wait that was given up in the middle of the end can be taken up again.
    private bool _hasEndBegun;

    private AmgaAnswerReader(AmgaInput input, int protocol) => (_input, _isTwice) = (input, protocol >= 2);

    /// <summary>What followed the code, as the number of columns; null for nothing.</summary>
    public string? Header { get; private set; }

    /// <summary>Under which the session goes on, over another connection; null when it goes on over this one. Known once the rows have ended.</summary>
    public string? Session { get; private set; }

    /// <summary>True when the answer was read to its end.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Reads the first line of an answer; an error is read to its end.</summary>
    /// <param name="input">From the server.</param>
    /// <param name="protocol">What the server greeted with, 1 or 2.</param>
    /// <param name="cancellationToken">Gives up; the connection can then not be used any further.</param>
    /// <returns>The answer, and the error that it is; null when rows follow.</returns>
    /// <exception cref="AmgaProtocolException">That is no answer, or it was cut.</exception>
    public static async ValueTask<(AmgaAnswerReader Answer, AmgaAnswerException? Error)> BeginAsync(AmgaInput input, int protocol, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var answer = new AmgaAnswerReader(input, protocol);
        var (code, text) = CodeOf(await answer.LineAsync(cancellationToken).ConfigureAwait(false));
        if (code == 0)
        {
            answer.Header = text;
            return (answer, null);
        }
        // What else comes before the end belongs to the message.
        var message = new StringBuilder(text);
        while (await answer.NextAsync(cancellationToken).ConfigureAwait(false) is { } more)
        {
            if (message.Length < AmgaWire.MaxHandshakeLine)
                message.Append(' ').Append(more);
        }
        return (answer, new AmgaAnswerException(code, message.Length > 0 ? message.ToString() : "The server gives no reason."));
    }

    /// <summary>The values, as they come.</summary>
    /// <exception cref="AmgaAnswerException">The answer was broken off.</exception>
    /// <exception cref="AmgaProtocolException">It was cut, or a line is too long.</exception>
    public async IAsyncEnumerable<string> RowsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await NextAsync(cancellationToken).ConfigureAwait(false) is { } row)
            yield return row;
    }

    /// <summary>The next value; null at the end.</summary>
    /// <inheritdoc cref="RowsAsync" path="/exception"/>
    public async ValueTask<string?> NextAsync(CancellationToken cancellationToken)
    {
        if (IsComplete)
            return null;
        if (_hasEndBegun || await _input.PeekAsync(cancellationToken).ConfigureAwait(false) == AmgaWire.EndOfTransmission)
        {
            await EndAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        var line = await LineAsync(cancellationToken).ConfigureAwait(false);
        if (line.Length != 1 || line[0] != (char)AmgaWire.Cancel)
            return AmgaText.UnescapeLine(line);
        var (code, text) = CodeOf(await LineAsync(cancellationToken).ConfigureAwait(false));
        while (await _input.PeekAsync(cancellationToken).ConfigureAwait(false) is var peeked && peeked != AmgaWire.EndOfTransmission)
            _ = await LineAsync(cancellationToken).ConfigureAwait(false);
        await EndAsync(cancellationToken).ConfigureAwait(false);
        throw new AmgaAnswerException(code, text ?? "The server broke its answer off.", afterRows: true);
    }

    private static (int Code, string? Text) CodeOf(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        return int.TryParse(space < 0 ? line : line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? (code, space < 0 ? null : AmgaText.UnescapeLine(line[(space + 1)..]))
            : throw new AmgaProtocolException("The first line of an answer does not begin with a code.");
    }

    private static AmgaProtocolException Cut() => new("The connection ended in the middle of an answer.");

    private async ValueTask<string> LineAsync(CancellationToken cancellationToken) =>
        await _input.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line ? AmgaText.Decode(line.Span) : throw Cut();

    private async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (!_hasEndBegun)
        {
            if (await _input.PeekAsync(cancellationToken).ConfigureAwait(false) != AmgaWire.EndOfTransmission)
                throw Cut();
            _input.Skip();
            _hasEndBegun = true;
        }
        if (_isTwice)
        {
            if (await _input.ReadUntilAsync(AmgaWire.EndOfTransmission, cancellationToken).ConfigureAwait(false) is not { } between)
                throw Cut();
            if (between.Length > 0)
                Session = SessionOf(AmgaText.Decode(between.Span));
        }
        IsComplete = true;
    }

    private static string SessionOf(string text) =>
        text.StartsWith(AmgaWire.Session, StringComparison.Ordinal) && text[AmgaWire.Session.Length..].Trim() is { Length: > 0 and <= AmgaWire.MaxSessionLength } id && id.All(char.IsAsciiLetterOrDigit)
            ? id
            : throw new AmgaProtocolException("What stands between the two ends of an answer is not a session.");
}
