using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Abstractions.Testing;

/// <summary>What a host gives to an instance, for tests: nothing is logged unless it is said where to, nobody is connected to unless it is said how. Dispose it after the instance.</summary>
/// <param name="baseDirectory">Against which relative paths in options are meant; the state directory is made in it when it is asked for.</param>
public sealed class QuietContext(string baseDirectory) : PluginContext, IDisposable
{
    private readonly Meter _meter = new("Mdm.Quiet");

    /// <summary>The instance's name.</summary>
    public string Name { get; init; } = "test";

    /// <summary>The clock; the system's unless given.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the logs go; nowhere unless given.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    /// <summary>What <see cref="PluginContext.ConnectAsync"/> gives; refused unless given.</summary>
    public Func<Uri, IGridCredential?, CancellationToken, ValueTask<Stream>> Connect { get; init; } =
        static (_, _, _) => throw new MdmException(MdmErrorKind.Unsupported, "This test has no grid connections: it gives none by Connect.");

    /// <inheritdoc/>
    public override string InstanceName => Name;

    /// <inheritdoc/>
    public override ILoggerFactory LoggerFactory => Loggers;

    /// <inheritdoc/>
    public override TimeProvider TimeProvider => Time;

    /// <inheritdoc/>
    public override string BaseDirectory { get; } = Path.GetFullPath(baseDirectory);

    /// <inheritdoc/>
    public override Meter Meter => _meter;

    /// <inheritdoc/>
    public override ValueTask<Stream> ConnectAsync(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken) => Connect(endpoint, credential, cancellationToken);

    /// <summary>Ends the instance's counters.</summary>
    public void Dispose() => _meter.Dispose();
}
