using Mdm.Abstractions;
using Mdm.Client.Names;

namespace Mdm.Cli.Lfc;

/// <summary>All that is known of an entry, for scripts.</summary>
internal static class EntryJson
{
    public static string Of(NamedEntry entry) => JsonText.Object(json =>
    {
        json.WriteString("path", entry.Path.ToString());
        json.WriteString("guid", FileGuid.Of(entry.Id));
        json.WriteString("type", entry.Kind switch { CatalogEntryKind.Directory => "directory", CatalogEntryKind.Link => "link", _ => "file" });
        json.WriteString("mode", LongListing.Mode(entry));
        json.WriteString("owner", entry.Owner.ToString());
        json.WriteString("group", entry.Group.ToString());
        json.WriteIfKnown("length", entry.Length);
        json.WriteIfKnown("adler32", entry.Adler32);
        json.WriteIfKnown("created", entry.CreatedAt);
        json.WriteIfKnown("modified", entry.ModifiedAt);
        json.WriteIfKnown("target", entry.Target?.ToString());
        json.WriteIfKnown("comment", entry.Comment);
        json.WriteIfKnown("publication", entry.Publication);
        json.WriteStartArray("acl");
        foreach (var line in entry.Acl.Entries)
            json.WriteStringValue(line.ToString());
        json.WriteEndArray();
    });
}
