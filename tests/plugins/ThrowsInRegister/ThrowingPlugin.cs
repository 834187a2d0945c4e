using Mdm.Abstractions;

[assembly: MdmPlugin(typeof(Mdm.TestPlugins.ThrowsInRegister.ThrowingPlugin))]

namespace Mdm.TestPlugins.ThrowsInRegister;

public sealed class ThrowingPlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar) => throw new InvalidOperationException("no registration today");
}
