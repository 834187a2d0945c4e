using Mdm.Abstractions;

namespace Mdm.TestPlugins.NoAttribute;

/// <summary>A plugin that nothing points at.</summary>
public sealed class NoAttributePlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar)
    {
    }
}
