using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Mdm.Abstractions;

/// <summary>What the host gives to an instance of a plugin's class. Safe for concurrent use.</summary>
public abstract class PluginContext
{
    private static readonly Meter Unheard = new("Mdm.Unheard");

    /// <summary>The instance's configured name, as <c>radiology</c>.</summary>
    public abstract string InstanceName { get; }

    /// <summary>Where the logs go.</summary>
    public abstract ILoggerFactory LoggerFactory { get; }

    /// <summary>The only clock.</summary>
    public abstract TimeProvider TimeProvider { get; }

    /// <summary>The folder against which relative paths in options are meant.</summary>
    public abstract string BaseDirectory { get; }

    /// <summary>
    /// A folder of this instance's own for what must survive a restart, made when it is first asked for, readable by the host's user only. The host keeps it in its state directory, under kind and
    /// name of the instance, and it is backed up with that. What can be made anew belongs elsewhere.
    /// </summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public virtual string StateDirectory => Directory.CreateDirectory(PathOf(Path.Combine("state", InstanceName))).FullName;

    /// <summary>
    /// Makes the instance's counters, gauges and histograms. The host shows them at <c>/metrics</c>, named after plugin and instrument, with the labels <c>plugin</c> and <c>instance</c>, in a bounded number of
    /// series. It belongs to the host: the instance does not dispose it. An observable instrument is asked for at each look, so it must answer at once.
    /// </summary>
    public virtual Meter Meter => Unheard;

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
