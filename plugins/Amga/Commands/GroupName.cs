using Mdm.Abstractions;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Names of groups in rights: <c>owner:name</c>, <c>name</c> for one's own, an FQAN, or a certificate's subject.</summary>
internal static class GroupName
{
    /// <summary>Longest name of a group or user.</summary>
    public const int MaxLength = 64;

    public static string Of(Principal who, string text)
    {
        if (text.StartsWith('/') && text.Length <= DistinguishedName.MaxLength && (Fqan.TryParse(text, out _) || DistinguishedName.TryParse(text, out _)))
            return Fqan.TryParse(text, out var fqan) ? fqan.ToString() : text;
        return Own(who, text);
    }

    /// <summary>A group of the server's own.</summary>
    public static string Own(Principal who, string text)
    {
        var colon = text.LastIndexOf(':');
        var (owner, name) = colon < 0 ? (who.User, text) : (text[..colon], text[(colon + 1)..]);
        if (!IsName(name) || owner.Length is 0 or > DistinguishedName.MaxLength || !PrintableText.Is(owner))
            throw new AmgaException(AmgaError.IllegalKey, $"A group is written as owner:name, the name in lower-case letters, digits, '_' and '-', at most {MaxLength} (MaxLength); or it is an FQAN or a certificate's subject.");
        return $"{owner}:{name}";
    }

    public static bool IsName(string name) => name.Length is >= 1 and <= MaxLength && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-' or '.');
}
