namespace Mdm.Abstractions;

/// <summary>The three POSIX rights.</summary>
[Flags]
public enum Permissions
{
    /// <summary>No right.</summary>
    None = 0,

    /// <summary>x: pass through a directory.</summary>
    Execute = 1,

    /// <summary>w: create, remove and rename in a directory.</summary>
    Write = 2,

    /// <summary>r: read a file, list a directory.</summary>
    Read = 4,

    /// <summary>rwx.</summary>
    All = Read | Write | Execute,
}
