using System.Diagnostics.Metrics;

namespace Mdm.Host.Plugins;

/// <summary>What monitoring sees of plugins beside what they measure themselves.</summary>
internal static class PluginMetrics
{
    private static readonly Meter Meter = new("Mdm.Host.Plugins");

    public static UpDownCounter<long> LeftBehind { get; } = Meter.CreateUpDownCounter<long>("mdm.plugin.calls.left", description: "Calls that went on after their limit and their cancellation, and have not ended.");

    public static Gauge<int> ArchiveAnswers { get; } = Meter.CreateGauge<int>("mdm.archive.answers", description: "1 while an archive is asked, 0 while it is left alone since it did not answer.");

    /// <summary>The last part of whose it is, as <c>radiology</c> of <c>Archives:radiology</c>, with its kind.</summary>
    public static ReadOnlySpan<KeyValuePair<string, object?>> Whose(string path)
    {
        var colon = path.IndexOf(':', StringComparison.Ordinal);
        return new KeyValuePair<string, object?>[]
        {
            new("kind", colon < 0 ? path : path[..colon]),
            new("instance", colon < 0 ? path : path[(colon + 1)..]),
        };
    }
}
