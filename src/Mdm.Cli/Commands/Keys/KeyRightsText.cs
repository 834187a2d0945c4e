using Mdm.Abstractions;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Commands.Keys;

/// <summary>Changes of rights as they are typed: <c>[ugoa][+-=][pdrwlxgs],…</c> for chmod, <c>PRINCIPAL:pdrwlxgs</c> for setacl.</summary>
internal static class KeyRightsText
{
    /// <summary>What a mode makes of rights; null when it is no mode.</summary>
    public static Func<KeyRights, KeyRights>? ParseMode(string? text)
    {
        var changes = new List<(AclTag[] Whom, char How, KeyRight What)>();
        foreach (var part in text?.Split(',') ?? [])
        {
            var at = part.IndexOfAny(['+', '-', '=']);
            if (at < 0 || part[..at].Any(c => !"ugoa".Contains(c, StringComparison.Ordinal)))
                return null;
            KeyRight? what = at + 1 == part.Length ? KeyRight.None : KeyRightText.Parse(part.AsSpan(at + 1));
            if (what is null || part.AsSpan(at + 1).Contains('-'))
                return null;
            var whom = part[..at].Length == 0 ? "a" : part[..at];
            changes.Add(([.. Classes(whom).Distinct()], part[at], what.Value));
        }
        return changes.Count == 0 ? null : rights => changes.Aggregate(rights, (all, change) => change.Whom.Aggregate(all, (r, tag) => With(r, tag, null, old => change.How switch
        {
            '+' => old | change.What,
            '-' => old & ~change.What,
            _ => change.What,
        })));
    }

    /// <summary>A principal and its rights; null when the text is none. Nothing behind the colon are no rights.</summary>
    public static (AclTag Tag, string Name, KeyRight Rights)? ParseEntry(string text)
    {
        var last = text.LastIndexOf(':');
        if (last <= 0 || ParsePrincipal(text[..last]) is not var (tag, name))
            return null;
        return (last + 1 == text.Length ? KeyRight.None : KeyRightText.Parse(text.AsSpan(last + 1))) is { } rights ? (tag, name, rights) : null;
    }

    /// <summary>Whose entry is meant: an entry as lists show it, whose rights do not matter, or a principal alone; null when the text is neither. A principal may hold colons itself, so what can be an entry is read as one.</summary>
    public static (AclTag Tag, string Name)? ParseNamed(string text) => ParseEntry(text) is var (tag, name, _) ? (tag, name) : ParsePrincipal(text);

    /// <summary>A DN or an FQAN; null when the text is neither.</summary>
    public static (AclTag Tag, string Name)? ParsePrincipal(string text) =>
        DistinguishedName.TryParse(text, out var name) ? (AclTag.User, name.ToString())
        : Fqan.TryParse(text, out var fqan) ? (AclTag.Group, fqan.ToString())
        : null;

    /// <summary>Rights with one entry changed, added where it is missing.</summary>
    public static KeyRights With(KeyRights rights, AclTag tag, string? name, Func<KeyRight, KeyRight> change)
    {
        var old = rights.Entries.FirstOrDefault(e => !e.IsDefault && e.Tag == tag && e.Qualifier == name);
        var entry = new KeyRightsEntry(false, tag, name, change(old?.Rights ?? KeyRight.None));
        return new KeyRights(rights.Owner, rights.Group, rights.Entries.Where(e => e != old).Append(entry));
    }

    /// <summary>True where a principal has an entry of its own.</summary>
    public static bool Names(KeyRights rights, AclTag tag, string name) => rights.Entries.Any(e => !e.IsDefault && e.Tag == tag && e.Qualifier == name);

    /// <summary>Rights without the entry of one principal.</summary>
    public static KeyRights Without(KeyRights rights, AclTag tag, string name) =>
        new(rights.Owner, rights.Group, rights.Entries.Where(e => e.IsDefault || e.Tag != tag || e.Qualifier != name));

    /// <summary>Rights without any named principal.</summary>
    public static KeyRights WithoutNamed(KeyRights rights) => new(rights.Owner, rights.Group, rights.Entries.Where(e => e.IsDefault || e.Tag is not (AclTag.User or AclTag.Group)));

    /// <summary>Rights as Hydra's commands show them: what begins with a number sign is for people, a line a principal follows.</summary>
    public static void Write(TextWriter output, KeyName name, KeyRights rights)
    {
        output.WriteLine($"# ID: {name.Text}");
        output.WriteLine($"# User: {rights.Owner}");
        output.WriteLine($"# Group: {rights.Group?.ToString() ?? "-"}");
        output.WriteLine($"# Base perms: user {Base(rights, AclTag.Owner)}, group {Base(rights, AclTag.OwningGroup)}, other {Base(rights, AclTag.Other)}");
        // Ours: no more than that counts for named principals and the group.
        if (rights.Entries.Any(e => !e.IsDefault && e.Tag == AclTag.Mask))
            output.WriteLine($"# Mask: {Base(rights, AclTag.Mask)}");
        foreach (var entry in rights.Entries.Where(e => !e.IsDefault && e.Tag is AclTag.User or AclTag.Group))
            output.WriteLine($"{entry.Qualifier}:{KeyRightText.Format(entry.Rights)}");
    }

    /// <summary>The letters of owner, group, mask or others.</summary>
    public static string Base(KeyRights rights, AclTag tag) => KeyRightText.Format(rights.Entries.FirstOrDefault(e => !e.IsDefault && e.Tag == tag)?.Rights ?? KeyRight.None);

    private static IEnumerable<AclTag> Classes(string letters) => letters.SelectMany(c => c switch
    {
        'u' => (AclTag[])[AclTag.Owner],
        'g' => [AclTag.OwningGroup],
        'o' => [AclTag.Other],
        _ => [AclTag.Owner, AclTag.OwningGroup, AclTag.Other],
    });
}
