using Mdm.Host.Plugins;

namespace Mdm.Host.Administration;

/// <summary>The archives that are configured.</summary>
internal sealed class ConfiguredNames(InstanceSet instances)
{
    /// <summary>As of this moment, sorted.</summary>
    public IReadOnlyList<string> Now => [.. instances.Configured.Where(planned => planned.Kind == OfferKind.Archive).Select(planned => planned.Name).Order(StringComparer.Ordinal)];
}
