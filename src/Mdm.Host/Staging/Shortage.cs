namespace Mdm.Host.Staging;

/// <summary>What there was no room in.</summary>
internal enum Shortage
{
    /// <summary>The pool's quota: all of it is pinned or being read.</summary>
    Pool,

    /// <summary>The caller's own share of the pool.</summary>
    UserShare,

    /// <summary>The disk under the pool.</summary>
    Disk,
}

/// <summary>Marks a <see cref="MdmErrorKind.Refused"/> that means: no room now. Kept as the inner exception, since the contract has no kind for it.</summary>
internal sealed class ShortageException(Shortage shortage, string message) : Exception(message)
{
    public Shortage Shortage { get; } = shortage;

    /// <summary>Bytes that would have been needed in the middle of a fetch; 0 for other shortages.</summary>
    public long Needed { get; init; }

    /// <summary>What there was no room in; null when the refusal had another reason.</summary>
    public static Shortage? Of(MdmException refusal) => (refusal.InnerException as ShortageException)?.Shortage;

    /// <summary>The refusal for the caller.</summary>
    public static MdmException Refusal(Shortage shortage, string message, long needed = 0) =>
        new(MdmErrorKind.Refused, message, new ShortageException(shortage, message) { Needed = needed });
}
