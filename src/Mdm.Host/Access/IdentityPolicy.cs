using System.Collections.Immutable;

namespace Mdm.Host.Access;

/// <summary>
/// Who may see identity, by publication: for publications whose content is the original, the DNs and FQANs their configuration names. An ACL that would let anybody else
/// read there is refused, wherever it comes from: a client, an inherited default, a move.
/// </summary>
internal sealed class IdentityPolicy
{
    private volatile Rules _rules;

    public IdentityPolicy(ImmutableDictionary<string, ImmutableHashSet<string>> mayReadOriginals, ImmutableHashSet<string> administrators, ImmutableHashSet<string>? operators = null) =>
        _rules = new Rules(mayReadOriginals, administrators, operators ?? []);

    /// <summary>Holds what that one holds, from now on: the configuration was read anew.</summary>
    public void Become(IdentityPolicy other) => _rules = other._rules;

    /// <summary>True for the DNs and FQANs that configuration names as administrators: they may publish, and change rights that nobody else owns.</summary>
    public bool MayAdminister(GridIdentity caller) => Names(_rules.Administrators, caller);

    /// <summary>True for those, and for the operators of the configuration: they may look, drain, abort, publish again and ban; not read files, nor change rights.</summary>
    public bool MayOperate(GridIdentity caller) => MayAdminister(caller) || Names(_rules.Operators, caller);

    /// <summary>True when configuration names exactly that subject or attribute as an administrator.</summary>
    public bool IsAdministrator(string whom) => _rules.Administrators.Contains(whom);

    /// <summary>Throws when the list lets others than those named read the originals of the publication.</summary>
    /// <exception cref="MdmException">Refused, naming the entry.</exception>
    public void Check(string? publication, Fqan group, Acl acl)
    {
        if (publication is null || !_rules.MayReadOriginals.TryGetValue(publication, out var named))
            return;
        foreach (var entry in acl.Entries)
        {
            if (!entry.Permissions.HasFlag(Permissions.Read))
                continue;
            var allowed = entry.Tag switch
            {
                AclTag.Owner or AclTag.Mask => true,
                AclTag.OwningGroup => named.Contains(group.ToString()),
                AclTag.User or AclTag.Group => named.Contains(entry.Qualifier!),
                _ => false,
            };
            if (!allowed)
            {
                throw new MdmException(MdmErrorKind.Refused,
                    $"'{entry}' would let others read originals of publication {publication}; only those its MaySeeIdentity names may.");
            }
        }
    }

    /// <summary>True when the publication's files are originals.</summary>
    public bool IsOriginal(string publication) => _rules.MayReadOriginals.ContainsKey(publication);

    private static bool Names(ImmutableHashSet<string> rules, GridIdentity caller) =>
        rules.Contains(caller.Subject.ToString()) || (!caller.Fqans.IsDefault && caller.Fqans.Any(fqan => rules.Contains(fqan.ToString())));

    private sealed record Rules(ImmutableDictionary<string, ImmutableHashSet<string>> MayReadOriginals, ImmutableHashSet<string> Administrators, ImmutableHashSet<string> Operators);
}
