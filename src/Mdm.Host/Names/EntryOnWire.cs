using System.Globalization;
using Mdm.Formats.Names;
using Mdm.Host.Keys;

namespace Mdm.Host.Names;

/// <summary>An entry as a caller is shown it.</summary>
internal static class EntryOnWire
{
    /// <param name="entry">The entry.</param>
    /// <param name="caller">To whom it is shown.</param>
    /// <param name="keys">Which keys seal files; null where that is told of none.</param>
    public static WireEntry Of(CatalogEntry entry, GridIdentity caller, ContentKeys? keys) => new(
        entry.Id.ToString(),
        entry.Path.ToString(),
        entry.Kind switch { CatalogEntryKind.Directory => "directory", CatalogEntryKind.File => "file", _ => "link" },
        entry.Owner.ToString(),
        entry.Group.ToString(),
        [.. entry.Acl.Entries.Select(line => line.ToString())],
        entry.CreatedAt,
        entry.ModifiedAt,
        entry.Facts?.Length,
        entry.Facts?.Adler32.ToString("x8", CultureInfo.InvariantCulture),
        entry.Target?.ToString(),
        // Somebody may have written into it what only readers of the entry may know.
        entry.Comment is not null && entry.Acl.Permits(caller, entry.Owner, entry.Group, Permissions.Read) ? entry.Comment : null,
        entry.Publication,
        entry.SearchAcl?.Entries.Select(line => line.ToString()).ToList(),
        // No secret, but nobody else has a use for it.
        entry.Kind == CatalogEntryKind.File && entry.Acl.Permits(caller, entry.Owner, entry.Group, Permissions.Read) ? keys?.IdOf(entry.Id).ToString() : null);

    /// <summary>Characters of what may be long.</summary>
    public static int TextOf(WireEntry entry) => entry.Path.Length + entry.Owner.Length + entry.Group.Length + (entry.Target?.Length ?? 0) + (entry.Comment?.Length ?? 0) + entry.Acl.Sum(line => line.Length) + (entry.Search?.Sum(line => line.Length) ?? 0);
}
