using System.Text;
using Mdm.Formats.Amga;

namespace Mdm.Fuzz.Targets;

/// <summary>What metadata clients and servers send to each other.</summary>
internal static class AmgaTargets
{
    private const int MaxTokens = 100;

    private const int MaxLine = 4096;

    private static readonly string[] Lines =
    [
        "addentry '/a/e'  'p' 'O'Neil x'", @"addentry /a/e p 'O\'Neil x'", "selectattr  /a:p /a:q '/a:p = \"v\" and /a:q > 3'", "createdir '/d' 'acl, inherit, shared'",
        @"put 'f' 'a\047b\012c' '' C:\x\ 'M\303\274ller'", "updateattr 't?' sinus 'sinus + 1' ''", "pwd",
    ];

    private static readonly string[] Answers =
    [
        "0\n\u0004\u0004", "0 2\nv1\nv2\nw1\n\n\u0004\u0004", "4 Permission denied\n\u0004session4711\u0004", "0\nr1\na\\012b\\134012\n\u0018\n12\n\u0004\u0004", "0\nr\n\u0004\u00040\nx\n\u0004\u0004",
    ];

    public static IEnumerable<FuzzTarget> All() =>
    [
        new("amga-line", InputShape.Text, _ => [.. Lines.Select(Encoding.UTF8.GetBytes)], Line)
        {
            Tokens = [.. new[] { "'", @"\'", "' ", " '", @"\047", @"\134", @"\000", @"\777", "\\", "  ", "\t", "\u0018", "ü" }.Select(Encoding.UTF8.GetBytes)],
            MaxLength = MaxLine,
        },
        new("amga-answer", InputShape.Text, _ => [.. Answers.Select(Encoding.UTF8.GetBytes)], Answer)
        {
            Tokens = [.. new[] { "0\n", "12 x\n", "\u0004", "\u0004\u0004", "\u0004session", "\u0018\n", "\n\n", @"\012", @"\134" }.Select(Encoding.UTF8.GetBytes)],
            MaxLength = 3 * MaxLine,
        },
    ];

    private static bool Line(byte[] input)
    {
        if (!AmgaCommandLine.TrySplit(input, MaxTokens, out var words, out var refusal))
            return refusal.Length == 0 ? throw new FindingException("a refusal without a reason") : false;
        if (words.Count == 0)
            return true;
        var line = Encoding.UTF8.GetBytes(AmgaCommandLine.Join(words));
        if (line.AsSpan().ContainsAny((byte)'\n', AmgaWire.Cancel, AmgaWire.EndOfTransmission))
            throw new FindingException("a command was written in more than one line");
        if (!AmgaCommandLine.TrySplit(line, MaxTokens, out var again, out _) || !words.SequenceEqual(again))
            throw new FindingException("the words of a command are not what they were when written and read again");
        foreach (var word in words)
        {
            var row = AmgaText.EscapeLine(word);
            if (row.AsSpan().IndexOfAny('\n', '\r', '\u0004') >= 0 || row.Contains('\u0018', StringComparison.Ordinal) || AmgaText.UnescapeLine(row) != word)
                throw new FindingException("a value is not what it was when written and read again, or splits its line");
        }
        return true;
    }

    private static bool Answer(byte[] input)
    {
        var whole = Read(new MemoryStream(input));
        if (whole != Read(new OneByOne(input)))
            throw new FindingException("an answer depends on how its bytes were cut");
        return !whole.EndsWith("refused", StringComparison.Ordinal);
    }

    // Streams that never wait, so that nothing here does.
    private static string Read(Stream stream)
    {
        var told = new StringBuilder();
        var input = new AmgaInput(stream, MaxLine);
        try
        {
            while (Done(input.PeekAsync(default)) >= 0)
            {
                var (answer, error) = Done(AmgaAnswerReader.BeginAsync(input, 2, default));
                told.Append(error is null ? answer.Header : error.Message);
                while (Done(answer.NextAsync(default)) is { } row)
                    told.Append('|').Append(row);
                told.Append(answer.Session);
            }
        }
        catch (AmgaAnswerException broken)
        {
            told.Append(broken.Code);
        }
        catch (AmgaProtocolException)
        {
            told.Append("refused");
        }
        return told.ToString();
    }

    private static T Done<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new FindingException("a reader waits although all bytes are there");

    private sealed class OneByOne(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
