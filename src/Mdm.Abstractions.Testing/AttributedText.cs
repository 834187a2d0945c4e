using System.Collections.Immutable;
using System.Text;

namespace Mdm.Abstractions.Testing;

/// <summary>
/// The smallest kind of object that has attributes: lines <c>Keyword: value\value</c> in UTF-8, an empty line, then content. <see cref="InMemoryBackend"/> lists and describes such objects,
/// <see cref="InMemoryDeidentifier"/> takes identity out of them.
/// </summary>
public static class AttributedText
{
    /// <summary>Its media type.</summary>
    public const string MediaType = "text/x-attributes";

    /// <summary>Longest head in bytes, with the empty line.</summary>
    public const int MaxHead = 64 * 1024;

    private static readonly Dictionary<string, AttributeDefinition> Definitions = new AttributeDefinition[]
    {
        new("SOPInstanceUID", "UI", false, "identifier"), new("StudyInstanceUID", "UI", false, "identifier"), new("PatientName", "PN", false, "patient"), new("PatientID", "LO", false, "patient"),
        new("PatientBirthDate", "DA", false, "patient"), new("StudyDescription", "LO", false, "medical"), new("StudyDate", "DA", false, "image"), new("Modality", "CS", false, "image"),
        new("ImageType", "CS", true, "image"), new("InstanceNumber", "IS", false, "image"),
    }.ToDictionary(static definition => definition.Keyword, StringComparer.Ordinal);

    /// <summary>What an attribute is; null for a keyword that such objects do not have.</summary>
    public static AttributeDefinition? Define(string keyword) => Definitions.GetValueOrDefault(keyword);

    /// <summary>An object. A value has neither line breaks nor backslashes.</summary>
    /// <exception cref="ArgumentException">A keyword or value cannot be.</exception>
    public static byte[] Write(IEnumerable<(string Keyword, string Value)> attributes, ReadOnlySpan<byte> content)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var head = new StringBuilder();
        foreach (var (keyword, value) in attributes)
        {
            if (Define(keyword) is null || value.AsSpan().ContainsAny('\r', '\n'))
                throw new ArgumentException($"'{keyword}' is no attribute of such objects, or its value has line breaks.", nameof(attributes));
            head.Append(keyword).Append(": ").Append(value).Append('\n');
        }
        return [.. Encoding.UTF8.GetBytes(head.Append('\n').ToString()), .. content];
    }

    /// <summary>Attributes and where the content begins; null when the bytes are no such object, or end before its head does.</summary>
    public static (ImmutableArray<ArchiveAttribute> Attributes, int ContentAt)? Read(ReadOnlySpan<byte> bytes)
    {
        var attributes = ImmutableArray.CreateBuilder<ArchiveAttribute>();
        for (var at = 0; ;)
        {
            var length = bytes[at..Math.Min(bytes.Length, MaxHead)].IndexOf((byte)'\n');
            if (length < 0)
                return null;
            var line = Encoding.UTF8.GetString(bytes.Slice(at, length));
            at += length + 1;
            if (line.Length == 0)
                return (attributes.ToImmutable(), at);
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon < 0 || Define(line[..colon]) is not { } definition || attributes.Any(there => there.Keyword == definition.Keyword))
                return null;
            attributes.Add(new ArchiveAttribute(definition.Keyword, definition.ValueRepresentation, [.. line[(colon + 2)..].Split('\\')]));
        }
    }
}
