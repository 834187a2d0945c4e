using Mdm.Abstractions;
using Mdm.Plugins.Hydra;
using Mdm.Plugins.Hydra.Keystore;
using Mdm.Plugins.Hydra.Splitting;
using Mdm.Sql;

[assembly: MdmPlugin(typeof(HydraPlugin), Description = "Keys split among keystores, any k of n of which give them back; and the keystore.")]

namespace Mdm.Plugins.Hydra;

/// <summary>Offers the two halves: <c>hydra</c> for <c>Keys</c> of a host, <c>hydra-keystore</c> for <c>Services</c> of a keystore.</summary>
public sealed class HydraPlugin : IMdmPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistrar registrar)
    {
        ArgumentNullException.ThrowIfNull(registrar);
        registrar.AddKeyStore<HydraKeyStore, HydraOptions>("hydra", static (options, context) => new HydraKeyStore(options, context));
        registrar.AddGridHttpService<KeystoreService, KeystoreOptions>("hydra-keystore", static (options, context) => StoreTrouble.Told(() => KeystoreService.Open(options, context), "The keystore"));
    }
}
