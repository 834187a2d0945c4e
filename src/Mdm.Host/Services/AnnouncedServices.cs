using Mdm.Host.Plugins;

namespace Mdm.Host.Services;

/// <summary>What the configured instances that clients contact themselves announce: where keys are, where metadata is.</summary>
internal sealed class AnnouncedServices(InstanceSet instances)
{
    /// <summary>Where the keys of sealed files are; null where none are announced.</summary>
    public async ValueTask<ServiceAnnouncement?> KeysAsync()
    {
        if (!instances.Has(OfferKind.KeyStore, "Keys"))
            return null;
        await using var lease = instances.KeyStore();
        return Told(lease.Value);
    }

    /// <summary>Where metadata is searched; null where it is not announced.</summary>
    public async ValueTask<ServiceAnnouncement?> MetadataAsync()
    {
        if (!instances.Has(OfferKind.MetadataStore, "Metadata"))
            return null;
        await using var lease = instances.MetadataStore();
        return Told(lease.Value);
    }

    /// <summary>
    /// The same in pairs of text, for srmPing: <c>mdm.keys.type</c>, <c>mdm.keys.endpoints</c> (separated by spaces), and one for each property, as <c>mdm.keys.threshold</c>.
    /// </summary>
    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> InPairsAsync() =>
        [.. InPairs("mdm.keys.", await KeysAsync()), .. InPairs("mdm.metadata.", await MetadataAsync())];

    private static ServiceAnnouncement? Told(object instance) => (instance as IDiscoverable)?.Announce() is { Endpoints.IsEmpty: false } announced ? announced : null;

    private static IEnumerable<KeyValuePair<string, string>> InPairs(string prefix, ServiceAnnouncement? service)
    {
        if (service is null)
            yield break;
        yield return new(prefix + "type", service.Type);
        yield return new(prefix + "endpoints", string.Join(' ', service.Endpoints.Select(e => e.AbsoluteUri)));
        foreach (var (name, value) in service.Properties.OrderBy(p => p.Key, StringComparer.Ordinal))
            yield return new(prefix + name, value);
    }
}
