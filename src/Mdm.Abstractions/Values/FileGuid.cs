using System.Diagnostics.CodeAnalysis;

namespace Mdm.Abstractions;

/// <summary>An entry's id as grid users write it, who call it GUID: <c>8-4-4-4-12</c> hexadecimal digits or 32 in one, of either case, with or without <c>guid:</c> before it.</summary>
public static class FileGuid
{
    /// <summary>What grid users write before it where a name might be meant otherwise.</summary>
    public const string Prefix = "guid:";

    private const int Digits = FileId.Size * 2;

    private static readonly int[] Hyphens = [8, 13, 18, 23];

    /// <summary>Reads a GUID.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public static FileId Parse(string text) => TryParse(text, out var id)
        ? id
        : throw new MdmException(MdmErrorKind.InvalidName, "A GUID is 32 hexadecimal digits, in one or as 8-4-4-4-12.");

    /// <summary>Reads a GUID; false when it is something else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out FileId id)
    {
        id = default;
        if (text is null)
            return false;
        var rest = text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? text[Prefix.Length..] : text;
        if (rest.Length == Digits + Hyphens.Length && Array.TrueForAll(Hyphens, at => rest[at] == '-'))
            rest = rest.Replace("-", string.Empty, StringComparison.Ordinal);
        return FileId.TryParse(rest, out id);
    }

    /// <summary>The id as a name that says what it is: <c>guid:8-4-4-4-12</c>, lower case.</summary>
    public static string NameOf(FileId id) => Prefix + Of(id);

    /// <summary>The id as a GUID: <c>8-4-4-4-12</c>, lower case.</summary>
    public static string Of(FileId id)
    {
        var digits = id.ToString();
        return $"{digits[..8]}-{digits[8..12]}-{digits[12..16]}-{digits[16..20]}-{digits[20..]}";
    }
}
