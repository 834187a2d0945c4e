using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>
/// A POSIX.1e (draft 17) access control list with mask and default entries, for DNs and FQANs. Always complete: owner, owning group and other are there,
/// a mask wherever a user or group is named, and the same for the default entries where there are any. Immutable, safe for concurrent use.
/// </summary>
/// <remarks>
/// A catalogue stores it, the host enforces it. Evaluation order: owner; named user (masked); owning group and named groups that the caller holds
/// (masked; one of them must grant all that is asked); other. The first class that matches decides.
/// </remarks>
public sealed class Acl : IEquatable<Acl>
{
    /// <summary>Most entries, default entries included.</summary>
    public const int MaxEntries = 256;

    private Acl(ImmutableArray<AclEntry> entries) => Entries = entries;

    /// <summary>The entries: access before default, then by tag, then by qualifier.</summary>
    public ImmutableArray<AclEntry> Entries { get; }

    /// <summary>True when there are default entries.</summary>
    public bool HasDefaults => Entries.Any(e => e.IsDefault);

    /// <summary>The nine POSIX mode bits; with a mask, the group bits are the mask, as <c>stat</c> shows them.</summary>
    public int Mode => ((int)Of(AclTag.Owner) << 6) | ((int)(Find(false, AclTag.Mask)?.Permissions ?? Of(AclTag.OwningGroup)) << 3) | (int)Of(AclTag.Other);

    /// <summary>Makes a list from entries, adding what is missing: base entries without rights (the owner gets rwx), masks as the union of what they mask.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: an entry twice, a name where none belongs or none where one does, or more than <see cref="MaxEntries"/>.</exception>
    public static Acl Create(IEnumerable<AclEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        // One more than allowed is enough to know.
        var all = entries.Take(MaxEntries + 1).ToList();
        if (all.FirstOrDefault(e => e.WhyInvalid() is not null) is { } invalid)
            throw new MdmException(MdmErrorKind.InvalidName, $"'{Printable.Of(invalid.ToString())}' is not an ACL entry: {invalid.WhyInvalid()}.");
        var twice = all.GroupBy(e => (e.IsDefault, e.Tag, e.Qualifier)).FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
            throw new MdmException(MdmErrorKind.InvalidName, $"The ACL entry '{Printable.Of(twice.First().ToString())}' stands twice.");
        Complete(all, isDefault: false);
        if (all.Any(e => e.IsDefault))
            Complete(all, isDefault: true);
        // Counted when complete: what was accepted once must be readable again.
        if (all.Count > MaxEntries)
            throw new MdmException(MdmErrorKind.InvalidName, $"An ACL may have {MaxEntries} entries at most, those that complete it included.");
        return new Acl([.. all.OrderBy(e => e.IsDefault).ThenBy(e => e.Tag).ThenBy(e => e.Qualifier, StringComparer.Ordinal)]);
    }

    /// <summary>Parses entries as <see cref="AclEntry.Parse"/> reads them and completes the list as <see cref="Create"/> does.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public static Acl Parse(IEnumerable<string> entries) => Create(entries.Select(AclEntry.Parse));

    /// <summary>The list that equals nine mode bits.</summary>
    public static Acl FromMode(int mode) => Create(
    [
        new AclEntry(false, AclTag.Owner, null, (Permissions)((mode >> 6) & 7)),
        new AclEntry(false, AclTag.OwningGroup, null, (Permissions)((mode >> 3) & 7)),
        new AclEntry(false, AclTag.Other, null, (Permissions)(mode & 7)),
    ]);

    /// <summary>True when the caller gets all of <paramref name="requested"/> on an entry of that owner and group.</summary>
    public bool Permits(GridIdentity caller, DistinguishedName owner, Fqan group, Permissions requested)
    {
        if (caller.Subject == owner)
            return Covers(Of(AclTag.Owner), requested);
        var mask = Find(false, AclTag.Mask)?.Permissions ?? Permissions.All;
        if (Find(false, AclTag.User, caller.Subject.ToString()) is { } user)
            return Covers(user.Permissions & mask, requested);
        var inAGroup = false;
        foreach (var held in caller.Fqans.IsDefault ? [] : caller.Fqans)
        {
            if (held == group)
            {
                inAGroup = true;
                if (Covers(Of(AclTag.OwningGroup) & mask, requested))
                    return true;
            }
            if (Find(false, AclTag.Group, held.ToString()) is { } named)
            {
                inAGroup = true;
                if (Covers(named.Permissions & mask, requested))
                    return true;
            }
        }
        return !inAGroup && Covers(Of(AclTag.Other), requested);
    }

    /// <summary>Each of r, w and x that the caller gets by itself.</summary>
    public Permissions Effective(GridIdentity caller, DistinguishedName owner, Fqan group)
    {
        var effective = Permissions.None;
        foreach (var right in (Permissions[])[Permissions.Read, Permissions.Write, Permissions.Execute])
        {
            if (Permits(caller, owner, group, right))
                effective |= right;
        }
        return effective;
    }

    /// <summary>
    /// What an entry created in a directory with this list starts with (POSIX.1e 23.1.5): the default entries as access entries, cut to <paramref name="mode"/>,
    /// and for a directory also as its default entries. Without default entries, the list of the mode.
    /// </summary>
    public Acl InheritedBy(bool directory, int mode)
    {
        var defaults = Entries.Where(e => e.IsDefault).ToList();
        if (defaults.Count == 0)
            return FromMode(mode);
        var masked = defaults.Any(e => e.Tag == AclTag.Mask);
        var access = defaults.Select(e => e with
        {
            IsDefault = false,
            Permissions = e.Tag switch
            {
                AclTag.Owner => e.Permissions & (Permissions)((mode >> 6) & 7),
                AclTag.OwningGroup when !masked => e.Permissions & (Permissions)((mode >> 3) & 7),
                AclTag.Mask => e.Permissions & (Permissions)((mode >> 3) & 7),
                AclTag.Other => e.Permissions & (Permissions)(mode & 7),
                _ => e.Permissions,
            },
        });
        return Create(directory ? access.Concat(defaults) : access);
    }

    /// <summary>The list with its mode bits changed as <c>chmod</c> does: owner, mask (or owning group without one), other.</summary>
    public Acl WithMode(int mode)
    {
        var masked = Find(false, AclTag.Mask) is not null;
        return Create(Entries.Select(e => e.IsDefault ? e : e.Tag switch
        {
            AclTag.Owner => e with { Permissions = (Permissions)((mode >> 6) & 7) },
            AclTag.Mask => e with { Permissions = (Permissions)((mode >> 3) & 7) },
            AclTag.OwningGroup when !masked => e with { Permissions = (Permissions)((mode >> 3) & 7) },
            AclTag.Other => e with { Permissions = (Permissions)(mode & 7) },
            _ => e,
        }));
    }

    /// <summary>The rights of an access entry as written, not masked; none where the list has no such entry.</summary>
    public Permissions Of(AclTag tag, string? qualifier = null) => Find(false, tag, qualifier)?.Permissions ?? Permissions.None;

    /// <inheritdoc/>
    public bool Equals(Acl? other) => other is not null && Entries.AsSpan().SequenceEqual(other.Entries.AsSpan());

    /// <summary>Same entries.</summary>
    public static bool operator ==(Acl? left, Acl? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Not the same entries.</summary>
    public static bool operator !=(Acl? left, Acl? right) => !(left == right);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Acl);

    /// <inheritdoc/>
    public override int GetHashCode() => Entries.Aggregate(17, (hash, entry) => HashCode.Combine(hash, entry));

    /// <summary>The entries, separated by commas.</summary>
    public override string ToString() => string.Join(',', Entries);

    private static bool Covers(Permissions granted, Permissions requested) => (granted & requested) == requested;

    private static void Complete(List<AclEntry> entries, bool isDefault)
    {
        void Add(AclTag tag, Permissions permissions)
        {
            if (!entries.Any(e => e.IsDefault == isDefault && e.Tag == tag))
                entries.Add(new AclEntry(isDefault, tag, null, permissions));
        }

        Add(AclTag.Owner, Permissions.All);
        Add(AclTag.OwningGroup, Permissions.None);
        Add(AclTag.Other, Permissions.None);
        if (entries.Any(e => e.IsDefault == isDefault && e.Tag is (AclTag.User or AclTag.Group)))
        {
            var union = entries.Where(e => e.IsDefault == isDefault && e.Tag is (AclTag.User or AclTag.Group or AclTag.OwningGroup))
                .Aggregate(Permissions.None, (all, e) => all | e.Permissions);
            Add(AclTag.Mask, union);
        }
    }

    private AclEntry? Find(bool isDefault, AclTag tag, string? qualifier = null)
    {
        foreach (var entry in Entries)
        {
            if (entry.IsDefault == isDefault && entry.Tag == tag && entry.Qualifier == qualifier)
                return entry;
        }
        return null;
    }
}
