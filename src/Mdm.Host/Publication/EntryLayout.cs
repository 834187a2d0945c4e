using System.Collections.Immutable;
using System.Text;

namespace Mdm.Host.Publication;

/// <summary>Where in its publication an object stands: the directories and the name of the file.</summary>
internal sealed record EntryPlace(ImmutableArray<string> Directories, string Name);

/// <summary>
/// Turns what may be shown of a listed object into a place: by default one directory a label and the last label as the file's name, or by a template such as
/// <c>{Modality}/{StudyInstanceUID}/{label3}.dcm</c>.
/// </summary>
internal sealed class EntryLayout
{
    /// <summary>Most names that a place has, the file's included; labels beyond are joined to the last.</summary>
    public const int MaxDepth = 16;

    /// <summary>Longest template.</summary>
    public const int MaxTemplateLength = 1024;

    private const string Missing = "unknown";
    private const string LabelWord = "label";

    private readonly ImmutableArray<ImmutableArray<Piece>> _parts;

    private EntryLayout(ImmutableArray<ImmutableArray<Piece>> parts) => _parts = parts;

    /// <summary>The layout without a template.</summary>
    public static EntryLayout Default { get; } = new([]);

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">It is none, and why.</exception>
    public static EntryLayout Parse(string template)
    {
        if (template.Length is 0 or > MaxTemplateLength)
            throw new FormatException($"a layout has 1 to {MaxTemplateLength} characters");
        var parts = template.Split('/').Select(ParsePart).ToImmutableArray();
        if (parts.Length > MaxDepth)
            throw new FormatException($"a layout has at most {MaxDepth} names");
        return parts[^1].Any(piece => piece.IsField) ? new EntryLayout(parts) : throw new FormatException("the last name must have a field such as {SOPInstanceUID}, or all files would have one name");
    }

    public EntryPlace Of(DisclosedEntry entry, string mediaType, FileId id, PublishedIds ids)
    {
        var names = _parts.IsEmpty ? ByLabels(entry, mediaType, id, ids) : [.. _parts.Select(part => SafeName.Of(Fill(part, entry), ids))];
        return new EntryPlace(names[..^1], names[^1]);
    }

    private static ImmutableArray<string> ByLabels(DisclosedEntry entry, string mediaType, FileId id, PublishedIds ids)
    {
        var extension = mediaType == "application/dicom" ? ".dcm" : string.Empty;
        var labels = entry.Labels.IsDefaultOrEmpty ? [id.ToString()] : entry.Labels;
        if (labels.Length > MaxDepth)
            labels = [.. labels[..(MaxDepth - 1)], string.Join('/', labels[(MaxDepth - 1)..])];
        return [.. labels.Select((label, i) => SafeName.Of(label, ids) + (i == labels.Length - 1 ? extension : string.Empty))];
    }

    private static string Fill(ImmutableArray<Piece> part, DisclosedEntry entry)
    {
        var text = new StringBuilder();
        foreach (var piece in part)
            text.Append(piece.IsField ? ValueOf(piece.Text, entry) : piece.Text);
        return text.ToString();
    }

    private static string ValueOf(string field, DisclosedEntry entry)
    {
        if (LabelNumber(field) is { } number)
            return number <= entry.Labels.Length ? entry.Labels[number - 1] : Missing;
        foreach (var attribute in entry.Attributes)
        {
            if (attribute.Keyword == field)
                return attribute.Values.IsDefaultOrEmpty || attribute.Values[0].Length == 0 ? Missing : attribute.Values[0];
        }
        return Missing;
    }

    private static ImmutableArray<Piece> ParsePart(string part)
    {
        var pieces = ImmutableArray.CreateBuilder<Piece>();
        var rest = part;
        while (rest.Length > 0)
        {
            var open = rest.IndexOf('{', StringComparison.Ordinal);
            var literal = open < 0 ? rest : rest[..open];
            if (literal.Contains('}', StringComparison.Ordinal))
                throw new FormatException("a '}' has no '{' before it");
            if (literal.Length > 0)
                pieces.Add(new Piece(literal, false));
            if (open < 0)
                break;
            var close = rest.IndexOf('}', open);
            if (close < 0)
                throw new FormatException("a '{' has no '}' after it");
            pieces.Add(new Piece(Field(rest[(open + 1)..close]), true));
            rest = rest[(close + 1)..];
        }
        return pieces.Count > 0 ? pieces.DrainToImmutable() : throw new FormatException("a layout is relative to the root, with no empty name in it");
    }

    private static string Field(string field)
    {
        if (field.Length == 0 || !field.All(char.IsAsciiLetterOrDigit))
            throw new FormatException("a field is a DICOM keyword as {StudyInstanceUID}, or {label1}");
        // Paths stand in logs, audit lines and clients' histories.
        if (field.Contains("Patient", StringComparison.Ordinal))
            throw new FormatException($"{{{field}}} would write a patient's identity into paths");
        return field;
    }

    private static int? LabelNumber(string field) =>
        field.StartsWith(LabelWord, StringComparison.Ordinal) && int.TryParse(field.AsSpan(LabelWord.Length), System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    private sealed record Piece(string Text, bool IsField);
}
