using System.Collections.Immutable;

namespace Mdm.Host.Staging;

/// <summary>Wants to know what staged files say of themselves. Never keeps a file from being staged.</summary>
internal interface IContentDescriber
{
    /// <summary>True for files of which it wants to know something.</summary>
    bool Wants(CatalogEntry entry);

    /// <summary>Reads attributes out of the disclosed beginning of a file, which must not be kept. Does not throw.</summary>
    ValueTask<ImmutableArray<ArchiveAttribute>> DescribeAsync(CatalogEntry entry, ReadOnlyMemory<byte> beginning);

    /// <summary>A file that was described is staged. Returns at once.</summary>
    void Staged(CatalogEntry entry, FileVersion version, ImmutableArray<ArchiveAttribute> attributes);
}
