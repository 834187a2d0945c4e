using System.Diagnostics.CodeAnalysis;

namespace Mdm.Abstractions;

/// <summary>
/// A VOMS Fully Qualified Attribute Name: <c>/vo/group/Role=role</c>. <c>Role=NULL</c> and <c>Capability=…</c> are dropped when parsed,
/// so <c>/biomed/Role=NULL/Capability=NULL</c> equals <c>/biomed</c>.
/// </summary>
/// <remarks>Compared ordinally. Immutable, safe for concurrent use.</remarks>
public sealed record Fqan : IComparable<Fqan>
{
    /// <summary>Longest accepted name in UTF-16 units.</summary>
    public const int MaxLength = 512;

    private Fqan(string group, string? role) => (Group, Role) = (group, role);

    /// <summary>The group with its leading slash, without the role: <c>/biomed/lung</c>.</summary>
    public string Group { get; }

    /// <summary>The role, or null.</summary>
    public string? Role { get; }

    /// <summary>The virtual organisation: the first part of <see cref="Group"/>, without slash.</summary>
    public string VirtualOrganisation => Group.IndexOf('/', 1) is var slash and > 0 ? Group[1..slash] : Group[1..];

    /// <summary>Parses an FQAN.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public static Fqan Parse(string text) => TryParse(text, out var fqan)
        ? fqan
        : throw new MdmException(MdmErrorKind.InvalidName, $"'{Printable.Of(text)}' is not an FQAN; write it as /vo/group or /vo/group/Role=role.");

    /// <summary>Parses an FQAN; false when the text is not one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Fqan? fqan)
    {
        fqan = null;
        if (text is null || text.Length is < 2 or > MaxLength || text[0] != '/' || !Printable.Is(text))
            return false;
        string? role = null;
        var qualified = false;
        var groups = new List<string>();
        foreach (var part in text[1..].Split('/'))
        {
            if (part.StartsWith("Role=", StringComparison.Ordinal))
            {
                if (qualified || part.Length == 5)
                    return false;
                role = part[5..] == "NULL" ? null : part[5..];
                qualified = true;
            }
            else if (part.StartsWith("Capability=", StringComparison.Ordinal))
            {
                qualified = true;
            }
            else
            {
                if (qualified || part.Length == 0 || part is "." or ".." || part.Contains('=', StringComparison.Ordinal))
                    return false;
                groups.Add(part);
            }
        }
        if (groups.Count == 0)
            return false;
        fqan = new Fqan("/" + string.Join('/', groups), role);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Fqan? other) => string.CompareOrdinal(ToString(), other?.ToString());

    /// <summary>The normal form, without NULL parts.</summary>
    public override string ToString() => Role is null ? Group : $"{Group}/Role={Role}";
}
