using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>A rectangle of pixels; (0,0) is the first pixel of a frame. What lies outside of the image does not matter.</summary>
internal readonly record struct PixelRectangle(int X, int Y, int Width, int Height);

/// <summary>
/// Where a site's devices burn text into pixels (PS3.15 E.3.1), as its administrator wrote it down:
/// <code>
/// { "Regions": [
///     { "Manufacturer": "Acme*", "Model": "Sono 5*", "Modality": "US", "Columns": 1024, "Rows": 768,
///       "Blank": [ { "X": 0, "Y": 0, "Width": 1024, "Height": 60 } ] },
///     { "Manufacturer": "Acme*", "ImageType": "SCREEN SAVE", "Blank": [] } ] }
/// </code>
/// A rule applies when all that it names is so: Manufacturer, Model and Software (any of its values) with '*' for any characters and
/// without regard to case, SopClass, Modality, ImageType (any of its values), Rows, Columns. Of all rules that apply every rectangle is
/// blanked. No rectangles: the device is known to burn in nothing. Immutable, safe for concurrent use.
/// </summary>
internal sealed class PixelRegions
{
    /// <summary>Rules of a file.</summary>
    public const int MaximumRules = 10_000;

    /// <summary>Rectangles of a rule.</summary>
    public const int MaximumRectangles = 100;

    /// <summary>Characters of a name or pattern.</summary>
    public const int MaximumPatternLength = 256;

    // Rows and Columns are US (PS3.3 C.7.6.3).
    private const int MaximumPixels = 65_535;

    private static readonly JsonSerializerOptions Form = new()
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = 8,
    };

    private readonly Rule[] rules;

    private PixelRegions(Rule[] rules) => this.rules = rules;

    /// <summary>No rule at all.</summary>
    public static PixelRegions None { get; } = new([]);

    /// <param name="json">The file's text.</param>
    /// <param name="source">Its name, for the message.</param>
    /// <exception cref="FormatException">It is not of the form above; the message says where.</exception>
    public static PixelRegions Parse(string json, string source)
    {
        RegionFile? file;
        try
        {
            file = JsonSerializer.Deserialize<RegionFile>(json, Form);
        }
        catch (JsonException fault)
        {
            throw new FormatException($"{source}: {fault.Message}", fault);
        }

        var rules = file?.Regions ?? throw new FormatException($"{source}: expected an object with \"Regions\".");
        if (rules.Length > MaximumRules)
            throw new FormatException($"{source}: more than {MaximumRules} rules.");
        for (var at = 0; at < rules.Length; at++)
        {
            if (Fault(rules[at]) is { } fault)
                throw new FormatException($"{source}: Regions[{at}]: {fault}");
        }

        return new PixelRegions(rules);
    }

    /// <summary>The rectangles of all rules that apply; null when none does, empty when those that do have nothing to blank.</summary>
    public IReadOnlyList<PixelRectangle>? Find(PixelFacts facts)
    {
        List<PixelRectangle>? found = null;
        foreach (var rule in rules)
        {
            if (Applies(rule, facts))
                (found ??= []).AddRange(rule.Blank!);
        }

        return found;
    }

    private static string? Fault(Rule? rule)
    {
        if (rule?.Blank is not { } blank)
            return "\"Blank\" is missing.";
        string?[] names = [rule.Manufacturer, rule.Model, rule.Software, rule.SopClass, rule.Modality, rule.ImageType];
        if (names.All(name => name is null))
            return "a rule that names neither device nor SOP class, modality or image type would apply to everything.";
        if (names.Any(name => name is { Length: 0 or > MaximumPatternLength }))
            return $"a name has 1 to {MaximumPatternLength} characters.";
        if (rule is { Rows: < 1 or > MaximumPixels } or { Columns: < 1 or > MaximumPixels })
            return $"Rows and Columns are 1 to {MaximumPixels}.";
        if (blank.Length > MaximumRectangles)
            return $"more than {MaximumRectangles} rectangles.";
        return blank.Any(one => one.X is < 0 or > MaximumPixels || one.Y is < 0 or > MaximumPixels || one.Width is < 1 or > MaximumPixels || one.Height is < 1 or > MaximumPixels)
            ? $"a rectangle has X and Y of 0 to {MaximumPixels}, Width and Height of 1 to {MaximumPixels}."
            : null;
    }

    private static bool Applies(Rule rule, PixelFacts facts) =>
        Matches(rule.Manufacturer, facts.Manufacturer)
        && Matches(rule.Model, facts.Model)
        && (rule.Software is null || facts.Software.Split('\\').Any(value => Matches(rule.Software, value)))
        && (rule.SopClass is null || rule.SopClass == facts.SopClassUid.TrimEnd('\0', ' '))
        && (rule.Modality is null || string.Equals(rule.Modality, facts.Modality.Trim(), StringComparison.OrdinalIgnoreCase))
        && (rule.ImageType is null || facts.ImageType.Any(value => string.Equals(rule.ImageType, value.Trim(), StringComparison.OrdinalIgnoreCase)))
        && (rule.Rows is null || rule.Rows == facts.Rows)
        && (rule.Columns is null || rule.Columns == facts.Columns);

    private static bool Matches(string? pattern, string value)
    {
        if (pattern is null)
            return true;
        var parts = pattern.Split('*');
        var rest = value.AsSpan().Trim();
        if (parts.Length == 1)
            return rest.Equals(pattern, StringComparison.OrdinalIgnoreCase);
        if (!rest.StartsWith(parts[0], StringComparison.OrdinalIgnoreCase))
            return false;
        rest = rest[parts[0].Length..];

        // Each part where it comes first leaves the most for those after it.
        foreach (var part in parts.AsSpan(1, parts.Length - 2))
        {
            var at = rest.IndexOf(part, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
                return false;
            rest = rest[(at + part.Length)..];
        }

        return rest.EndsWith(parts[^1], StringComparison.OrdinalIgnoreCase);
    }

    private sealed record RegionFile(Rule[]? Regions);

    private sealed record Rule
    {
        public string? Manufacturer { get; init; }

        public string? Model { get; init; }

        public string? Software { get; init; }

        public string? SopClass { get; init; }

        public string? Modality { get; init; }

        public string? ImageType { get; init; }

        public int? Rows { get; init; }

        public int? Columns { get; init; }

        public PixelRectangle[]? Blank { get; init; }
    }
}
