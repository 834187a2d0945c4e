using System.Data.Common;
using Mdm.Abstractions;

namespace Mdm.Plugins.Lfc;

/// <summary>A row of <c>entries</c> as it stands there, terms by number.</summary>
internal sealed record EntryRow(
    long Entry, FileId Id, long? Parent, string Name, CatalogEntryKind Kind, long Owner, long Group, long Acl, long AclVersion,
    long? Publication, long? Archive, long? MediaType, string? Object, string? Target, long Created, long Modified, FileFacts? Facts, string? Comment, long? Search)
{
    public const string Columns =
        "e.entry, e.id, e.parent, e.name, e.kind, e.owner, e.owner_group, e.acl, e.acl_version, e.publication, e.archive, e.media_type, e.object, e.target, e.created, e.modified, e.length, e.adler32, e.comment, e.search_acl";

    public bool IsDirectory => Kind == CatalogEntryKind.Directory;

    public static EntryRow Read(DbDataReader row) => new(
        row.GetInt64(0), new FileId(row.GetFieldValue<byte[]>(1)), Number(row, 2), row.GetString(3), (CatalogEntryKind)row.GetInt32(4),
        row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), Number(row, 9), Number(row, 10), Number(row, 11), Text(row, 12), Text(row, 13),
        row.GetInt64(14), row.GetInt64(15),
        row.IsDBNull(16) ? null : new FileFacts(row.GetInt64(16), (uint)row.GetInt64(17)), Text(row, 18), Number(row, 19));

    public CatalogEntry At(StoragePath path, Terms terms) => new()
    {
        Id = Id,
        Path = path,
        Kind = Kind,
        Owner = terms.Name(Owner),
        Group = terms.Group(Group),
        Acl = terms.Acl(Acl),
        AclVersion = AclVersion,
        Publication = Publication is { } publication ? terms.Text(publication) : null,
        Source = Archive is { } archive && MediaType is { } mediaType ? new FileSource(terms.Text(archive), new ArchiveObjectId(Object!), terms.Text(mediaType)) : null,
        Target = Target is null ? null : StoragePath.Parse(Target),
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(Created),
        ModifiedAt = DateTimeOffset.FromUnixTimeMilliseconds(Modified),
        Facts = Facts,
        Comment = Comment,
        SearchAcl = Search is { } search ? terms.Acl(search) : null,
    };

    private static long? Number(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
