using System.Globalization;

namespace Mdm.Host.Plugins;

/// <summary>What was loaded, and what was refused and why.</summary>
internal sealed class PluginShelf(IReadOnlyList<LoadedPlugin> plugins, IReadOnlyList<PluginFault> faults)
{
    public IReadOnlyList<LoadedPlugin> Plugins { get; } = plugins;

    public IReadOnlyList<PluginFault> Faults { get; } = faults;

    /// <summary>The offer of that name; null when no loaded plugin has it.</summary>
    public Offer? Find(string type, params ReadOnlySpan<OfferKind> kinds)
    {
        foreach (var plugin in Plugins)
        {
            foreach (var offer in plugin.Offers)
            {
                if (offer.Type == type && kinds.Contains(offer.Kind))
                    return offer;
            }
        }
        return null;
    }

    /// <summary>The names that may stand as <c>Type</c>, sorted.</summary>
    public IReadOnlyList<string> TypesOf(params IReadOnlyList<OfferKind> kinds) =>
        [.. Plugins.SelectMany(p => p.Offers).Where(o => kinds.Contains(o.Kind)).Select(o => o.Type).Order(StringComparer.Ordinal)];

    /// <summary>Prints what <c>--list-plugins</c> prints.</summary>
    public void Print(TextWriter writer)
    {
        foreach (var plugin in Plugins)
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{plugin.Name} {plugin.Version} (contract {plugin.ContractVersion.ToString(2)}){(plugin.Description is null ? "" : ": " + plugin.Description)}"));
            foreach (var offer in plugin.Offers)
                writer.WriteLine($"  {offer.Kind} '{offer.Type}' {offer.Concrete.FullName}{(offer.Abilities.IsEmpty ? "" : " [" + string.Join(", ", offer.Abilities) + "]")}");
        }
        foreach (var fault in Faults)
            writer.WriteLine(fault.ToString());
        if (Plugins.Count == 0 && Faults.Count == 0)
            writer.WriteLine("No plugins were found.");
    }
}
