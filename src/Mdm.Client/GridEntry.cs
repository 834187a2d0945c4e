using Mdm.Abstractions;
using Mdm.Srm.Messages;

namespace Mdm.Client;

/// <summary>An entry of a grid directory, as the host described it. What a host did not say is null.</summary>
public sealed record GridEntry
{
    /// <summary>Its full name.</summary>
    public required Surl Surl { get; init; }

    /// <summary>File, directory or symbolic name.</summary>
    public required FileType Type { get; init; }

    /// <summary>Bytes; null while nobody measured it.</summary>
    public long? Length { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Whether its bytes can be had at once.</summary>
    public FileLocality? Locality { get; init; }

    /// <summary>Its Adler-32, eight lower-case hexadecimal digits; null while nobody measured it.</summary>
    public string? Adler32 { get; init; }

    /// <summary>The owner and what it may do.</summary>
    public UserPermission? Owner { get; init; }

    /// <summary>The group and what it may do.</summary>
    public GroupPermission? Group { get; init; }

    /// <summary>What everybody else may do.</summary>
    public PermissionMode? Others { get; init; }

    internal static GridEntry Of(MetaDataPathDetail detail, Surl surl)
    {
        var hasAdler = string.Equals(detail.CheckSumType, "adler32", StringComparison.OrdinalIgnoreCase);
        return new GridEntry
        {
            Surl = surl,
            Type = detail.Type ?? FileType.File,
            // Zero bytes that nobody has seen are not a length: hosts say 0 for want of something better.
            Length = detail.Type == FileType.Directory || (detail is { Size: 0, CheckSumValue: null, FileLocality: FileLocality.Nearline }) ? null : detail.Size,
            Modified = detail.LastModificationTime ?? detail.CreatedAtTime,
            Locality = detail.FileLocality,
            Adler32 = hasAdler ? detail.CheckSumValue?.ToLowerInvariant().PadLeft(8, '0') : null,
            Owner = detail.OwnerPermission,
            Group = detail.GroupPermission,
            Others = detail.OtherPermission,
        };
    }

    // Hosts write whole paths; some write the name alone.
    internal static Surl SurlOf(MetaDataPathDetail detail, Surl directory) =>
        detail.Path.StartsWith('/') ? directory with { Path = StoragePath.Parse(detail.Path) } : directory.Child(detail.Path);
}
