using System.ComponentModel.DataAnnotations;

namespace Mdm.Plugins.Disk;

/// <summary>Options of <c>Archives:&lt;name&gt;</c> with <c>Type</c> <c>disk</c>.</summary>
internal sealed class DiskOptions
{
    /// <summary>The top of the tree; it exists.</summary>
    [Required, MinLength(1)]
    public string Directory { get; set; } = "";

    /// <summary>True when nothing is stored and nothing deleted.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Bytes; longer objects are refused.</summary>
    [Range(1, long.MaxValue)]
    public long MaxObjectLength { get; set; } = 1L << 40;

    /// <summary>Bytes of the file system that stay free: what would leave less is refused.</summary>
    [Range(0, long.MaxValue)]
    public long KeepFree { get; set; } = 64L << 20;
}
