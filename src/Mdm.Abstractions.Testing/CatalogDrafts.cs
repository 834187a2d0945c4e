namespace Mdm.Abstractions.Testing;

/// <summary>Drafts with plausible owners and rights, for tests that are about something else.</summary>
public static class CatalogDrafts
{
    /// <summary>Who owns the drafts.</summary>
    public static DistinguishedName Owner { get; } = DistinguishedName.Parse("/DC=org/DC=example/CN=Curator, Chief: of images");

    /// <summary>Which group.</summary>
    public static Fqan Group { get; } = Fqan.Parse("/biomed/Role=curator");

    /// <summary>Their creation time.</summary>
    public static DateTimeOffset CreatedAt { get; } = new(2026, 3, 4, 5, 6, 7, 890, TimeSpan.Zero);

    /// <summary>Rights with a named group, a named user whose DN has a comma and a colon, and defaults.</summary>
    public static Acl Acl { get; } = Acl.Parse(
        ["user::rwx", "user:/DC=org/CN=Doe, Jane: MD:r--", "group::r-x", "group:/biomed:r-x", "mask::r-x", "other::---", "default:user::rwx", "default:group::r-x", "default:other::---"]);

    /// <summary>An id that only depends on the text.</summary>
    public static FileId Id(string text) => new(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)).AsSpan(0, FileId.Size));

    /// <summary>A directory.</summary>
    public static CatalogDraft Directory(string path) => Draft(path, CatalogEntryKind.Directory);

    /// <summary>A published file; its id comes from its first path.</summary>
    public static CatalogDraft File(string path) => Draft(path, CatalogEntryKind.File) with
    {
        Publication = "research",
        Source = new FileSource("radiology", new ArchiveObjectId("1.2.3/4.5/" + path), "application/dicom"),
    };

    /// <summary>A link.</summary>
    public static CatalogDraft Link(string path, string target) => Draft(path, CatalogEntryKind.Link) with { Target = StoragePath.Parse(target) };

    private static CatalogDraft Draft(string path, CatalogEntryKind kind) => new()
    {
        Id = Id(path),
        Path = StoragePath.Parse(path),
        Kind = kind,
        Owner = Owner,
        Group = Group,
        Acl = Acl,
        CreatedAt = CreatedAt,
    };
}
