using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>Access lists in the words of SRM v2.2 §3, which knows owner, users, groups and others, and neither masks nor default entries.</summary>
/// <remarks>
/// ADD gives rights on top of what is there, REMOVE takes rights away (a named entry left without any goes), CHANGE sets. Default entries stay as they are.
/// gfal-chmod sends CHANGE with the bits of owner and others and two empty arrays; it drops the bits of the group. The group class then gets what others get: so
/// "700" closes the entry for the group too, as whoever typed it means, and no chmod opens more than was typed for others. Named entries stay, held down by the mask, as chmod(1) does it.
/// </remarks>
internal static class AclInSrm
{
    /// <summary>Rights as SRM writes them: the numbers are POSIX's.</summary>
    public static PermissionMode ModeOf(Permissions rights) => (PermissionMode)(int)rights;

    /// <summary>The list with the rights that really hold: named entries and groups cut down to the mask.</summary>
    public static PermissionReturn Describe(string surl, CatalogEntry entry)
    {
        var entries = entry.Acl.Entries.Where(line => !line.IsDefault).ToList();
        var mask = entries.Find(line => line.Tag == AclTag.Mask)?.Permissions ?? Permissions.All;
        return new PermissionReturn
        {
            Surl = surl,
            Status = SrmStatus.Success,
            Owner = entry.Owner.ToString(),
            OwnerPermission = ModeOf(entry.Acl.Of(AclTag.Owner)),
            UserPermissions = [.. entries.Where(line => line.Tag == AclTag.User).Select(line => new UserPermission(line.Qualifier!, ModeOf(line.Permissions & mask)))],
            GroupPermissions =
            [
                new GroupPermission(entry.Group.ToString(), ModeOf(entry.Acl.Of(AclTag.OwningGroup) & mask)),
                .. entries.Where(line => line.Tag == AclTag.Group).Select(line => new GroupPermission(line.Qualifier!, ModeOf(line.Permissions & mask))),
            ],
            OtherPermission = ModeOf(entry.Acl.Of(AclTag.Other)),
        };
    }

    /// <summary>The list that a request makes of an entry's.</summary>
    /// <exception cref="MdmException">InvalidName: not a DN, not an FQAN, or too many entries.</exception>
    public static Acl Change(CatalogEntry entry, SetPermissionRequest request)
    {
        var lines = entry.Acl.Entries.Where(line => !line.IsDefault && line.Tag != AclTag.Mask).ToDictionary(line => (line.Tag, line.Qualifier), line => line.Permissions);
        var mask = entry.Acl.Entries.FirstOrDefault(line => line is { IsDefault: false, Tag: AclTag.Mask })?.Permissions;

        if (request.OwnerPermission is { } owner)
            Apply(AclTag.Owner, null, owner);
        if (request.OtherPermission is { } others)
            Apply(AclTag.Other, null, others);
        foreach (var user in request.UserPermissions ?? [])
        {
            var name = DistinguishedName.Parse(user.UserId);
            Touch(name == entry.Owner ? AclTag.Owner : AclTag.User, name == entry.Owner ? null : name.ToString(), user.Mode);
        }
        foreach (var group in request.GroupPermissions ?? [])
        {
            var name = Fqan.Parse(group.GroupId);
            Touch(name == entry.Group ? AclTag.OwningGroup : AclTag.Group, name == entry.Group ? null : name.ToString(), group.Mode);
        }
        var acl = Acl.Create(
        [
            .. lines.Select(line => new AclEntry(false, line.Key.Tag, line.Key.Qualifier, line.Value)),
            .. mask is { } kept && lines.Keys.Any(key => key.Qualifier is not null) ? [new AclEntry(false, AclTag.Mask, null, kept)] : Array.Empty<AclEntry>(),
            .. entry.Acl.Entries.Where(line => line.IsDefault),
        ]);
        return IsChmod(request) ? acl.WithMode((acl.Mode & 0b111_000_111) | ((acl.Mode & 0b111) << 3)) : acl;

        // The mask is raised as far as the rights that are given now need, no further: what it held down stays down.
        void Touch(AclTag tag, string? qualifier, PermissionMode mode)
        {
            Apply(tag, qualifier, mode);
            if (tag != AclTag.Owner && mask is not null && request.PermissionType != PermissionType.Remove)
                mask |= (Permissions)(int)mode;
        }

        void Apply(AclTag tag, string? qualifier, PermissionMode mode)
        {
            var there = lines.GetValueOrDefault((tag, qualifier));
            var rights = (Permissions)(int)mode;
            lines[(tag, qualifier)] = request.PermissionType switch
            {
                PermissionType.Add => there | rights,
                PermissionType.Remove => there & ~rights,
                _ => rights,
            };
            if (request.PermissionType == PermissionType.Remove && qualifier is not null && (mode == PermissionMode.None || lines[(tag, qualifier)] == Permissions.None))
                lines.Remove((tag, qualifier));
        }
    }

    private static bool IsChmod(SetPermissionRequest request) => request is
    {
        PermissionType: PermissionType.Change, OwnerPermission: not null, OtherPermission: not null, UserPermissions: { Count: 0 }, GroupPermissions: { Count: 0 },
    };
}
