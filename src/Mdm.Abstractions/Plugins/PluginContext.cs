using Microsoft.Extensions.Logging;

namespace Mdm.Abstractions;

/// <summary>What the host gives to an instance of a plugin's class. Safe for concurrent use.</summary>
public abstract class PluginContext
{
    /// <summary>The instance's configured name, as <c>radiology</c>.</summary>
    public abstract string InstanceName { get; }

    /// <summary>Where the logs go.</summary>
    public abstract ILoggerFactory LoggerFactory { get; }

    /// <summary>The only clock.</summary>
    public abstract TimeProvider TimeProvider { get; }

    /// <summary>The folder against which relative paths in options are meant.</summary>
    public abstract string BaseDirectory { get; }

    /// <summary>
    /// Opens an authenticated, encrypted grid connection to another site; proxies and trust are handled in one place, the host's.
    /// </summary>
    /// <param name="endpoint"><c>https://host:port</c> or <c>httpg://host:port</c>; the path is ignored.</param>
    /// <param name="credential">Whose credential; null is the host's own. What a caller delegated is in the features of his HTTP requests, as <see cref="IGridCredential"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Unavailable"/>; <see cref="MdmErrorKind.AccessDenied"/>: the other end is not who it should be.</exception>
    public abstract ValueTask<Stream> ConnectAsync(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken);

    /// <summary>A path from options, made absolute against <see cref="BaseDirectory"/>.</summary>
    public string PathOf(string path) => Path.GetFullPath(path, BaseDirectory);
}

/// <summary>A credential that may be acted with (delegated by a caller, or the host's own). Opaque: keys stay in the host.</summary>
public interface IGridCredential
{
    /// <summary>Whose.</summary>
    GridIdentity Identity { get; }

    /// <summary>Until when.</summary>
    DateTimeOffset NotAfter { get; }
}
