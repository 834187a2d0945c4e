using System.Diagnostics.Metrics;
using Mdm.Host.Orders;
using Mdm.Host.Requests;
using Mdm.Host.Staging;
using Mdm.Host.Usage;

namespace Mdm.Host.Administration;

/// <summary>What monitoring sees of a storage host beside what its folders count themselves. Labels are names of the configuration and fixed words.</summary>
internal sealed class HostMetrics : IHostedService, IDisposable
{
    private readonly Meter _meter = new("Mdm.Host.Storage");

    public HostMetrics(StagingArea staging, RequestBook book, Bans bans, Drains drains, ConfiguredNames archives, UsageBook usage)
    {
        _meter.CreateObservableGauge("mdm.pool.quota", () => staging.Usage.Quota, "By", "Room in the pool.");
        _meter.CreateObservableGauge("mdm.pool.used", () => staging.Usage.Used, "By", "What lies in the pool.");
        _meter.CreateObservableGauge("mdm.pool.pinned", () => staging.Usage.Pinned, "By", "What of it is kept for somebody.");
        _meter.CreateObservableGauge("mdm.pool.reserved", () => staging.Usage.Reserved, "By", "Room set aside for what is being fetched.");
        _meter.CreateObservableGauge("mdm.requests.open", () => book.OpenCount, description: "Requests that are not at their end.");
        _meter.CreateObservableGauge("mdm.requests.files", () => Files(book), description: "Files in them, by how far they are.");
        _meter.CreateObservableGauge("mdm.archive.retrievals", () => Loads(staging, load => load.Retrievals), description: "Retrievals under way.");
        _meter.CreateObservableGauge("mdm.archive.queued", () => Loads(staging, load => load.Queued), description: "Objects that wait for their turn.");
        _meter.CreateObservableCounter("mdm.archive.delivered", () => Loads(staging, load => load.Delivered), description: "Objects that archives delivered.");
        _meter.CreateObservableCounter("mdm.archive.bytes", () => Loads(staging, load => load.Bytes), "By", "Their bytes.");
        _meter.CreateObservableGauge("mdm.archive.drained", () => archives.Now.Select(name => new Measurement<int>(drains.Of(name) is null ? 0 : 1, Label("archive", name))), description: "1 while an archive is asked for nothing.");
        _meter.CreateObservableGauge("mdm.host.drained", () => drains.OfHost is null ? 0 : 1, description: "1 while the host takes no new requests.");
        _meter.CreateObservableGauge("mdm.bans", () => bans.All.Count, description: "Bans that hold.");
        _meter.CreateObservableGauge("mdm.usage.pending", () => usage.Pending, description: "Counts of usage that are not written yet.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Loads(StagingArea staging, Func<ArchiveLoad, long> value) => staging.Loads.Select(load => new Measurement<long>(value(load), Label("archive", load.Archive)));

    private static IEnumerable<Measurement<int>> Files(RequestBook book)
    {
        var files = book.OpenFiles;
        return new[] { FileState.Queued, FileState.InProgress, FileState.Ready }.Select(state => new Measurement<int>(files.GetValueOrDefault(state), Label("status", state.ToString())));
    }

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
