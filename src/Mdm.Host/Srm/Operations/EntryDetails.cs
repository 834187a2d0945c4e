using System.Globalization;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>An entry in the words of srmLs.</summary>
internal sealed class EntryDetails(Holdings holdings, TimeProvider time)
{
    private const string ChecksumType = "adler32";
    private const int Endless = -1;

    private static readonly RetentionPolicyInfo InTheArchive = new(RetentionPolicy.Custodial, AccessLatency.Nearline);

    /// <param name="entry">The entry.</param>
    /// <param name="path">The path by which it was asked for: through links, another than its own.</param>
    /// <param name="isFull">With rights, checksum, locality and times.</param>
    /// <param name="stored">What is known of it when it came by a put.</param>
    public MetaDataPathDetail Of(CatalogEntry entry, StoragePath path, bool isFull, StoredRow? stored = null)
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
            FileStorageType = stored?.ExpiresAt is null ? FileStorageType.Permanent : FileStorageType.Volatile,
            RetentionPolicyInfo = stored is null ? InTheArchive : GetSpaceMetaData.OnDisk,
            // What was put lies on the host's own disks: fetching it into the pool takes no longer than reading it there.
            FileLocality = stored is not null ? FileLocality.Online : holding.IsOnline ? FileLocality.OnlineAndNearline : FileLocality.Nearline,
            SpaceTokens = stored?.Space is { } space ? [space] : null,
            LifetimeLeft = stored?.ExpiresAt is { } end ? RequestAnswers.Seconds(end - time.GetUtcNow(), atLeast: 0) : Endless,
            LifetimeAssigned = stored?.ExpiresAt is { } until ? RequestAnswers.Seconds(until - entry.CreatedAt, atLeast: 0) : Endless,
            CheckSumType = holding.Facts is null ? null : ChecksumType,
            CheckSumValue = holding.Facts?.Adler32.ToString("x8", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>A name that is being put: no file yet. ARC asks for length and checksum of what came before it says that it is done.</summary>
    public static MetaDataPathDetail Busy(UploadRow put, StoragePath path) => new()
    {
        Path = path.ToString(),
        Status = new ReturnStatus(StatusCode.FileBusy, "The file is being put."),
        Size = put.Facts?.Length,
        Type = FileType.File,
        CheckSumType = put.Facts is null ? null : ChecksumType,
        CheckSumValue = put.Facts?.Adler32.ToString("x8", CultureInfo.InvariantCulture),
    };

    // The numbers of the modes are those of POSIX.
    private static PermissionMode Digit(int bits) => (PermissionMode)(bits & 7);
}
