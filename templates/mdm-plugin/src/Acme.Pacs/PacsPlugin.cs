using Mdm.Abstractions;

[assembly: MdmPlugin(typeof(Acme.Pacs.PacsPlugin), Description = "An archive that is read by HTTP and listed as JSON")]

namespace Acme.Pacs;

/// <summary>The entry: tells the host what there is, and does nothing else.</summary>
public sealed class PacsPlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar) =>
        registrar.AddStorageBackend<PacsBackend, PacsOptions>("acme-type", (options, context) => new PacsBackend(options, context));
}
