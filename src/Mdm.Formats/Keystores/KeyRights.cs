using System.Collections.Immutable;
using Mdm.Abstractions;

namespace Mdm.Formats.Keystores;

/// <summary>One entry of a key's list: <c>user:/DC=org/CN=Name:------g-</c>, <c>group::…</c>, <c>mask::…</c>, <c>other::…</c>, each possibly after <c>default:</c>.</summary>
/// <param name="IsDefault">Kept for the file's sake; decides nothing here.</param>
/// <param name="Tag">Whom.</param>
/// <param name="Qualifier">A DN or an FQAN where the tag names one.</param>
/// <param name="Rights">What.</param>
public sealed record KeyRightsEntry(bool IsDefault, AclTag Tag, string? Qualifier, KeyRight Rights)
{
    /// <summary>Reads an entry.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public static KeyRightsEntry Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // A name may hold colons: what stands after the last one are the rights.
        var last = text.LastIndexOf(':');
        if (last < 0 || KeyRightText.Parse(text.AsSpan(last + 1)) is not { } rights)
            throw new MdmException(MdmErrorKind.InvalidName, "An entry of the rights on a key ends in letters of pdrwlxgs or dashes, as user:/DC=org/CN=Name:------g-.");
        // The names' rules are the contract's own.
        var entry = AclEntry.Parse(string.Concat(text.AsSpan(0, last + 1), "---"));
        return new KeyRightsEntry(entry.IsDefault, entry.Tag, entry.Qualifier, rights);
    }

    /// <summary>The text form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var text = new AclEntry(IsDefault, Tag, Qualifier, Permissions.None).ToString();
        return string.Concat(text.AsSpan(0, text.LastIndexOf(':') + 1), KeyRightText.Format(Rights));
    }
}

/// <summary>Who may do what with a key: owner, group and a list in the order of POSIX.1e. Immutable, safe for concurrent use.</summary>
/// <remarks>
/// The first class that names the caller decides: owner; named user; the owning group and named groups that the caller holds, together; other. (The original let who was
/// refused as owner or group fall through to "other" and to every entry that named it; here a refusal holds.) A file's rights are kept without loss: r as <c>r</c>, <c>l</c> and <c>g</c>.
/// </remarks>
public sealed class KeyRights : IEquatable<KeyRights>
{
    private const KeyRight OfReader = KeyRight.Read | KeyRight.List | KeyRight.Get;

    /// <param name="owner">Who owns the key.</param>
    /// <param name="group">Its group; null for none.</param>
    /// <param name="entries">The list.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: too many, or one twice.</exception>
    public KeyRights(DistinguishedName owner, Fqan? group, IEnumerable<KeyRightsEntry> entries)
    {
        (Owner, Group) = (owner, group);
        Entries = [.. entries.Take(Acl.MaxEntries + 1).OrderBy(e => e.IsDefault).ThenBy(e => e.Tag).ThenBy(e => e.Qualifier, StringComparer.Ordinal)];
        if (Entries.Length > Acl.MaxEntries)
            throw new MdmException(MdmErrorKind.InvalidName, $"The rights on a key have {Acl.MaxEntries} entries at most.");
        for (var i = 1; i < Entries.Length; i++)
        {
            if (Entries[i] with { Rights = default } == Entries[i - 1] with { Rights = default })
                throw new MdmException(MdmErrorKind.InvalidName, "An entry of the rights on a key stands twice.");
        }
    }

    /// <summary>Who owns the key.</summary>
    public DistinguishedName Owner { get; }

    /// <summary>Its group; null for none.</summary>
    public Fqan? Group { get; }

    /// <summary>The list, in order.</summary>
    public ImmutableArray<KeyRightsEntry> Entries { get; }

    /// <summary>What a key starts with that a user registers: everything but x for the owner (the original left out l as well), nothing for others.</summary>
    public static KeyRights OfOwner(GridIdentity owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return new KeyRights(owner.Subject, owner.PrimaryFqan,
        [
            new(false, AclTag.Owner, null, KeyRight.All & ~KeyRight.Execute), new(false, AclTag.OwningGroup, null, KeyRight.None), new(false, AclTag.Other, null, KeyRight.None),
        ]);
    }

    /// <summary>The rights of the key of a file: who may read the file may get the key and see its rights, which the catalogue shows him, too; nobody but the host that registered it may change or destroy it.</summary>
    public static KeyRights OfFile(KeyDraft draft)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return new KeyRights(draft.Owner, draft.Group, draft.Acl.Entries.Select(e => new KeyRightsEntry(e.IsDefault, e.Tag, e.Qualifier,
            (e.Permissions.HasFlag(Permissions.Read) ? OfReader : 0) | (e.Permissions.HasFlag(Permissions.Write) ? KeyRight.Write : 0) | (e.Permissions.HasFlag(Permissions.Execute) ? KeyRight.Execute : 0))));
    }

    /// <summary>The file's rights again.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: they are not those of a file.</exception>
    public KeyDraft ToFile(KeyId id) => new(id, Owner, Group ?? throw new MdmException(MdmErrorKind.Corrupt, $"The key {id} has no group."), Acl.Create(Entries.Select(e => new AclEntry(e.IsDefault, e.Tag, e.Qualifier,
        (e.Rights.HasFlag(KeyRight.Get) ? Permissions.Read : 0) | (e.Rights.HasFlag(KeyRight.Write) ? Permissions.Write : 0) | (e.Rights.HasFlag(KeyRight.Execute) ? Permissions.Execute : 0)))));

    /// <summary>What the caller may do.</summary>
    public KeyRight Of(GridIdentity caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.Subject == Owner)
            return Find(AclTag.Owner, null) ?? KeyRight.None;
        var mask = Find(AclTag.Mask, null) ?? KeyRight.All;
        if (Find(AclTag.User, caller.Subject.ToString()) is { } user)
            return user & mask;
        KeyRight? ofGroups = null;
        foreach (var held in caller.Fqans.IsDefault ? [] : caller.Fqans)
        {
            if (held == Group)
                ofGroups = (ofGroups ?? 0) | (Find(AclTag.OwningGroup, null) ?? 0);
            if (Find(AclTag.Group, held.ToString()) is { } named)
                ofGroups = (ofGroups ?? 0) | named;
        }
        return ofGroups is { } groups ? groups & mask : Find(AclTag.Other, null) ?? KeyRight.None;
    }

    /// <summary>Rights that grant whatever either of two grants.</summary>
    public static KeyRights Widest(KeyRights one, KeyRights other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (one.Equals(other))
            return one;
        // Whoever is owner or group of the other only is named here.
        var others = other.Entries.Select(e => e switch
        {
            { IsDefault: false, Tag: AclTag.Owner } when other.Owner != one.Owner => e with { Tag = AclTag.User, Qualifier = other.Owner.ToString() },
            { IsDefault: false, Tag: AclTag.OwningGroup } when other.Group is not null && other.Group != one.Group => e with { Tag = AclTag.Group, Qualifier = other.Group.ToString() },
            _ => e,
        });
        return new KeyRights(one.Owner, one.Group, one.Entries.Concat(others).GroupBy(e => e with { Rights = default }, (e, same) => e with { Rights = same.Aggregate(KeyRight.None, (all, s) => all | s.Rights) }));
    }

    /// <summary>Same owner, group and entries.</summary>
    public bool Equals(KeyRights? other) => other is not null && Owner == other.Owner && Group == other.Group && Entries.AsSpan().SequenceEqual(other.Entries.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as KeyRights);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Owner, Group, Entries.Length);

    private KeyRight? Find(AclTag tag, string? qualifier)
    {
        foreach (var entry in Entries)
        {
            if (!entry.IsDefault && entry.Tag == tag && entry.Qualifier == qualifier)
                return entry.Rights;
        }
        return null;
    }
}
