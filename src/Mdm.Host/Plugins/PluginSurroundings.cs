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
    public PluginContext ContextOf(string instanceName) => new HostPluginContext(instanceName, this);

    private sealed class HostPluginContext(string instanceName, PluginSurroundings surroundings) : PluginContext
    {
        public override string InstanceName => instanceName;

        public override ILoggerFactory LoggerFactory => surroundings.LoggerFactory;

        public override TimeProvider TimeProvider => surroundings.TimeProvider;

        public override string BaseDirectory => surroundings.BaseDirectory;

        public override ValueTask<Stream> ConnectAsync(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(endpoint);
            return endpoint is { IsAbsoluteUri: true, Scheme: "https" or "httpg" }
                ? surroundings.Connect(endpoint, credential, cancellationToken)
                : throw new MdmException(MdmErrorKind.InvalidName, "A grid endpoint is https://host:port or httpg://host:port.");
        }
    }
}
