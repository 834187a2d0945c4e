// PS3.18 annex F: the JSON model. Read are the attributes that are asked for, as text; bulk data and sequences are left out.
using System.Globalization;
using System.Text;
using System.Text.Json;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.DicomWeb.Messages;

/// <summary>Answers to a query, as the attribute sets that C-FIND would have brought.</summary>
internal static class DicomJson
{
    /// <summary>Arrays and objects within each other. An answer without sequences needs five.</summary>
    public const int MaxDepth = 64;

    /// <summary>Answers of one page. Archives that do not page send all they have.</summary>
    public const int MaxAnswers = 1_000_000;

    /// <summary>Values of one attribute.</summary>
    public const int MaxValues = 1000;

    /// <summary>Characters of all values of one attribute.</summary>
    public const int MaxTextLength = 64 * 1024;

    private static readonly string[] NameGroups = ["Alphabetic", "Ideographic", "Phonetic"];

    /// <summary>Reads an array of answers. Attributes that are not wanted are passed over.</summary>
    /// <exception cref="MdmException">Corrupt: no DICOM JSON. Refused: over a limit.</exception>
    public static List<AttributeSet> Parse(ReadOnlySpan<byte> json, IReadOnlySet<Tag> wanted)
    {
        // Some servers begin with a byte order mark, which RFC 8259 lets a reader ignore.
        if (json.StartsWith("\uFEFF"u8))
            json = json[3..];
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            var answers = new List<AttributeSet>();
            Expect(reader.Read() && reader.TokenType == JsonTokenType.StartArray);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (answers.Count == MaxAnswers)
                    throw OverLimit(nameof(MaxAnswers), MaxAnswers);
                answers.Add(Answer(ref reader, wanted));
            }

            Expect(reader.TokenType == JsonTokenType.EndArray && !reader.Read());
            return answers;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Text that is no Unicode comes as the second of them.
            throw new MdmException(MdmErrorKind.Corrupt, $"The archive's answer is no DICOM JSON, or nests deeper than {MaxDepth} (limit MaxDepth).", exception);
        }
    }

    private static AttributeSet Answer(ref Utf8JsonReader reader, IReadOnlySet<Tag> wanted)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject);
        var set = new AttributeSet().Set(Tags.SpecificCharacterSet, "ISO_IR 192");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var tag = TagOf(ref reader);
            Expect(reader.Read());
            if (tag is { } known && wanted.Contains(known))
                set.Set(known, Text(ref reader));
            else
                Pass(ref reader);
        }

        Expect(reader.TokenType == JsonTokenType.EndObject);
        return set;
    }

    private static Tag? TagOf(ref Utf8JsonReader reader) =>
        reader.ValueSpan.Length == 8 && uint.TryParse(reader.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? new Tag(value) : null;

    /// <summary>The values of an attribute with backslashes between them, as DIMSE writes them.</summary>
    private static string Text(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject);
        var text = new StringBuilder();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isValue = reader.ValueTextEquals("Value"u8);
            Expect(reader.Read());
            if (!isValue)
            {
                Pass(ref reader);
                continue;
            }

            Expect(reader.TokenType == JsonTokenType.StartArray);
            for (var count = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
            {
                if (count == MaxValues)
                    throw OverLimit(nameof(MaxValues), MaxValues);
                if (count > 0)
                    text.Append('\\');
                Append(text, ref reader);
            }
        }

        Expect(reader.TokenType == JsonTokenType.EndObject);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                AppendString(text, ref reader);
                return;
            case JsonTokenType.Number:
                Fits(text, reader.ValueSpan.Length);
                text.Append(Encoding.ASCII.GetString(reader.ValueSpan));
                return;
            case JsonTokenType.StartObject:
                AppendName(text, ref reader);
                return;
            default:
                // §F.2.5: an empty value among others is null.
                Expect(reader.TokenType == JsonTokenType.Null);
                return;
        }
    }

    private static void AppendString(StringBuilder text, ref Utf8JsonReader reader)
    {
        Fits(text, reader.ValueSpan.Length);
        text.Append(reader.GetString());
    }

    /// <summary>§F.2.2: a person's name is an object of its component groups.</summary>
    private static void AppendName(StringBuilder text, ref Utf8JsonReader reader)
    {
        var groups = new string[NameGroups.Length];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan.Length <= MaxTextLength ? reader.GetString() : null;
            var group = Array.IndexOf(NameGroups, name);
            Expect(reader.Read());
            if (group >= 0 && reader.TokenType == JsonTokenType.String)
            {
                Fits(text, reader.ValueSpan.Length);
                groups[group] = reader.GetString()!;
            }
            else
            {
                Pass(ref reader);
            }
        }

        Expect(reader.TokenType == JsonTokenType.EndObject);
        text.AppendJoin('=', groups);
        while (text.Length > 0 && text[^1] == '=')
            text.Length--;
    }

    private static void Pass(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            reader.Skip();
    }

    private static void Fits(StringBuilder text, int more)
    {
        if (text.Length + more > MaxTextLength)
            throw OverLimit(nameof(MaxTextLength), MaxTextLength);
    }

    private static void Expect(bool holds)
    {
        if (!holds)
            throw new JsonException("Not as PS3.18 annex F has it.");
    }

    private static MdmException OverLimit(string name, int limit) =>
        new(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture, $"The archive's answer goes beyond the limit {name} ({limit})."));
}
