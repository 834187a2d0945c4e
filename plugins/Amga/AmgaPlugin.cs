using Mdm.Abstractions;
using Mdm.Plugins.Amga;
using Mdm.Plugins.Amga.Files;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

[assembly: MdmPlugin(typeof(AmgaPlugin), Description = "Attributes of files in an SQL store, with rights down to the attribute.")]

namespace Mdm.Plugins.Amga;

/// <summary>Offers the metadata store <c>amga</c>.</summary>
public sealed class AmgaPlugin : IMdmPlugin
{
    private readonly OpenStores _stores = new();

    /// <inheritdoc/>
    public void Register(IPluginRegistrar registrar)
    {
        ArgumentNullException.ThrowIfNull(registrar);
        registrar.AddMetadataStore<AmgaMetadataStore, AmgaOptions>("amga", (options, context) => Trouble.Told(() =>
        {
            var address = SqlStoreAddress.Parse(options.Store, context.BaseDirectory);
            options.SpoolPath = options.SpoolPath is { } folder ? context.PathOf(folder) : null;
            return new AmgaMetadataStore(_stores.Take(address, options, context.TimeProvider, $"the metadata '{context.InstanceName}'"), () => _stores.GiveBackAsync(address));
        }));
    }
}
