using Mdm.Abstractions;

namespace Mdm.Host.Plugins;

/// <summary>Opens an authenticated grid connection to another site; null as credential is the host's own.</summary>
/// <exception cref="MdmException">Unavailable, or not who it should be.</exception>
internal delegate ValueTask<Stream> GridConnector(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken);

/// <summary>What every instance of this host is given, apart from its name.</summary>
/// <param name="LoggerFactory">Where the logs go.</param>
/// <param name="TimeProvider">The only clock.</param>
/// <param name="BaseDirectory">Against which relative paths are meant.</param>
/// <param name="Connect">The host's grid connections.</param>
internal sealed record PluginSurroundings(ILoggerFactory LoggerFactory, TimeProvider TimeProvider, string BaseDirectory, GridConnector Connect)
{
    /// <summary>Where what must survive a restart lies; each instance has a folder of its own in it.</summary>
    public string StateDirectory { get; init; } = Path.Combine(BaseDirectory, "state");

    public InstanceContext ContextOf(PlannedInstance planned) => new(planned, this);
}
