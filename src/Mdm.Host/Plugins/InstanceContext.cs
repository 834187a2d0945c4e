using System.Diagnostics.Metrics;
using Mdm.Abstractions;

namespace Mdm.Host.Plugins;

/// <summary>What one instance is given. It lives as long as the instance does: what it measured with ends with it.</summary>
internal sealed class InstanceContext : PluginContext, IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly PlannedInstance _planned;
    private readonly PluginSurroundings _surroundings;

    public InstanceContext(PlannedInstance planned, PluginSurroundings surroundings)
    {
        (_planned, _surroundings) = (planned, surroundings);
        Meter = new Meter(new MeterOptions(planned.Offer.Plugin)
        {
            // The plugin's name comes first in the names of its metrics, so that two plugins' never meet.
            Scope = new InstanceScope(planned.Path),
            Tags = [new("plugin", planned.Offer.Plugin), new("instance", planned.Name)],
        });
    }

    public override string InstanceName => _planned.Name;

    public override ILoggerFactory LoggerFactory => _surroundings.LoggerFactory;

    public override TimeProvider TimeProvider => _surroundings.TimeProvider;

    public override string BaseDirectory => _surroundings.BaseDirectory;

    /// <summary>As the instance's path in the configuration: <c>instances/Archives/radiology</c>. Names are checked when they are read.</summary>
    public override string StateDirectory =>
        Directory.CreateDirectory(Path.Combine([_surroundings.StateDirectory, "instances", .. _planned.Path.Split(':')]), OwnerOnly).FullName;

    public override Meter Meter { get; }

    public override ValueTask<Stream> ConnectAsync(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return endpoint is { IsAbsoluteUri: true, Scheme: "https" or "httpg" }
            ? _surroundings.Connect(endpoint, credential, cancellationToken)
            : throw new MdmException(MdmErrorKind.InvalidName, "A grid endpoint is https://host:port or httpg://host:port.");
    }

    public void Dispose() => Meter.Dispose();
}

/// <summary>Marks the meter of an instance, and counts what it has been given room for.</summary>
/// <param name="path">The instance's place in the configuration.</param>
internal sealed class InstanceScope(string path)
{
    private int _series;
    private int _instruments;

    public string Path => path;

    /// <summary>True unless that would be one more than <paramref name="most"/>.</summary>
    public bool MayAddSeries(int most) => Interlocked.Increment(ref _series) <= most;

    /// <summary>True unless that would be one more than <paramref name="most"/>.</summary>
    public bool MayAddInstrument(int most) => Interlocked.Increment(ref _instruments) <= most;
}
