using System.Diagnostics.Metrics;

namespace Mdm.Host.Services;

/// <summary>What monitoring sees of the ports.</summary>
internal static class ServiceMetrics
{
    private static readonly Meter Meter = new("Mdm.Host.Services");

    public static UpDownCounter<long> Open { get; } = Meter.CreateUpDownCounter<long>("mdm.service.connections.open", description: "Open connections of protocols of the plugins' own.");

    public static Counter<long> Accepted { get; } = Meter.CreateCounter<long>("mdm.service.connections", description: "Connections of protocols of the plugins' own, by what became of them.");

    public static Histogram<double> Authentications { get; } = Meter.CreateHistogram<double>("mdm.service.handshake", "s", "TLS handshakes of protocols of the plugins' own, by outcome.");

    public static KeyValuePair<string, object?> Service(string name) => new("service", name);

    public static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);
}
