using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Mdm.Abstractions;

namespace Mdm.Host.Plugins;

/// <summary>Collects one plugin's offers. An offer that cannot stand is remembered as a refusal; the plugin's code runs on, so that all refusals are told at once.</summary>
internal sealed partial class OfferRegistrar(string plugin) : IPluginRegistrar
{
    /// <summary>Most offers of one plugin.</summary>
    public const int MaxOffers = 64;

    private readonly List<Offer> _offers = [];
    private readonly List<string> _refusals = [];

    public IReadOnlyList<Offer> Offers => _offers;

    public IReadOnlyList<string> Refusals => _refusals;

    public void AddStorageBackend<TBackend, TOptions>(string type, Func<TOptions, PluginContext, TBackend> create)
        where TBackend : class, IStorageBackend
        where TOptions : class, new() => Add(OfferKind.Archive, typeof(IStorageBackend), type, create);

    public void AddCatalog<TCatalog, TOptions>(string type, Func<TOptions, PluginContext, TCatalog> create)
        where TCatalog : class, ICatalog
        where TOptions : class, new() => Add(OfferKind.Catalog, typeof(ICatalog), type, create);

    public void AddDeidentifier<TDeidentifier, TOptions>(string type, Func<TOptions, PluginContext, TDeidentifier> create)
        where TDeidentifier : class, IDeidentifier
        where TOptions : class, new() => Add(OfferKind.Deidentifier, typeof(IDeidentifier), type, create);

    public void AddKeyStore<TKeyStore, TOptions>(string type, Func<TOptions, PluginContext, TKeyStore> create)
        where TKeyStore : class, IKeyStore
        where TOptions : class, new() => Add(OfferKind.KeyStore, typeof(IKeyStore), type, create);

    public void AddMetadataStore<TStore, TOptions>(string type, Func<TOptions, PluginContext, TStore> create)
        where TStore : class, IMetadataStore
        where TOptions : class, new() => Add(OfferKind.MetadataStore, typeof(IMetadataStore), type, create);

    public void AddGridService<TService, TOptions>(string type, Func<TOptions, PluginContext, TService> create)
        where TService : class, IGridService
        where TOptions : class, new() => Add(OfferKind.GridService, typeof(IGridService), type, create);

    public void AddGridHttpService<TService, TOptions>(string type, Func<TOptions, PluginContext, TService> create)
        where TService : class, IGridHttpService
        where TOptions : class, new() => Add(OfferKind.GridHttpService, typeof(IGridHttpService), type, create);

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{0,63}$")]
    private static partial Regex TypeName { get; }

    private void Add<TInstance, TOptions>(OfferKind kind, Type required, string type, Func<TOptions, PluginContext, TInstance> create)
        where TInstance : class
        where TOptions : class, new()
    {
        if (_offers.Count == MaxOffers)
            _refusals.Add($"it offers more than {MaxOffers} things.");
        else if (type is null || !TypeName.IsMatch(type))
            _refusals.Add($"the name of a {kind} must be of a-z, 0-9, '.' and '-', at most 64 characters.");
        else if (create is null)
            _refusals.Add($"{kind} '{type}' has no factory.");
        else if (typeof(TInstance).IsInterface || typeof(TInstance).IsAbstract)
            _refusals.Add($"{kind} '{type}' is registered as {typeof(TInstance).Name}; name the concrete class, its abilities are read off it.");
        else if (_offers.FirstOrDefault(o => SameName(o.Kind, o.Type, kind, type)) is { } other)
            _refusals.Add($"{kind} '{type}' is registered twice, as {other.Concrete.Name} and as {typeof(TInstance).Name}.");
        else
            _offers.Add(new Offer(plugin, kind, type, typeof(TInstance), typeof(TOptions), AbilitiesOf(typeof(TInstance), required), (options, context) => create((TOptions)options, context)));
    }

    /// <summary>Both kinds of service share one section, so they share names.</summary>
    public static bool SameName(OfferKind kind, string type, OfferKind otherKind, string otherType) =>
        type == otherType && Section(kind) == Section(otherKind);

    private static OfferKind Section(OfferKind kind) => kind == OfferKind.GridHttpService ? OfferKind.GridService : kind;

    private static ImmutableArray<string> AbilitiesOf(Type concrete, Type required) =>
    [
        .. concrete.GetInterfaces()
            .Where(i => i != required && i.Assembly == typeof(IMdmPlugin).Assembly)
            .Select(i => i.Name)
            .Order(StringComparer.Ordinal),
    ];
}
