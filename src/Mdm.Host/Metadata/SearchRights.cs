namespace Mdm.Host.Metadata;

/// <summary>Who finds a file by its metadata, as the catalogue has it.</summary>
internal static class SearchRights
{
    /// <summary>The readers of an entry's row: the classes of its search ACL by their names, rights to read cut down to the mask.</summary>
    public static RowReaders Of(CatalogEntry entry)
    {
        if (entry.SearchAcl is not { } acl)
            return RowReaders.AsCollection;
        var lines = acl.Entries.Where(line => !line.IsDefault).ToList();
        var mask = lines.Find(line => line.Tag == AclTag.Mask)?.Permissions ?? Permissions.All;
        var owner = entry.Owner.ToString();
        // The owner's class comes first: an entry that names him among the users never counts.
        return RowReaders.Only(lines.Where(line => line.Tag != AclTag.Mask && !(line.Tag == AclTag.User && line.Qualifier == owner)).Select(line => line.Tag switch
        {
            AclTag.Owner => new RowReader(entry.Owner, null, MayRead(line.Permissions)),
            AclTag.User => new RowReader(DistinguishedName.Parse(line.Qualifier!), null, MayRead(line.Permissions & mask)),
            AclTag.OwningGroup => new RowReader(null, entry.Group, MayRead(line.Permissions & mask)),
            AclTag.Group => new RowReader(null, Fqan.Parse(line.Qualifier!), MayRead(line.Permissions & mask)),
            _ => new RowReader(null, null, MayRead(line.Permissions)),
        }));
    }

    private static bool MayRead(Permissions rights) => rights.HasFlag(Permissions.Read);
}
