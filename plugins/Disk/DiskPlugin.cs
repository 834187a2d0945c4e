using Mdm.Abstractions;
using Mdm.Plugins.Disk;

[assembly: MdmPlugin(typeof(DiskPlugin), Description = "A directory tree as storage.")]

namespace Mdm.Plugins.Disk;

/// <summary>The entry of this plugin.</summary>
internal sealed class DiskPlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar) =>
        registrar.AddStorageBackend<DiskBackend, DiskOptions>("disk", (options, context) => new DiskBackend(options, context));
}
