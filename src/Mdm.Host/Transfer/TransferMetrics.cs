using System.Diagnostics.Metrics;

namespace Mdm.Host.Transfer;

/// <summary>What monitoring sees of transfers.</summary>
internal static class TransferMetrics
{
    private static readonly Meter Meter = new("Mdm.Host.Transfer");

    public static UpDownCounter<long> Running { get; } = Meter.CreateUpDownCounter<long>("mdm.transfers.running", description: "Files that are being sent.");

    public static Counter<long> Ended { get; } = Meter.CreateCounter<long>("mdm.transfers", description: "Files sent, by whether to the end.");

    public static Counter<long> Bytes { get; } = Meter.CreateCounter<long>("mdm.transfers.sent", "By", "Bytes sent.");

    public static UpDownCounter<long> Coming { get; } = Meter.CreateUpDownCounter<long>("mdm.uploads.running", description: "Files that are being received.");

    public static Counter<long> Come { get; } = Meter.CreateCounter<long>("mdm.uploads", description: "Files received, by whether to the end.");

    public static Counter<long> BytesReceived { get; } = Meter.CreateCounter<long>("mdm.uploads.received", "By", "Bytes received.");

    public static KeyValuePair<string, object?> Outcome(bool isComplete) => new("outcome", isComplete ? "complete" : "aborted");
}
