using Mdm.Abstractions;
using Mdm.Formats.Names;

namespace Mdm.Client.Names;

/// <summary>Who may find a file by its metadata, of those whom its publication admits.</summary>
public enum SearchLevel
{
    /// <summary>Its owner.</summary>
    Private,

    /// <summary>Its owner and its owning group.</summary>
    Group,

    /// <summary>All of them.</summary>
    Anonymous,

    /// <summary>Nobody.</summary>
    None,
}

/// <summary>A change of the one logical right of a file: who may read it, and who may find it. Everywhere or nowhere: the host's catalogue changes in one step, keystores and metadata follow it.</summary>
public sealed record RightChange
{
    private RightChange(string? mode, string? level, WireUserRight? user) => (Mode, Level, User) = (mode, level, user);

    internal string? Mode { get; }

    internal string? Level { get; }

    internal WireUserRight? User { get; }

    /// <summary>Owner, group and others may do that with it, as <c>chmod</c> has it.</summary>
    /// <param name="mode">Nine letters, as <c>rwxr-x---</c>.</param>
    public static RightChange OfMode(string mode)
    {
        ArgumentNullException.ThrowIfNull(mode);
        return new RightChange(mode, null, null);
    }

    /// <summary>Those find it, and no other; what was said of single users before is forgotten.</summary>
    public static RightChange OfLevel(SearchLevel level) => new(null, NameOf(level), null);

    /// <summary>One user may do that with it, and finds it or, with <see cref="SearchLevel.None"/>, does not.</summary>
    /// <param name="user">Who.</param>
    /// <param name="organisation">His virtual organisation, as <c>biomed</c>: a level other than none is refused where the publication admits neither him nor anybody of it.</param>
    /// <param name="permissions">Three letters, as <c>r-x</c>.</param>
    /// <param name="level">Whether he finds it.</param>
    public static RightChange OfUser(DistinguishedName user, string organisation, string permissions, SearchLevel level)
    {
        ArgumentNullException.ThrowIfNull(user);
        return new RightChange(null, null, new WireUserRight(user.ToString(), organisation, permissions, NameOf(level)));
    }

    private static string NameOf(SearchLevel level) => level switch
    {
        SearchLevel.Private => NamesWire.Private,
        SearchLevel.Group => NamesWire.Group,
        SearchLevel.Anonymous => NamesWire.Anonymous,
        _ => NamesWire.None,
    };
}
