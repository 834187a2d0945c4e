using System.Diagnostics.Metrics;

namespace Mdm.Host.Audit;

/// <summary>What monitoring sees of the trail.</summary>
internal static class AuditMetrics
{
    private static readonly Meter Meter = new("Mdm.Host.Audit");

    public static Counter<long> Lines { get; } = Meter.CreateCounter<long>("mdm.audit.lines", description: "Lines of the audit trail.");

    public static Counter<long> Unwritten { get; } = Meter.CreateCounter<long>("mdm.audit.unwritten", description: "Lines that could not be written.");

    public static Counter<long> Sent { get; } = Meter.CreateCounter<long>("mdm.audit.messages.sent", description: "Messages handed to the audit receiver.");

    public static Counter<long> Dropped { get; } = Meter.CreateCounter<long>("mdm.audit.messages.dropped", description: "Messages given up since too many waited.");

    public static Gauge<long> Waiting { get; } = Meter.CreateGauge<long>("mdm.audit.waiting", description: "Lines that the audit receiver has not had.");
}
