using Mdm.Abstractions;

[assembly: MdmPlugin(typeof(Mdm.TestPlugins.ThrowsInConstructor.ThrowingPlugin))]

namespace Mdm.TestPlugins.ThrowsInConstructor;

public sealed class ThrowingPlugin : IMdmPlugin
{
    public ThrowingPlugin() => throw new InvalidOperationException("no constructor today\nsecond line");

    public void Register(IPluginRegistrar registrar)
    {
    }
}
