using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Mdm.Srm.Messages;

namespace Mdm.Srm.Soap;

/// <summary>
/// Writes elements as UTF-8 straight into a buffer. A null is not written at all; characters that XML 1.0 cannot carry
/// become U+FFFD, because a reply that has begun cannot be taken back.
/// </summary>
internal sealed class SoapOutput(IBufferWriter<byte> buffer)
{
    private const int MaxNumberLength = 32;
    private const int MaxCharsPerPiece = 4096;

    private static readonly SearchValues<char> Special = SearchValues.Create(
        "&<>\r\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000b\u000c\u000e\u000f\u0010\u0011\u0012\u0013\u0014" +
        "\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\ufffe\uffff");

    /// <summary>Bytes written since the count was last set to zero.</summary>
    public int Pending { get; set; }

    public void Raw(ReadOnlySpan<byte> markup)
    {
        buffer.Write(markup);
        Pending += markup.Length;
    }

    /// <summary>Markup that is known to be plain ASCII.</summary>
    public void Raw(string markup) => Chars(markup);

    public void Open(string name)
    {
        Raw("<"u8);
        Chars(name);
        Raw(">"u8);
    }

    public void Close(string name)
    {
        Raw("</"u8);
        Chars(name);
        Raw(">"u8);
    }

    public void Text(string name, string? value)
    {
        if (value is null)
            return;
        Open(name);
        Escaped(value);
        Close(name);
    }

    public void Number(string name, long? value)
    {
        if (value is not { } number)
            return;
        Open(name);
        Number(number);
        Close(name);
    }

    public void Bool(string name, bool? value)
    {
        if (value is { } flag)
            Text(name, flag ? "true" : "false");
    }

    /// <summary>In UTC with milliseconds: the form both gSOAP and ARC read.</summary>
    public void Time(string name, DateTimeOffset? value)
    {
        if (value is { } time)
            Text(name, time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }

    public void Enum<T>(string name, T? value, WireNames<T> names)
        where T : struct, Enum
    {
        if (value is { } member)
            Text(name, names[member]);
    }

    public void Value(string name, SrmValue? value)
    {
        if (value is null)
            return;
        Open(name);
        value.Write(this);
        Close(name);
    }

    public void List(string wrapper, string item, IReadOnlyList<SrmValue>? values)
    {
        if (values is null)
            return;
        Open(wrapper);
        for (var i = 0; i < values.Count; i++)
            Value(item, values[i]);
        Close(wrapper);
    }

    public void List(string wrapper, string item, IReadOnlyList<string>? values)
    {
        if (values is null)
            return;
        Open(wrapper);
        for (var i = 0; i < values.Count; i++)
            Text(item, values[i]);
        Close(wrapper);
    }

    public void List(string wrapper, string item, IReadOnlyList<long>? values)
    {
        if (values is null)
            return;
        Open(wrapper);
        for (var i = 0; i < values.Count; i++)
            Number(item, values[i]);
        Close(wrapper);
    }

    /// <summary>Text with everything that XML reserves or forbids replaced.</summary>
    public void Escaped(ReadOnlySpan<char> text)
    {
        while (true)
        {
            var special = text.IndexOfAny(Special);
            if (special < 0)
            {
                Chars(text);
                return;
            }
            Chars(text[..special]);
            Raw(text[special] switch
            {
                '&' => "&amp;"u8,
                '<' => "&lt;"u8,
                '>' => "&gt;"u8,
                '\r' => "&#13;"u8,
                _ => "\uFFFD"u8,
            });
            text = text[(special + 1)..];
        }
    }

    private void Number(long value)
    {
        Utf8Formatter.TryFormat(value, buffer.GetSpan(MaxNumberLength), out var written);
        buffer.Advance(written);
        Pending += written;
    }

    // A lone surrogate leaves the encoder as U+FFFD.
    private void Chars(ReadOnlySpan<char> text)
    {
        while (text.Length > 0)
        {
            var piece = text[..Math.Min(text.Length, MaxCharsPerPiece)];
            if (piece.Length < text.Length && char.IsHighSurrogate(piece[^1]))
                piece = piece[..^1];
            var span = buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(piece.Length));
            var written = Encoding.UTF8.GetBytes(piece, span);
            buffer.Advance(written);
            Pending += written;
            text = text[piece.Length..];
        }
    }
}
