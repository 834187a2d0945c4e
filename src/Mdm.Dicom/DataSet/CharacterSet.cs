using System.Text;

namespace Mdm.Dicom.DataSet;

/// <summary>
/// Specific Character Set (0008,0005), PS3.3 §C.12.1.1.2 and PS3.5 §6.1: single byte sets, UTF-8, GB18030, GBK, and ISO 2022 with
/// code extensions. Immutable, safe for concurrent use.
/// </summary>
/// <remarks>What does not decode becomes U+FFFD; it never throws, since the text of a bad header must not hide the object.</remarks>
internal sealed class CharacterSet
{
    private const byte Escape = 0x1B;

    private static readonly EncodingProvider CodePages = CodePagesEncodingProvider.Instance;

    public static readonly CharacterSet Default = new([""], null, CodeElement.Ascii, CodeElement.Latin1, isExtended: false);
    public static readonly CharacterSet Utf8 = new(["ISO_IR 192"], Encoding.UTF8, CodeElement.Ascii, CodeElement.Ascii, isExtended: false);

    private readonly Encoding? _whole;
    private readonly CodeElement _g0;
    private readonly CodeElement _g1;
    private readonly bool _isExtended;

    private CharacterSet(IReadOnlyList<string> terms, Encoding? whole, CodeElement g0, CodeElement g1, bool isExtended)
    {
        Terms = terms;
        _whole = whole;
        _g0 = g0;
        _g1 = g1;
        _isExtended = isExtended;
    }

    /// <summary>The defined terms, as declared.</summary>
    public IReadOnlyList<string> Terms { get; }

    /// <summary>True when PS3.3 defines the first term; otherwise bytes above 127 are shown as Latin-1.</summary>
    public bool IsKnown { get; private init; } = true;

    /// <summary>The character set of the value of (0008,0005).</summary>
    public static CharacterSet Parse(string value)
    {
        string[] terms = [.. value.Split('\\').Select(term => term.Trim(' ', '\0').ToUpperInvariant())];
        var first = terms[0].Replace("ISO 2022 IR", "ISO_IR", StringComparison.Ordinal).Replace("ISO-IR", "ISO_IR", StringComparison.Ordinal).Replace("ISO IR", "ISO_IR", StringComparison.Ordinal);
        // C.12.1.1.2: these three need no code extensions and allow none.
        switch (first)
        {
            case "ISO_IR 192":
                return new CharacterSet(terms, Encoding.UTF8, CodeElement.Ascii, CodeElement.Ascii, false);
            case "GB18030":
                return new CharacterSet(terms, CodePage(54936), CodeElement.Ascii, CodeElement.Ascii, false);
            case "GBK":
                return new CharacterSet(terms, CodePage(936), CodeElement.Ascii, CodeElement.Ascii, false);
        }

        var extended = terms.Length > 1 || terms[0].StartsWith("ISO 2022", StringComparison.Ordinal);
        var (g0, g1, known) = first switch
        {
            "" or "ISO_IR 6" or "ISO_IR 100" => (CodeElement.Ascii, CodeElement.Latin1, true),
            "ISO_IR 101" => (CodeElement.Ascii, CodeElement.SingleByte(28592), true),
            "ISO_IR 109" => (CodeElement.Ascii, CodeElement.SingleByte(28593), true),
            "ISO_IR 110" => (CodeElement.Ascii, CodeElement.SingleByte(28594), true),
            "ISO_IR 144" => (CodeElement.Ascii, CodeElement.SingleByte(28595), true),
            "ISO_IR 127" => (CodeElement.Ascii, CodeElement.SingleByte(28596), true),
            "ISO_IR 126" => (CodeElement.Ascii, CodeElement.SingleByte(28597), true),
            "ISO_IR 138" => (CodeElement.Ascii, CodeElement.SingleByte(28598), true),
            "ISO_IR 148" => (CodeElement.Ascii, CodeElement.SingleByte(28599), true),
            "ISO_IR 203" => (CodeElement.Ascii, CodeElement.SingleByte(28605), true),
            "ISO_IR 166" => (CodeElement.Ascii, CodeElement.SingleByte(874), true),
            "ISO_IR 13" => (CodeElement.Romaji, CodeElement.Katakana, true),
            "ISO_IR 149" => (CodeElement.Ascii, CodeElement.Korean, true),
            "ISO_IR 58" => (CodeElement.Ascii, CodeElement.SimplifiedChinese, true),
            _ => (CodeElement.Ascii, CodeElement.Latin1, false),
        };
        return new CharacterSet(terms, null, g0, g1, extended) { IsKnown = known };
    }

    /// <summary>The text of a value of <paramref name="vr"/>, backslashes and padding included.</summary>
    public string Decode(ReadOnlySpan<byte> value, Vr vr)
    {
        if (!vr.FollowsCharacterSet())
            return Encoding.Latin1.GetString(value);
        if (_whole is not null)
            return _whole.GetString(value);
        var text = new StringBuilder(value.Length);
        var (g0, g1) = (_g0, _g1);
        var start = 0;
        while (start < value.Length)
        {
            var octet = value[start];
            if (octet == Escape && CodeElement.FromEscape(value[start..], out var length) is { } designated)
            {
                if (designated.IsG1)
                    g1 = designated;
                else
                    g0 = designated;
                start += length;
                continue;
            }

            // §6.1.2.5.3: every delimiter brings the initial state back. Within two-byte sets of G0 these values are halves of characters.
            if (IsDelimiter(octet, vr) && !(g0.IsTwoBytes && octet > 0x20))
            {
                (g0, g1) = (_g0, _g1);
                text.Append((char)octet);
                start++;
                continue;
            }

            var high = octet >= 0x80;
            var element = high ? g1 : g0;
            var end = start + 1;
            while (end < value.Length && value[end] != Escape && (element.IsTwoBytes && !high ? value[end] > 0x20 : !IsDelimiter(value[end], vr)) && value[end] >= 0x80 == high)
                end++;
            element.Append(text, value[start..end]);
            start = end;
        }

        return text.ToString();
    }

    /// <summary>Encodes text for our own queries and test objects: UTF-8, Latin-1 or whatever single encoding the set is.</summary>
    /// <exception cref="EncoderFallbackException">The text cannot be written in this set; declare ISO_IR 192 instead.</exception>
    public byte[] Encode(string text)
    {
        var encoding = _whole ?? (_isExtended || ReferenceEquals(this, Default) ? Encoding.ASCII : _g1.Encoding ?? Encoding.ASCII);
        var strict = CodePages.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
            ?? Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        return strict.GetBytes(text);
    }

    private static bool IsDelimiter(byte octet, Vr vr) =>
        octet is (byte)'\r' or (byte)'\n' or (byte)'\f' or (byte)'\t'
        || (octet == (byte)'\\' && vr.IsMultiValued())
        || (vr == Vr.PN && octet is (byte)'^' or (byte)'=');

    private static Encoding CodePage(int number) =>
        CodePages.GetEncoding(number) ?? Encoding.GetEncoding(number);

    /// <summary>A set of characters that an escape sequence designates to G0 or G1 (PS3.3 tables C.12-3 and C.12-4).</summary>
    private sealed class CodeElement(Encoding? encoding, bool isG1, bool isTwoBytes, Action<StringBuilder, byte[]>? special = null)
    {
        public static readonly CodeElement Ascii = new(Encoding.ASCII, false, false);
        public static readonly CodeElement Latin1 = new(Encoding.Latin1, true, false);
        public static readonly CodeElement Romaji = new(null, false, false, AppendRomaji);
        public static readonly CodeElement Katakana = new(null, true, false, AppendKatakana);
        public static readonly CodeElement Korean = new(CodePage(51949), true, true);
        public static readonly CodeElement SimplifiedChinese = new(CodePage(936), true, true);
        private static readonly CodeElement Kanji = new(CodePage(51932), false, true, AppendKanji);
        private static readonly CodeElement SupplementaryKanji = new(CodePage(20932), false, true, AppendSupplementaryKanji);

        public bool IsG1 => isG1;

        public bool IsTwoBytes => isTwoBytes;

        public Encoding? Encoding => encoding;

        public static CodeElement SingleByte(int codePage) => new(CodePage(codePage), true, false);

        public void Append(StringBuilder text, ReadOnlySpan<byte> bytes)
        {
            if (special is not null)
                special(text, bytes.ToArray());
            else
                text.Append(encoding!.GetString(bytes));
        }

        public static CodeElement? FromEscape(ReadOnlySpan<byte> bytes, out int length)
        {
            length = 3;
            if (bytes.Length < 3)
                return null;
            switch (bytes[1], bytes[2])
            {
                case (0x28, 0x42): return Ascii;
                case (0x28, 0x4A): return Romaji;
                case (0x29, 0x49): return Katakana;
                case (0x24, 0x42): return Kanji;
                case (0x2D, 0x41): return Latin1;
                case (0x2D, 0x42): return SingleByte(28592);
                case (0x2D, 0x43): return SingleByte(28593);
                case (0x2D, 0x44): return SingleByte(28594);
                case (0x2D, 0x4C): return SingleByte(28595);
                case (0x2D, 0x47): return SingleByte(28596);
                case (0x2D, 0x46): return SingleByte(28597);
                case (0x2D, 0x48): return SingleByte(28598);
                case (0x2D, 0x4D): return SingleByte(28599);
                case (0x2D, 0x62): return SingleByte(28605);
                case (0x2D, 0x54): return SingleByte(874);
            }

            length = 4;
            if (bytes.Length < 4 || bytes[1] != 0x24)
                return null;
            return (bytes[2], bytes[3]) switch
            {
                (0x28, 0x44) => SupplementaryKanji,
                (0x29, 0x43) => Korean,
                (0x29, 0x41) => SimplifiedChinese,
                _ => null,
            };
        }

        // JIS X 0201: ASCII but for two characters.
        private static void AppendRomaji(StringBuilder text, byte[] bytes)
        {
            foreach (var octet in bytes)
                text.Append(octet switch { (byte)'\\' => '\u00A5', (byte)'~' => '\u203E', < 0x80 => (char)octet, _ => '\uFFFD' });
        }

        // JIS X 0201: half-width katakana stand in one row of Unicode in the same order.
        private static void AppendKatakana(StringBuilder text, byte[] bytes)
        {
            foreach (var octet in bytes)
                text.Append(octet is >= 0xA1 and <= 0xDF ? (char)(octet - 0xA1 + 0xFF61) : '\uFFFD');
        }

        // JIS X 0208 as EUC: both bytes with the high bit.
        private static void AppendKanji(StringBuilder text, byte[] bytes)
        {
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] |= 0x80;
            text.Append(Kanji.Encoding!.GetString(bytes));
        }

        // JIS X 0212 in code page 20932: the high bit on the first byte only.
        private static void AppendSupplementaryKanji(StringBuilder text, byte[] bytes)
        {
            for (var i = 0; i < bytes.Length; i += 2)
                bytes[i] |= 0x80;
            text.Append(SupplementaryKanji.Encoding!.GetString(bytes));
        }
    }
}
