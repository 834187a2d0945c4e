using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Commands;

/// <summary>Rights as they are typed: <c>+group:/vo/Role=role:r-x,other:---</c>.</summary>
internal static class RightsText
{
    /// <summary>How to change and what; null when the text is none.</summary>
    public static (PermissionType How, PermissionChange Change)? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var how = text[0] switch { '+' => PermissionType.Add, '-' => PermissionType.Remove, _ => PermissionType.Change };
        var entries = (how == PermissionType.Change ? text : text[1..]).Split(',');
        PermissionMode? owner = null, other = null;
        var users = new List<UserPermission>();
        var groups = new List<GroupPermission>();
        foreach (var entry in entries)
        {
            // The first and the last colon: a name in between may hold some.
            var (first, last) = (entry.IndexOf(':', StringComparison.Ordinal), entry.LastIndexOf(':'));
            if (first < 0 || Mode(entry[(last + 1)..]) is not { } mode)
                return null;
            var name = last > first ? entry[(first + 1)..last] : string.Empty;
            switch (entry[..first])
            {
                case "owner" when name.Length == 0:
                    owner = mode;
                    break;
                case "other" when name.Length == 0:
                    other = mode;
                    break;
                case "user" when name.Length > 0:
                    users.Add(new UserPermission(name, mode));
                    break;
                case "group" when name.Length > 0:
                    groups.Add(new GroupPermission(name, mode));
                    break;
                default:
                    return null;
            }
        }
        return (how, new PermissionChange { Owner = owner, Other = other, Users = users, Groups = groups });
    }

    // rwx with dashes, the letters alone, or a POSIX digit.
    private static PermissionMode? Mode(string text)
    {
        if (text is [>= '0' and <= '7'])
            return (PermissionMode)(text[0] - '0');
        if (text.Length is 0 or > 3 || text.Any(c => c is not ('r' or 'w' or 'x' or '-')))
            return null;
        return (PermissionMode)((text.Contains('r', StringComparison.Ordinal) ? 4 : 0) + (text.Contains('w', StringComparison.Ordinal) ? 2 : 0) + (text.Contains('x', StringComparison.Ordinal) ? 1 : 0));
    }
}
