namespace Mdm.Abstractions;

/// <summary>
/// The entry of a plugin assembly, named by <see cref="MdmPluginAttribute"/>. Has a constructor without parameters; <see cref="Register"/> only registers: no I/O.
/// </summary>
public interface IMdmPlugin
{
    /// <summary>Tells the host what the plugin offers.</summary>
    void Register(IPluginRegistrar registrar);
}

/// <summary>Names the plugin's entry: <c>[assembly: MdmPlugin(typeof(AcmePlugin))]</c>.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class MdmPluginAttribute(Type entry) : Attribute
{
    /// <summary>A class that implements <see cref="IMdmPlugin"/>.</summary>
    public Type Entry { get; } = entry;

    /// <summary>One line on what the plugin is for.</summary>
    public string? Description { get; init; }
}

/// <summary>
/// Takes what a plugin offers, each under the name that configuration uses as <c>Type</c>. The factory gets the bound and validated options; the abilities are read off
/// <c>TBackend</c>, so give the concrete class.
/// </summary>
/// <remarks>Options are plain classes with settable properties, checked by their data annotations and <see cref="System.ComponentModel.DataAnnotations.IValidatableObject"/>; unknown keys are errors.</remarks>
public interface IPluginRegistrar
{
    /// <summary>Offers a storage backend for <c>Archives</c>.</summary>
    void AddStorageBackend<TBackend, TOptions>(string type, Func<TOptions, PluginContext, TBackend> create)
        where TBackend : class, IStorageBackend
        where TOptions : class, new();

    /// <summary>Offers a catalogue for <c>Catalog</c>.</summary>
    void AddCatalog<TCatalog, TOptions>(string type, Func<TOptions, PluginContext, TCatalog> create)
        where TCatalog : class, ICatalog
        where TOptions : class, new();

    /// <summary>Offers a de-identifier for <c>Deidentifiers</c>.</summary>
    void AddDeidentifier<TDeidentifier, TOptions>(string type, Func<TOptions, PluginContext, TDeidentifier> create)
        where TDeidentifier : class, IDeidentifier
        where TOptions : class, new();

    /// <summary>Offers a keystore for <c>Keys</c>.</summary>
    void AddKeyStore<TKeyStore, TOptions>(string type, Func<TOptions, PluginContext, TKeyStore> create)
        where TKeyStore : class, IKeyStore
        where TOptions : class, new();

    /// <summary>Offers a metadata store for <c>Metadata</c>.</summary>
    void AddMetadataStore<TStore, TOptions>(string type, Func<TOptions, PluginContext, TStore> create)
        where TStore : class, IMetadataStore
        where TOptions : class, new();

    /// <summary>Offers a protocol of its own for <c>Services</c>.</summary>
    void AddGridService<TService, TOptions>(string type, Func<TOptions, PluginContext, TService> create)
        where TService : class, IGridService
        where TOptions : class, new();

    /// <summary>Offers HTTP of its own for <c>Services</c>.</summary>
    void AddGridHttpService<TService, TOptions>(string type, Func<TOptions, PluginContext, TService> create)
        where TService : class, IGridHttpService
        where TOptions : class, new();
}
