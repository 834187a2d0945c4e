using Mdm.Abstractions;

namespace Mdm.Cli.Lfc;

/// <summary>Access lists as the name server's commands read and write them. POSIX 1003.1e draft 17, and groups without the slash that an FQAN begins with.</summary>
internal static class AclText
{
    private static readonly string[] Kinds = ["user", "u", "group", "g", "mask", "m", "other", "o"];

    /// <summary>Reads entries, separated by commas.</summary>
    /// <param name="text">As <c>u::rwx,g:biomed/Role=reader:r-x,d:o:0</c>.</param>
    /// <param name="rightsMayLack">Entries that are to go need no rights: <c>user:/DC=org/CN=Name</c>.</param>
    /// <exception cref="MdmException">InvalidName: one of them is none.</exception>
    public static IReadOnlyList<AclEntry> Parse(string text, bool rightsMayLack) => [.. Split(text).Select(entry => Entry(entry, rightsMayLack))];

    /// <summary>A group, with or without the slash.</summary>
    public static Fqan Group(string text) => Fqan.Parse(text.StartsWith('/') ? text : $"/{text}");

    public static string Shown(Fqan group) => group.ToString()[1..];

    public static string Letters(Permissions rights) =>
        $"{(rights.HasFlag(Permissions.Read) ? 'r' : '-')}{(rights.HasFlag(Permissions.Write) ? 'w' : '-')}{(rights.HasFlag(Permissions.Execute) ? 'x' : '-')}";

    /// <summary>The lines of an access list; named entries and the group with what the mask leaves of them.</summary>
    public static IEnumerable<string> Lines(Acl acl, bool access, bool byDefault)
    {
        var mask = acl.Entries.FirstOrDefault(entry => entry is { IsDefault: false, Tag: AclTag.Mask })?.Permissions ?? Permissions.All;
        foreach (var entry in acl.Entries.Where(entry => entry.IsDefault ? byDefault : access))
        {
            var name = entry.Tag == AclTag.Group ? entry.Qualifier![1..] : entry.Qualifier;
            var line = $"{(entry.IsDefault ? "default:" : string.Empty)}{Word(entry.Tag)}:{name}:{Letters(entry.Permissions)}";
            yield return !entry.IsDefault && entry.Tag is (AclTag.User or AclTag.OwningGroup or AclTag.Group)
                ? $"{line}\t\t#effective:{Letters(entry.Permissions & mask)}"
                : line;
        }
    }

    private static string Word(AclTag tag) => tag switch
    {
        AclTag.Owner or AclTag.User => "user",
        AclTag.OwningGroup or AclTag.Group => "group",
        AclTag.Mask => "mask",
        _ => "other",
    };

    // A subject may hold commas: what begins no entry belongs to the one before.
    private static List<string> Split(string text)
    {
        var entries = new List<string>();
        foreach (var part in text.Split(','))
        {
            if (entries.Count == 0 || Begins(part.AsSpan()))
                entries.Add(part);
            else
                entries[^1] += $",{part}";
        }
        return entries;
    }

    private static bool Begins(ReadOnlySpan<char> part)
    {
        part = part.TrimStart();
        foreach (var prefix in (string[])["default:", "d:"])
        {
            if (part.StartsWith(prefix))
            {
                part = part[prefix.Length..];
                break;
            }
        }
        var colon = part.IndexOf(':');
        return colon > 0 && Kinds.Contains(part[..colon].ToString(), StringComparer.Ordinal);
    }

    private static AclEntry Entry(string text, bool rightsMayLack)
    {
        var entry = WithSlash(text.Trim());
        if (!rightsMayLack)
            return Named(AclEntry.Parse(entry));
        // No rights, or none between the colons: the kind and the name count.
        string[] forms = entry.EndsWith(':') ? [$"{entry}0"] : [entry, $"{entry}:0"];
        MdmException? refusal = null;
        foreach (var form in forms)
        {
            try
            {
                return AclEntry.Parse(form);
            }
            catch (MdmException e)
            {
                refusal ??= e;
            }
        }
        throw refusal!;
    }

    /// <summary>A number, as the name server's tables had them, names nobody here; as a group it would be one that nobody is in.</summary>
    /// <exception cref="MdmException">InvalidName.</exception>
    private static AclEntry Named(AclEntry entry) => entry is { Tag: AclTag.Group, Qualifier: ['/', .. var name] } && name.All(char.IsAsciiDigit)
        ? throw new MdmException(MdmErrorKind.InvalidName, $"'{name}' is a number; groups are VOMS attributes, as biomed/Role=reader.")
        : entry;

    // group:biomed:r-x is what the name server's own listings say.
    private static string WithSlash(string entry)
    {
        foreach (var prefix in (string[])["group:", "g:", "default:group:", "default:g:", "d:group:", "d:g:"])
        {
            if (entry.StartsWith(prefix, StringComparison.Ordinal) && entry.Length > prefix.Length && entry[prefix.Length] is not ('/' or ':'))
                return $"{prefix}/{entry[prefix.Length..]}";
        }
        return entry;
    }
}
