namespace Mdm.Abstractions;

/// <summary>What an entry of the catalogue is.</summary>
public enum CatalogEntryKind
{
    /// <summary>Holds entries.</summary>
    Directory,

    /// <summary>Stands for an object of an archive.</summary>
    File,

    /// <summary>A symbolic name: stands for the path it names, which need not exist.</summary>
    Link,
}

/// <summary>An entry as it is to be created.</summary>
public record CatalogDraft
{
    /// <summary>The entry's identity, kept when it moves. Two entries never share one.</summary>
    public required FileId Id { get; init; }

    /// <summary>Where it is to be.</summary>
    public required StoragePath Path { get; init; }

    /// <summary>What it is.</summary>
    public required CatalogEntryKind Kind { get; init; }

    /// <summary>The owner.</summary>
    public required DistinguishedName Owner { get; init; }

    /// <summary>The owning group.</summary>
    public required Fqan Group { get; init; }

    /// <summary>Who may do what.</summary>
    public required Acl Acl { get; init; }

    /// <summary>The publication it came from; null for what users made.</summary>
    public string? Publication { get; init; }

    /// <summary>A file's object; null for the others.</summary>
    public FileSource? Source { get; init; }

    /// <summary>A link's target; null for the others.</summary>
    public StoragePath? Target { get; init; }

    /// <summary>The time of creation and, at first, of modification, whole milliseconds, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// The root directory as every new catalogue holds it: the id of 16 zero bytes, an owner and a group that no certificate authority or VO gives out, and the rights 0755.
    /// </summary>
    public static CatalogDraft Root(DateTimeOffset createdAt) => new()
    {
        Id = default,
        Path = StoragePath.Root,
        Kind = CatalogEntryKind.Directory,
        Owner = DistinguishedName.Parse("/O=Medical Data Manager/CN=root"),
        Group = Fqan.Parse("/mdm.root"),
        Acl = Acl.FromMode(0b111_101_101),
        CreatedAt = createdAt,
    };

    /// <summary>Checks what the type cannot say: a file has a source, a link has a target, and nothing else has either.</summary>
    /// <exception cref="ArgumentException">It is not so.</exception>
    public void Check()
    {
        if ((Source is null) == (Kind == CatalogEntryKind.File) || (Target is null) == (Kind == CatalogEntryKind.Link))
            throw new ArgumentException($"A {Kind} has {Kind switch { CatalogEntryKind.File => "a source and no target", CatalogEntryKind.Link => "a target and no source", _ => "neither source nor target" }}.");
    }
}

/// <summary>An entry as it stands in the catalogue.</summary>
public sealed record CatalogEntry : CatalogDraft
{
    /// <summary>
    /// When name, rights or content last changed, by the catalogue's clock. Content changed when known facts are forgotten or replaced; learning them for the first time
    /// is no change. A directory's does not move with what is created, moved or removed in it.
    /// </summary>
    public required DateTimeOffset ModifiedAt { get; init; }

    /// <summary>1 at first; grows with each change of the ACL, the search ACL, the owner or the group: the token of compare and set.</summary>
    public required long AclVersion { get; init; }

    /// <summary>Size and checksum as delivered; null until the file was first staged.</summary>
    public FileFacts? Facts { get; init; }

    /// <summary>
    /// Who may find a file by its metadata, of those whom its collection admits: r counts, by owner and group of the entry, without default entries. Null for all of them, and always where the catalogue is no
    /// <see cref="IFindableCatalog"/>.
    /// </summary>
    public Acl? SearchAcl { get; init; }

    /// <summary>What users wrote about it; null for nothing, and always where the catalogue is no <see cref="ICommentableCatalog"/>.</summary>
    public string? Comment { get; init; }
}

/// <summary>Where a file's bytes come from.</summary>
/// <param name="Archive">The archive's configured name (not the driver's).</param>
/// <param name="Object">The object in it.</param>
/// <param name="MediaType">RFC 6838 type.</param>
public sealed record FileSource(string Archive, ArchiveObjectId Object, string MediaType);

/// <summary>What is known of a file's bytes as they are delivered.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Adler32">RFC 1950 checksum.</param>
public sealed record FileFacts(long Length, uint Adler32);

/// <summary>What became of a draft.</summary>
public enum CreateOutcomeKind
{
    /// <summary>The entry was created.</summary>
    Created,

    /// <summary>An entry of that id was there already, at that path or moved elsewhere; it was left as it is.</summary>
    Existing,

    /// <summary>Another entry has that path.</summary>
    NameTaken,

    /// <summary>There is no such parent: the walk ends at a directory that lacks the next name.</summary>
    NoParent,

    /// <summary>The walk to the parent ends at a file or a link. A catalogue does not follow links; the host does.</summary>
    ParentNotADirectory,
}

/// <summary>What became of a draft, with the entry that now has the id (Created, Existing) or the path (NameTaken).</summary>
public sealed record CreateOutcome(CreateOutcomeKind Kind, CatalogEntry? Entry);
