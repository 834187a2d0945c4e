using Mdm.Abstractions;
using Mdm.Plugins.Amga;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Files;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;
using Microsoft.Extensions.Logging;

[assembly: MdmPlugin(typeof(AmgaPlugin), Description = "Attributes of files in an SQL store, with rights down to the attribute, and AMGA's protocol to search them.")]

namespace Mdm.Plugins.Amga;

/// <summary>Offers the metadata store <c>amga</c>, and the service <c>amga</c> that AMGA's clients talk to.</summary>
public sealed class AmgaPlugin : IMdmPlugin
{
    private readonly OpenStores _stores = new();

    /// <inheritdoc/>
    public void Register(IPluginRegistrar registrar)
    {
        ArgumentNullException.ThrowIfNull(registrar);
        registrar.AddMetadataStore<AmgaMetadataStore, AmgaStoreOptions>("amga", (options, context) => StoreTrouble.Told(() =>
        {
            var (store, close) = Open(options, context, $"the metadata '{context.InstanceName}'");
            return new AmgaMetadataStore(store, [.. options.Announce], close);
        }, "The metadata"));
        registrar.AddGridService<AmgaService, AmgaServiceOptions>("amga", (options, context) => StoreTrouble.Told(() =>
        {
            var (store, close) = Open(options, context, $"the service '{context.InstanceName}'");
            var accounts = new Accounts(store, options);
            return new AmgaService(options.Protocol, accounts, new CommandSource(store), context.TimeProvider, context.LoggerFactory.CreateLogger<AmgaService>(), async () =>
            {
                accounts.Dispose();
                await close().ConfigureAwait(false);
            });
        }, "The metadata"));
    }

    private (AmgaStore Store, Func<ValueTask> Close) Open(AmgaOptions options, PluginContext context, string owner)
    {
        var address = SqlStoreAddress.Parse(options.Store, context.BaseDirectory);
        options.SpoolPath = options.SpoolPath is { } folder ? context.PathOf(folder) : null;
        return (_stores.Take(address, options, context.TimeProvider, owner), () => _stores.GiveBackAsync(address));
    }
}
