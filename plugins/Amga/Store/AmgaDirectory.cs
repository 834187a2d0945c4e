using System.Collections.Immutable;
using System.Globalization;

namespace Mdm.Plugins.Amga.Store;

/// <summary>Rights on a directory or entry, as POSIX numbers them.</summary>
[Flags]
internal enum Bits
{
    None = 0,

    /// <summary>May list the attributes.</summary>
    Execute = 1,

    /// <summary>May change entries and schema.</summary>
    Write = 2,

    /// <summary>May read values.</summary>
    Read = 4,

    All = Read | Write | Execute,
}

/// <summary>How a directory was asked for.</summary>
[Flags]
internal enum DirectoryOptions
{
    None = 0,

    /// <summary>Entries may have rights of their own.</summary>
    Acls = 1,

    /// <summary>Took over its parent's attributes, their groups and all rights when it was made, and so does what is made in it.</summary>
    Inherit = 2,

    /// <summary>The group of whoever made it may write as he may.</summary>
    Shared = 4,

    /// <summary>Some row of a file has readers of its own. Nobody asks for it: it comes with the first of them, and spares the others the look.</summary>
    FileReaders = 8,
}

/// <summary>What values have to keep.</summary>
internal enum RuleKind
{
    NotNull,
    Unique,
    Reference,
    Check,
}

/// <summary>An attribute.</summary>
/// <param name="Number">Names its column.</param>
/// <param name="Name">As clients know it.</param>
/// <param name="Type">Its type.</param>
/// <param name="Group">Its attribute group; empty for none.</param>
/// <param name="IsMulti">Some value may be a list, separated by <c>\</c>.</param>
internal sealed record AmgaAttribute(long Number, string Name, AmgaType Type, string Group, bool IsMulti)
{
    /// <summary>Its column.</summary>
    public string Column { get; } = "a" + Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A rule that values of a directory keep.</summary>
internal sealed record AmgaRule(long Number, string Name, RuleKind Kind, long? Attribute, long? Reference, string? Expression);

/// <summary>What a view shows.</summary>
internal sealed record AmgaView(string Of, string Condition, ImmutableArray<long> Attributes);

/// <summary>A directory with its schema and its rights, as one state of the store has it.</summary>
internal sealed record AmgaDirectory(long Number, string Path, string Owner, Bits OwnerBits, DirectoryOptions Options, bool HasFiles)
{
    /// <summary>All of them, in the order in which they were made.</summary>
    public ImmutableArray<AmgaAttribute> Attributes { get; init; } = [];

    /// <summary>Rights of groups.</summary>
    public ImmutableSortedDictionary<string, Bits> Acl { get; init; } = ImmutableSortedDictionary<string, Bits>.Empty;

    /// <summary>Attribute groups that are there only for some, and for whom.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, Bits>> AttributeAcl { get; init; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, Bits>>.Empty;

    /// <summary>What values have to keep.</summary>
    public ImmutableArray<AmgaRule> Rules { get; init; } = [];

    /// <summary>Directories whose values refer to this one's.</summary>
    public ImmutableArray<string> ReferredBy { get; init; } = [];

    /// <summary>True when directories or views lie in it.</summary>
    public bool HasBelow { get; init; }

    /// <summary>Null for what has entries of its own.</summary>
    public AmgaView? View { get; init; }

    /// <summary>The table of its entries.</summary>
    public string Table { get; } = "e" + Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>True when entries may have rights of their own.</summary>
    public bool HasAcls => (Options & DirectoryOptions.Acls) != 0;

    /// <summary>True when rows of files may have readers of their own.</summary>
    public bool HasFileReaders => (Options & DirectoryOptions.FileReaders) != 0;

    /// <summary>The attribute of that name; whether somebody may know of it is asked elsewhere.</summary>
    public AmgaAttribute? Attribute(string name)
    {
        foreach (var attribute in Attributes)
        {
            if (attribute.Name == name)
                return attribute;
        }
        return null;
    }
}
