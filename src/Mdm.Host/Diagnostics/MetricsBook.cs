using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Text;

namespace Mdm.Host.Diagnostics;

/// <summary>Listens to the process's instruments and writes them down for Prometheus, in bounded memory.</summary>
/// <remarks>
/// Only labels of a short list are kept, so that a label somebody adds by mistake (a path, a name, an id) reaches no monitoring system.
/// </remarks>
internal sealed class MetricsBook : IDisposable
{
    /// <summary>Most series of all instruments together.</summary>
    public const int MaxSeries = 2_000;

    /// <summary>Longest label value; longer ones are cut.</summary>
    private const int MaxLabelLength = 64;

    private static readonly FrozenSet<string> KnownLabels = new[]
    {
        "archive", "catalog", "deidentifier", "direction", "generation", "instance", "kind", "method", "operation", "outcome", "plugin", "protocol", "publication", "reason", "service",
        "stage", "status", "gc.heap.generation", "http.request.method", "http.response.status_code",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();
    private readonly MeterListener _listener = new();
    private readonly ILogger<MetricsBook> _log;
    private int _series;
    private long _dropped;

    public MetricsBook(ILogger<MetricsBook> log)
    {
        _log = log;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (IsOurs(instrument.Meter.Name))
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, i => new MetricFamily(i)));
        };
        _listener.SetMeasurementEventCallback<byte>((i, v, t, s) => Record(i, v, t, s));
        _listener.SetMeasurementEventCallback<short>((i, v, t, s) => Record(i, v, t, s));
        _listener.SetMeasurementEventCallback<int>((i, v, t, s) => Record(i, v, t, s));
        _listener.SetMeasurementEventCallback<long>((i, v, t, s) => Record(i, v, t, s));
        _listener.SetMeasurementEventCallback<float>((i, v, t, s) => Record(i, v, t, s));
        _listener.SetMeasurementEventCallback<double>((i, v, t, s) => Record(i, v, t, s));
        _listener.SetMeasurementEventCallback<decimal>((i, v, t, s) => Record(i, (double)v, t, s));
        _listener.Start();
    }

    /// <summary>All instruments in the Prometheus text format, version 0.0.4.</summary>
    public string Text()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder(16 * 1024);
        foreach (var family in _families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
            family.Write(text);
        text.Append("# HELP mdm_metrics_dropped_total Measurements without room for their series.\n# TYPE mdm_metrics_dropped_total counter\n")
            .Append("mdm_metrics_dropped_total ").Append(Interlocked.Read(ref _dropped)).Append('\n');
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static bool IsOurs(string meter) =>
        meter.StartsWith("Mdm.", StringComparison.Ordinal) || meter is "System.Runtime" or "Microsoft.AspNetCore.Server.Kestrel";

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (((MetricFamily)state!).Record(value, LabelsOf(tags), MayAddSeries))
            return;
        if (Interlocked.Increment(ref _dropped) == 1)
            Log.TooManySeries(_log, MaxSeries, instrument.Name);
    }

    private bool MayAddSeries()
    {
        if (Interlocked.Increment(ref _series) <= MaxSeries)
            return true;
        Interlocked.Decrement(ref _series);
        return false;
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return string.Empty;
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            if (KnownLabels.Contains(key))
                labels[key] = Clean(value?.ToString() ?? string.Empty);
        }
        return string.Join(',', labels.Select(l => $"{l.Key.Replace('.', '_')}=\"{l.Value}\""));
    }

    // Names of the configuration and of enums are of these; anything else has no business in a label.
    private static string Clean(string value) =>
        string.Concat(value.Take(MaxLabelLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ' ' ? c : '_'));
}
