using System.Collections.Immutable;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Rights;

/// <summary>
/// What somebody may do, by the owner's bits and the groups' entries of a directory; and which of its attributes are there for him. What is not there for him is nowhere: not in lists,
/// conditions, messages, views, rules or dumps.
/// </summary>
internal static class Access
{
    /// <summary>The rights on a directory, and on its entries as far as those have none of their own.</summary>
    public static Bits Of(Principal who, AmgaDirectory directory)
    {
        if (who.IsRoot)
            return Bits.All;
        var bits = IsOwner(who, directory) ? directory.OwnerBits : Bits.None;
        foreach (var (group, granted) in directory.Acl)
        {
            if (who.Groups.Contains(group))
                bits |= granted;
        }
        return bits;
    }

    /// <summary>True for the owner and root: who give rights to others.</summary>
    public static bool Governs(Principal who, AmgaDirectory directory) => who.IsRoot || IsOwner(who, directory);

    /// <summary>True where somebody may know that the directory exists.</summary>
    public static bool MayKnow(Principal who, AmgaDirectory directory) => Governs(who, directory) || Of(who, directory) != Bits.None;

    /// <summary>The rights on an attribute's values, the directory's aside.</summary>
    public static Bits Of(Principal who, AmgaDirectory directory, AmgaAttribute attribute)
    {
        if (attribute.Group.Length == 0 || Governs(who, directory) || !directory.AttributeAcl.TryGetValue(attribute.Group, out var rights))
            return Bits.All;
        var bits = Bits.None;
        foreach (var (group, granted) in rights)
        {
            if (who.Groups.Contains(group))
                bits |= granted;
        }
        // Who may write may read: a value that is refused would otherwise tell what is there.
        return (bits & Bits.Read) == 0 ? Bits.None : bits;
    }

    /// <summary>True where the attribute exists for somebody.</summary>
    public static bool MayKnow(Principal who, AmgaDirectory directory, AmgaAttribute attribute) => Of(who, directory, attribute) != Bits.None;

    /// <summary>The attributes that exist for somebody.</summary>
    public static ImmutableArray<AmgaAttribute> Attributes(Principal who, AmgaDirectory directory) =>
        directory.AttributeAcl.IsEmpty || Governs(who, directory) ? directory.Attributes : [.. directory.Attributes.Where(attribute => MayKnow(who, directory, attribute))];

    /// <summary>
    /// Which rows of a directory whose entries may have rights of their own somebody has some right on: SQL with <c>{0}</c> for the table's alias and <c>{v0}</c>, <c>{v1}</c>, … for values; null when all.
    /// </summary>
    public static (string? Sql, ImmutableArray<object?> Values) Rows(Principal who, AmgaDirectory directory, Bits needed)
    {
        if (who.IsRoot || !(directory.HasAcls || directory.HasFileReaders))
            return (null, []);
        var values = new List<object?> { who.User, (long)needed, directory.Number };
        var groups = string.Join(", ", who.Groups.Order(StringComparer.Ordinal).Select(group =>
        {
            values.Add(group);
            return $"{{v{values.Count - 1}}}";
        }));
        var inherits = (Of(who, directory) & needed) == needed;
        var inherited = inherits ? "{0}.acl = 0 OR " : string.Empty;
        var entries = $$"""
            ({{inherited}}({0}.owner = {v0} AND ({0}.bits & {v1}) = {v1}) OR ({0}.acl = 1 AND EXISTS (
                SELECT 1 FROM entry_acl AS r WHERE r.dir = {v2} AND r.entry = {0}.id AND r.grp IN ({{groups}}) AND (r.bits & {v1}) = {v1})))
            """;
        if (!directory.HasFileReaders)
            return (entries, [.. values]);
        var files = inherits ? Files(who, groups, values) : "1 = 0";
        return (directory.HasAcls ? $"(CASE WHEN {{0}}.file_id IS NULL THEN {entries} ELSE {files} END)" : files, [.. values]);
    }

    /// <summary>
    /// Of whom the directory admits, who finds a file's row: everybody where it has no readers of its own; else what is said of himself counts, then what is said of his groups, then what is said of everybody.
    /// </summary>
    private static string Files(Principal who, string groups, List<object?> values)
    {
        values.AddRange([who.Identity?.Subject.ToString() ?? who.User, Principals.AnyUser, (long)Bits.Read]);
        var (user, anybody, read) = (values.Count - 3, values.Count - 2, values.Count - 1);
        return $"({{0}}.acl = 0 OR COALESCE({Said($"= {{v{user}}}")}, {Said($"IN ({groups}) AND r.grp <> {{v{anybody}}}")}, {Said($"= {{v{anybody}}}")}, 0) = {{v{read}}})";

        string Said(string of) => $"(SELECT max(r.bits & {{v{read}}}) FROM entry_acl AS r WHERE r.dir = {{v2}} AND r.entry = {{0}}.id AND r.grp {of})";
    }

    public static bool IsOwner(Principal who, AmgaDirectory directory) => directory.Owner == who.User;
}
