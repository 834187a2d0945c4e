using System.Formats.Asn1;
using System.Globalization;
using System.Text;

namespace Mdm.Gsi.Trust;

/// <summary>Names in the slash form of the grid: what OpenSSL's X509_NAME_oneline prints, relative names in encoded order.</summary>
internal static class SlashName
{
    public const int MaxRelativeNames = 64;

    private static readonly (string Oid, string Label)[] Types =
    [
        ("2.5.4.3", "CN"), ("2.5.4.11", "OU"), ("2.5.4.10", "O"), ("0.9.2342.19200300.100.1.25", "DC"), ("2.5.4.6", "C"), ("2.5.4.7", "L"), ("2.5.4.8", "ST"),
        ("1.2.840.113549.1.9.1", "emailAddress"), ("0.9.2342.19200300.100.1.1", "UID"), ("2.5.4.5", "serialNumber"), ("2.5.4.4", "SN"), ("2.5.4.42", "GN"),
        ("2.5.4.9", "street"), ("2.5.4.12", "title"), ("2.5.4.13", "description"), ("2.5.4.17", "postalCode"), ("2.5.4.41", "name"), ("2.5.4.43", "initials"),
        ("2.5.4.44", "generationQualifier"), ("2.5.4.46", "dnQualifier"), ("2.5.4.65", "pseudonym"), ("2.5.4.97", "organizationIdentifier"),
        ("1.2.840.113549.1.9.2", "unstructuredName"),
    ];

    /// <summary>Prints a DER name. Bytes outside printable ASCII become \xHH, as OpenSSL does, so that equal text means equal bytes.</summary>
    /// <exception cref="AsnContentException">Not a name, or more than <see cref="MaxRelativeNames"/> parts.</exception>
    public static string Of(ReadOnlyMemory<byte> der)
    {
        var text = new StringBuilder();
        var count = 0;
        var names = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var relative = names.ReadSetOf(skipSortOrderValidation: true);
            var separator = '/';
            while (relative.HasData)
            {
                if (++count > MaxRelativeNames)
                    throw new AsnContentException("The name has too many parts.");
                var attribute = relative.ReadSequence();
                var type = attribute.ReadObjectIdentifier();
                text.Append(separator).Append(LabelOf(type)).Append('=');
                Append(text, attribute.PeekContentBytes().Span);
                attribute.ReadEncodedValue();
                attribute.ThrowIfNotEmpty();
                separator = '+';
            }
        }
        return text.ToString();
    }

    /// <summary>Encodes the slash form. A slash that does not stand before a known type belongs to the value, as in <c>/CN=host/se.example.org</c>.</summary>
    /// <exception cref="FormatException">Not a slash form.</exception>
    public static byte[] Encode(string text)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (oid, value) in Split(text))
                WriteRelativeName(writer, oid, value);
        }
        return writer.Encode();
    }

    public static void WriteRelativeName(AsnWriter writer, string oid, string value)
    {
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            var label = LabelOf(oid);
            writer.WriteCharacterString(label is "DC" or "emailAddress" ? UniversalTagNumber.IA5String : label == "C" ? UniversalTagNumber.PrintableString : UniversalTagNumber.UTF8String, value);
        }
    }

    private static IEnumerable<(string Oid, string Value)> Split(string text)
    {
        if (text.Length == 0 || text[0] != '/')
            throw new FormatException($"'{text}' is not a name in slash form.");
        string? oid = null;
        var value = new StringBuilder();
        foreach (var part in text[1..].Split('/'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && OidOf(part[..equals]) is { } next)
            {
                if (oid is not null)
                    yield return (oid, value.ToString());
                oid = next;
                value.Clear().Append(part, equals + 1, part.Length - equals - 1);
            }
            else
            {
                value.Append('/').Append(part);
            }
        }
        yield return (oid ?? throw new FormatException($"'{text}' is not a name in slash form."), value.ToString());
    }

    private static string? OidOf(string label)
    {
        foreach (var type in Types)
        {
            if (type.Label == label)
                return type.Oid;
        }
        return null;
    }

    private static string LabelOf(string oid)
    {
        foreach (var type in Types)
        {
            if (type.Oid == oid)
                return type.Label;
        }
        return oid;
    }

    private static void Append(StringBuilder text, ReadOnlySpan<byte> content)
    {
        foreach (var b in content)
        {
            if (b is >= (byte)' ' and <= (byte)'~')
                text.Append((char)b);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{b:X2}");
        }
    }
}
