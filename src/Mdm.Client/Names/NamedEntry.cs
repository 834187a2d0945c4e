using System.Globalization;
using Mdm.Abstractions;
using Mdm.Formats.Names;

namespace Mdm.Client.Names;

/// <summary>An entry of a host's name space with all that is known of it. What is not known is null.</summary>
public sealed record NamedEntry
{
    /// <summary>The id, which <see cref="FileGuid"/> writes as a GUID; it stays when the entry is moved.</summary>
    public required FileId Id { get; init; }

    /// <summary>Where it is.</summary>
    public required StoragePath Path { get; init; }

    /// <summary>Directory, file or symbolic name.</summary>
    public required CatalogEntryKind Kind { get; init; }

    /// <summary>The owner.</summary>
    public required DistinguishedName Owner { get; init; }

    /// <summary>The owning group.</summary>
    public required Fqan Group { get; init; }

    /// <summary>Who may do what, with mask and default entries.</summary>
    public required Acl Acl { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset ModifiedAt { get; init; }

    /// <summary>Bytes as they are delivered; null while nobody measured them.</summary>
    public long? Length { get; init; }

    /// <summary>Adler-32 of those bytes, eight lower-case hexadecimal digits; null while nobody measured it.</summary>
    public string? Adler32 { get; init; }

    /// <summary>What a symbolic name stands for.</summary>
    public StoragePath? Target { get; init; }

    /// <summary>What users wrote about it; null for nothing, and for callers who may not read the entry.</summary>
    public string? Comment { get; init; }

    /// <summary>The publication it is of.</summary>
    public string? Publication { get; init; }

    /// <summary>Who may find a file by its metadata, of those whom its publication admits; null for all of them.</summary>
    public Acl? Search { get; init; }

    /// <summary>The id of the key that a file is sealed with; keystores have it once the file was staged. Null for callers who may not read the file.</summary>
    public KeyId? Key { get; init; }

    /// <exception cref="MdmException">InvalidName: the host wrote what cannot be one.</exception>
    internal static NamedEntry Of(WireEntry entry) => new()
    {
        Id = FileId.Parse(entry.Id),
        Path = StoragePath.Parse(entry.Path),
        Kind = entry.Kind switch
        {
            "directory" => CatalogEntryKind.Directory,
            "file" => CatalogEntryKind.File,
            "link" => CatalogEntryKind.Link,
            _ => throw new MdmException(MdmErrorKind.InvalidName, "An entry is a directory, a file or a link."),
        },
        Owner = DistinguishedName.Parse(entry.Owner),
        Group = Fqan.Parse(entry.Group),
        Acl = Acl.Parse(entry.Acl),
        CreatedAt = entry.CreatedAt,
        ModifiedAt = entry.ModifiedAt,
        Length = entry.Length,
        Adler32 = entry.Adler32 is null ? null
            : uint.TryParse(entry.Adler32, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sum) ? sum.ToString("x8", CultureInfo.InvariantCulture)
            : throw new MdmException(MdmErrorKind.InvalidName, "An Adler-32 is eight hexadecimal digits."),
        Target = entry.Target is null ? null : StoragePath.Parse(entry.Target),
        Comment = entry.Comment,
        Publication = entry.Publication,
        Search = entry.Search is null ? null : Acl.Parse(entry.Search),
        Key = entry.Key is null ? null : KeyId.TryParse(entry.Key, out var key) ? key : throw new MdmException(MdmErrorKind.InvalidName, "A key's id has 32 hexadecimal digits."),
    };
}

/// <summary>What is done with the entries of an <see cref="AclChange"/>.</summary>
public enum AclChangeKind
{
    /// <summary>They are the whole list from now on. The three base entries must be there, and again by default where there is any entry by default.</summary>
    Replace,

    /// <summary>They are added, or take the place of those of the same name. The mask follows, unless it is among them.</summary>
    Modify,

    /// <summary>They go; which rights they are written with does not matter. The base entries stay, those by default as long as others by default do.</summary>
    Delete,
}

/// <summary>A change of an access list, in the words of POSIX.1e: carried out at the host, on what stands there then.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Entries">With what.</param>
public sealed record AclChange(AclChangeKind Kind, IReadOnlyList<AclEntry> Entries);

/// <summary>An entry after a change of its rights.</summary>
/// <param name="Entry">As it stands from now on.</param>
/// <param name="IsSettled">True when keystores and metadata have confirmed it; false when they are still being told, which goes on until they have.</param>
public sealed record NamedChange(NamedEntry Entry, bool IsSettled);
