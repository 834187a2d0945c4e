using Mdm.Abstractions;
using Mdm.Formats.Keystores;

namespace Mdm.Plugins.Hydra.Keystore;

/// <summary>What the configuration makes of a caller, apart from the rights on single keys.</summary>
/// <param name="Caller">Who.</param>
/// <param name="IsAdministrator">May do everything.</param>
/// <param name="Registrars">The name under which the caller registers with others; null for none.</param>
/// <param name="MayCreate">May register keys.</param>
internal sealed record CallerRole(GridIdentity Caller, bool IsAdministrator, string? Registrars, bool MayCreate, IReadOnlyDictionary<DistinguishedName, string> RegistrarNames)
{
    /// <summary>True where the caller, or a host that stands for it, registered the key.</summary>
    public bool Registered(KeyRow row) => Registrars is not null && row.Registrar is { } registrar && RegistrarNames.GetValueOrDefault(registrar) == Registrars;

    /// <summary>True when the caller may do that with the key.</summary>
    public bool May(KeyRight right, KeyRow row) => IsAdministrator || Registered(row) || (row.Rights ?? Nobody).Of(Caller).HasFlag(right);

    /// <summary>True when that caller may get the key, and the one who asks may ask for others.</summary>
    public bool MayFor(GridIdentity other, KeyRow row) =>
        // Both are always looked at: refused and missing keys take the same steps.
        Registered(row) & (row.Rights ?? Nobody).Of(other).HasFlag(KeyRight.Get);

    /// <summary>True when the row is nobody else's: the caller may register under its id.</summary>
    public bool MayRegister(KeyRow row) => row.Registrar is null || IsAdministrator || Registered(row) || row.Registrar == Caller.Subject || (row.Rights?.Of(Caller) ?? KeyRight.None).HasFlag(KeyRight.Set);

    private static KeyRights Nobody { get; } = KeyRights.OfOwner(new GridIdentity(DistinguishedName.Parse("/CN=nobody")));
}

/// <summary>Finds the role of a caller.</summary>
internal sealed class CallerRoles(KeystoreOptions options)
{
    private readonly Dictionary<DistinguishedName, string> _registrars = options.Registrars.SelectMany(set => set.Value.Select(subject => (subject, set.Key))).ToDictionary(r => r.subject, r => r.Key);

    /// <exception cref="MdmException">AccessDenied: a limited proxy where none is accepted.</exception>
    public CallerRole Of(GridIdentity caller)
    {
        RefuseLimited(caller);
        var registrars = _registrars.GetValueOrDefault(caller.Subject);
        var isAdministrator = Names(options.Administrators, caller);
        return new CallerRole(caller, isAdministrator, registrars, isAdministrator || registrars is not null || Names(options.Creators, caller), _registrars);
    }

    /// <exception cref="MdmException">AccessDenied.</exception>
    public void RefuseLimited(GridIdentity caller)
    {
        if (caller.IsLimited && options.LimitedProxies == LimitedProxies.Refuse)
            throw new MdmException(MdmErrorKind.AccessDenied, "This keystore gives nothing to limited proxies; make a full one.");
    }

    private static bool Names(List<string> rules, GridIdentity caller) =>
        rules.Exists(rule => (DistinguishedName.TryParse(rule, out var subject) && subject == caller.Subject) || (Fqan.TryParse(rule, out var fqan) && caller.Holds(fqan)));
}
