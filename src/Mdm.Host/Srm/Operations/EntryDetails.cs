using System.Globalization;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>An entry in the words of srmLs.</summary>
internal sealed class EntryDetails(Holdings holdings)
{
    private const string ChecksumType = "adler32";
    private const int Endless = -1;

    private static readonly RetentionPolicyInfo InTheArchive = new(RetentionPolicy.Custodial, AccessLatency.Nearline);

    /// <param name="entry">The entry.</param>
    /// <param name="path">The path by which it was asked for: through links, another than its own.</param>
    /// <param name="isFull">With rights, checksum, locality and times.</param>
    public MetaDataPathDetail Of(CatalogEntry entry, StoragePath path, bool isFull)
    {
        var holding = entry.Kind == CatalogEntryKind.File ? holdings.Of(entry) : default;
        var brief = new MetaDataPathDetail
        {
            Path = path.ToString(),
            Status = SrmStatus.Success,
            // Before a file was first staged nobody knows the size of its delivered form; a wrong one would be worse than none.
            Size = entry.Kind == CatalogEntryKind.File ? holding.Facts?.Length : 0,
            Type = entry.Kind switch
            {
                CatalogEntryKind.Directory => FileType.Directory,
                CatalogEntryKind.Link => FileType.Link,
                _ => FileType.File,
            },
        };
        if (!isFull)
            return brief;
        var mode = entry.Acl.Mode;
        var full = brief with
        {
            CreatedAtTime = entry.CreatedAt,
            LastModificationTime = entry.ModifiedAt,
            LifetimeAssigned = Endless,
            LifetimeLeft = Endless,
            OwnerPermission = new UserPermission(entry.Owner.ToString(), Digit(mode >> 6)),
            GroupPermission = new GroupPermission(entry.Group.ToString(), Digit(mode >> 3)),
            OtherPermission = Digit(mode),
        };
        return entry.Kind != CatalogEntryKind.File ? full : full with
        {
            FileStorageType = FileStorageType.Permanent,
            RetentionPolicyInfo = InTheArchive,
            FileLocality = holding.IsOnline ? FileLocality.OnlineAndNearline : FileLocality.Nearline,
            CheckSumType = holding.Facts is null ? null : ChecksumType,
            CheckSumValue = holding.Facts?.Adler32.ToString("x8", CultureInfo.InvariantCulture),
        };
    }

    // The numbers of the modes are those of POSIX.
    private static PermissionMode Digit(int bits) => (PermissionMode)(bits & 7);
}
