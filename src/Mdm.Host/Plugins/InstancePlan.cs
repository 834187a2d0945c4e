using Mdm.Host.Configuration;

namespace Mdm.Host.Plugins;

/// <summary>An instance that can be made: its offer is known and its options are bound and valid.</summary>
/// <param name="Kind">The offer's kind.</param>
/// <param name="Name">The configured name; the section's where there is only one, as <c>Catalog</c>.</param>
/// <param name="Path">Where it stands in the configuration.</param>
/// <param name="Offer">Who makes it.</param>
/// <param name="Options">The plugin's own options.</param>
internal sealed record PlannedInstance(OfferKind Kind, string Name, string Path, Offer Offer, object Options);

/// <summary>Finds the offer for every configured instance and binds its options. Makes nothing yet.</summary>
internal static class InstancePlan
{
    public static IReadOnlyList<PlannedInstance> Of(HostOptions options, PluginShelf shelf, StrictBinder binder)
    {
        var plan = new List<PlannedInstance>();
        foreach (var (name, archive) in options.Archives)
            Add(name, $"Archives:{name}", archive, OfferKind.Archive);
        foreach (var (name, deidentifier) in options.Deidentifiers)
            Add(name, $"Deidentifiers:{name}", deidentifier, OfferKind.Deidentifier);
        Add("Catalog", "Catalog", options.Catalog, OfferKind.Catalog);
        Add("Keys", "Keys", options.Keys, OfferKind.KeyStore);
        Add("Metadata", "Metadata", options.Metadata, OfferKind.MetadataStore);
        foreach (var (name, service) in options.Services)
        {
            if (Add(name, $"Services:{name}", service, OfferKind.GridService, OfferKind.GridHttpService) is { } offer)
                CheckPlace(service, offer, $"Services:{name}", binder);
        }
        return plan;

        Offer? Add(string name, string path, InstanceOptions? instance, params OfferKind[] kinds)
        {
            // Without a type its absence is a fault of its own already.
            if (instance?.Type is not { } type)
                return null;
            if (shelf.Find(type, kinds) is not { } offer)
            {
                binder.Add(path + ":Type", $"no loaded plugin offers '{type}' here. {NearNames.Sentence(type, shelf.TypesOf(kinds))}");
                return null;
            }
            var before = binder.Faults.Count;
            var bound = binder.Bind(offer.OptionsType, instance.Options ?? Nothing(path));
            if (binder.Faults.Count == before)
                plan.Add(new PlannedInstance(offer.Kind, name, path, offer, bound));
            return offer;
        }
    }

    // A section that is not there still has a path, so that what it lacks is told with it.
    private static IConfigurationSection Nothing(string path) => new ConfigurationBuilder().Build().GetSection(path + ":Options");

    private static void CheckPlace(ServiceOptions service, Offer offer, string path, StrictBinder binder)
    {
        if (offer.Kind == OfferKind.GridService && service.Port is null)
            binder.Add(path + ":Port", "is missing: a protocol of its own needs a port.");
        if (offer.Kind == OfferKind.GridService && service.Path is not null)
            binder.Add(path + ":Path", $"'{offer.Type}' is a protocol of its own, it has a Port and no Path.");
        if (offer.Kind != OfferKind.GridHttpService)
            return;
        (string Key, bool IsGiven)[] ofPorts =
        [
            (nameof(service.Port), service.Port is not null), (nameof(service.Address), service.Address is not null), (nameof(service.MaxConnections), service.MaxConnections is not null),
            (nameof(service.MaxConnectionsPerAddress), service.MaxConnectionsPerAddress is not null), (nameof(service.IdleTimeout), service.IdleTimeout is not null),
        ];
        foreach (var (key, _) in ofPorts.Where(k => k.IsGiven))
            binder.Add($"{path}:{key}", $"'{offer.Type}' is an HTTP service behind the door, it has a Path and no {key}.");
    }
}
