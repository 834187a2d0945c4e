using System.Collections.Immutable;
using Mdm.Abstractions;

namespace Mdm.Host.Plugins;

/// <summary>What a plugin can offer, by the section of the configuration that uses it.</summary>
internal enum OfferKind
{
    Archive,
    Deidentifier,
    Catalog,
    KeyStore,
    MetadataStore,
    GridService,
    GridHttpService,
}

/// <summary>One thing that a plugin offers under a name.</summary>
/// <param name="Plugin">Whose.</param>
/// <param name="Kind">For which section.</param>
/// <param name="Type">The name that configuration uses.</param>
/// <param name="Concrete">The class of the instances.</param>
/// <param name="OptionsType">The class that <c>Options</c> is bound to.</param>
/// <param name="Abilities">The optional interfaces of the contract that the class implements, by name.</param>
/// <param name="Create">Makes an instance from bound options.</param>
internal sealed record Offer(
    string Plugin, OfferKind Kind, string Type, Type Concrete, Type OptionsType, ImmutableArray<string> Abilities, Func<object, PluginContext, object> Create);
