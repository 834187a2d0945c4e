using System.Collections.Frozen;
using System.Globalization;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>
/// Private elements that hold no identity (PS3.15 E.3.10): an element is known by its group, the creator of its block and the number
/// within the block, wherever the block lies.
///
/// A list is text: a line "GGGG creator" for each group and creator, then a line " EE VR" for each element of it, all hexadecimal.
/// A line that begins with '#' is a comment.
/// </summary>
internal sealed class SafePrivateElements
{
    /// <summary>Lines of a list, elements and creators together.</summary>
    public const int MaximumLines = 100_000;

    private static readonly Lazy<SafePrivateElements> PublishedList = new(() => Parse(PluginRules.Lines("safe-private.txt"), "table E.3.10-1"));

    private readonly FrozenDictionary<(ushort Group, string Creator, byte Element), Vr> elements;
    private readonly FrozenSet<(ushort Group, string Creator)> creators;

    private SafePrivateElements(IEnumerable<KeyValuePair<(ushort Group, string Creator, byte Element), Vr>> known)
    {
        elements = known.ToFrozenDictionary();
        creators = elements.Keys.Select(key => (key.Group, key.Creator)).ToFrozenSet();
    }

    public static SafePrivateElements None { get; } = new([]);

    /// <summary>Table E.3.10-1, edition 2026c.</summary>
    public static SafePrivateElements Published => PublishedList.Value;

    public int Count => elements.Count;

    /// <summary>The VR under which a safe element is known; null when it is not known to be safe.</summary>
    public Vr? Find(Tag tag, string creator) =>
        tag.Element >= 0x1000 && elements.TryGetValue((tag.Group, Trim(creator), (byte)tag.Element), out var vr) ? vr : null;

    /// <summary>Whether some element of this creator's blocks is safe: then the creator element itself says nothing of a patient.</summary>
    public bool Knows(ushort group, string creator) => creators.Contains((group, Trim(creator)));

    /// <summary>Both lists; where they differ in a VR, the other's counts.</summary>
    public SafePrivateElements With(SafePrivateElements other)
    {
        if (other.Count == 0)
            return this;
        var both = elements.ToDictionary();
        foreach (var (key, vr) in other.elements)
            both[key] = vr;
        return new SafePrivateElements(both);
    }

    /// <exception cref="FormatException">A line is not of the form; the message names <paramref name="source"/> and the line.</exception>
    public static SafePrivateElements Parse(IEnumerable<string> lines, string source)
    {
        var known = new Dictionary<(ushort, string, byte), Vr>();
        (ushort Group, string Creator)? block = null;
        var number = 0;
        foreach (var line in lines)
        {
            if (++number > MaximumLines)
                throw new FormatException($"{source} has more than {MaximumLines} lines.");
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line[0] != ' ')
                block = ParseCreator(line) ?? throw Wrong(source, number);
            else if (block is { } at && ParseElement(line) is { } element)
                known[(at.Group, at.Creator, element.Number)] = element.Vr;
            else
                throw Wrong(source, number);
        }

        return new SafePrivateElements(known);
    }

    private static (ushort Group, string Creator)? ParseCreator(string line) =>
        line.Length > 5 && line[4] == ' ' && Trim(line[5..]) is { Length: > 0 and <= 64 } creator
        && ushort.TryParse(line.AsSpan(0, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var group) && (group & 1) == 1
            ? (group, creator)
            : null;

    private static (byte Number, Vr Vr)? ParseElement(string line) =>
        line.Length == 6 && line[3] == ' '
        && byte.TryParse(line.AsSpan(1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var element)
        && VrFacts.Parse(line.AsSpan(4, 2)) is var vr && vr.IsKnown()
            ? (element, vr)
            : null;

    private static FormatException Wrong(string source, int line) =>
        new($"{source}, line {line}: expected \"GGGG creator\" with an odd group, or \" EE VR\" below one.");

    private static string Trim(string creator) => creator.Trim(' ', '\0');
}
