namespace Mdm.Abstractions;

/// <summary>The kinds of ACL entries, in the order in which POSIX.1e lists them.</summary>
public enum AclTag
{
    /// <summary><c>user::</c> the owner.</summary>
    Owner,

    /// <summary><c>user:DN:</c> a named user.</summary>
    User,

    /// <summary><c>group::</c> the owning group.</summary>
    OwningGroup,

    /// <summary><c>group:FQAN:</c> a named group.</summary>
    Group,

    /// <summary><c>mask::</c> what named entries and the owning group get at most.</summary>
    Mask,

    /// <summary><c>other::</c> everybody else.</summary>
    Other,
}

/// <summary>One line of an ACL.</summary>
/// <param name="IsDefault">A default entry: not evaluated itself, inherited by what is created below the directory.</param>
/// <param name="Tag">Whom it is about.</param>
/// <param name="Qualifier">The DN of a <see cref="AclTag.User"/> or the FQAN of a <see cref="AclTag.Group"/>; null for the others.</param>
/// <param name="Permissions">The rights given.</param>
public sealed record AclEntry(bool IsDefault, AclTag Tag, string? Qualifier, Permissions Permissions)
{
    /// <summary>
    /// Parses <c>[default:]user|group|mask|other:[qualifier]:rwx</c>; rights as <c>r-x</c> or as a digit 0 to 7. A DN or FQAN may itself hold colons.
    /// </summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/> with the reason.</exception>
    public static AclEntry Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rest = text.Trim();
        var isDefault = false;
        foreach (var prefix in (string[])["default:", "d:"])
        {
            if (!rest.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            (isDefault, rest) = (true, rest[prefix.Length..]);
            break;
        }
        var first = rest.IndexOf(':', StringComparison.Ordinal);
        var last = rest.LastIndexOf(':');
        if (first <= 0)
            throw Bad(text, "write it as user:DN:r-x, group:FQAN:r-x, mask::r-x or other::r-x");
        var qualifier = last > first ? rest[(first + 1)..last] : string.Empty;
        // LFC writes o:7 and m:7; user:rwx is more likely a forgotten name.
        if (last == first && rest[0] is not ('o' or 'm'))
            throw Bad(text, "write user::rwx and group::rwx with two colons");
        var permissions = ParsePermissions(rest[(last + 1)..]) ?? throw Bad(text, "rights are r, w, x and -, or a digit 0 to 7");
        var named = qualifier.Length > 0;
        var tag = rest[..first] switch
        {
            "user" or "u" => named ? AclTag.User : AclTag.Owner,
            "group" or "g" => named ? AclTag.Group : AclTag.OwningGroup,
            "mask" or "m" when !named => AclTag.Mask,
            "other" or "o" when !named => AclTag.Other,
            _ => throw Bad(text, "it must be about user, group, mask or other"),
        };
        return new AclEntry(isDefault, tag, tag switch
        {
            AclTag.User => DistinguishedName.Parse(qualifier).ToString(),
            AclTag.Group => Fqan.Parse(qualifier).ToString(),
            _ => null,
        }, permissions);
    }

    /// <summary>The text form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var tag = Tag switch
        {
            AclTag.Owner or AclTag.User => "user",
            AclTag.OwningGroup or AclTag.Group => "group",
            AclTag.Mask => "mask",
            _ => "other",
        };
        return $"{(IsDefault ? "default:" : string.Empty)}{tag}:{Qualifier}:{Format(Permissions)}";
    }

    /// <summary>Why the entry may not stand in a list; null when it may. <see cref="Parse"/> makes none that may not.</summary>
    internal string? WhyInvalid() =>
        (Permissions & ~Permissions.All) != 0 || Tag is < AclTag.Owner or > AclTag.Other ? "unknown rights or kind"
        : Tag switch
        {
            AclTag.User => DistinguishedName.TryParse(Qualifier, out var name) && name.ToString() == Qualifier ? null : "a named user needs a distinguished name",
            AclTag.Group => Fqan.TryParse(Qualifier, out var fqan) && fqan.ToString() == Qualifier ? null : "a named group needs an FQAN in its normal form",
            _ => Qualifier is null ? null : "only named users and groups have a name",
        };

    internal static string Format(Permissions permissions) => string.Create(3, permissions, static (text, p) =>
    {
        text[0] = p.HasFlag(Permissions.Read) ? 'r' : '-';
        text[1] = p.HasFlag(Permissions.Write) ? 'w' : '-';
        text[2] = p.HasFlag(Permissions.Execute) ? 'x' : '-';
    });

    private static Permissions? ParsePermissions(string text)
    {
        if (text is [>= '0' and <= '7'])
            return (Permissions)(text[0] - '0');
        if (text.Length is 0 or > 3)
            return null;
        var permissions = Permissions.None;
        foreach (var c in text)
        {
            switch (c)
            {
                case 'r': permissions |= Permissions.Read; break;
                case 'w': permissions |= Permissions.Write; break;
                case 'x': permissions |= Permissions.Execute; break;
                case '-': break;
                default: return null;
            }
        }
        return permissions;
    }

    private static MdmException Bad(string text, string advice) =>
        new(MdmErrorKind.InvalidName, $"'{Printable.Of(text)}' is not an ACL entry: {advice}.");
}
