using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Text;
using Mdm.Host.Plugins;

namespace Mdm.Host.Diagnostics;

/// <summary>Listens to the process's instruments and writes them down for Prometheus, in bounded memory.</summary>
/// <remarks>
/// Only labels of a short list are kept, so that a label somebody adds by mistake (a path, a name, an id) reaches no monitoring system.
/// </remarks>
internal sealed class MetricsBook : IDisposable
{
    /// <summary>Most series of all instruments together.</summary>
    public const int MaxSeries = 2_000;

    /// <summary>Most series of one instance of a plugin's class.</summary>
    public const int MaxSeriesOfInstance = 100;

    /// <summary>Most instruments of one instance of a plugin's class.</summary>
    public const int MaxInstrumentsOfInstance = 50;

    /// <summary>How long a look waits for what plugins observe.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(1);

    /// <summary>Longest label value; longer ones are cut.</summary>
    private const int MaxLabelLength = 64;

    private static readonly FrozenSet<string> KnownLabels = new[]
    {
        "archive", "catalog", "deidentifier", "direction", "generation", "instance", "kind", "method", "operation", "outcome", "plugin", "protocol", "publication", "reason", "service",
        "stage", "status", "gc.heap.generation", "http.request.method", "http.response.status_code",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener;

    /// <summary>What plugins observe may throw or hang; that keeps nobody from seeing the rest.</summary>
    private readonly MeterListener _ofInstances;
    private readonly Lock _looking = new();
    private Task _look = Task.CompletedTask;
    private readonly ILogger<MetricsBook> _log;
    private int _series;
    private long _dropped;

    public MetricsBook(ILogger<MetricsBook> log)
    {
        _log = log;
        _listener = Listen(meter => meter.Scope is not InstanceScope && IsOurs(meter.Name));
        _ofInstances = Listen(meter => meter.Scope is InstanceScope);
    }

    /// <summary>All instruments in the Prometheus text format, version 0.0.4.</summary>
    public string Text()
    {
        _listener.RecordObservableInstruments();
        LookAtInstances();
        var text = new StringBuilder(16 * 1024);
        foreach (var family in _families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
            family.Write(text);
        text.Append("# HELP mdm_metrics_dropped_total Measurements without room for their series.\n# TYPE mdm_metrics_dropped_total counter\n")
            .Append("mdm_metrics_dropped_total ").Append(Interlocked.Read(ref _dropped)).Append('\n');
        return text.ToString();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _ofInstances.Dispose();
    }

    private MeterListener Listen(Func<Meter, bool> isHeard)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (isHeard(instrument.Meter) && FamilyOf(instrument) is { } family)
                    listener.EnableMeasurementEvents(instrument, family);
            },
        };
        listener.SetMeasurementEventCallback<byte>((i, v, t, s) => Record(i, v, t, s));
        listener.SetMeasurementEventCallback<short>((i, v, t, s) => Record(i, v, t, s));
        listener.SetMeasurementEventCallback<int>((i, v, t, s) => Record(i, v, t, s));
        listener.SetMeasurementEventCallback<long>((i, v, t, s) => Record(i, v, t, s));
        listener.SetMeasurementEventCallback<float>((i, v, t, s) => Record(i, v, t, s));
        listener.SetMeasurementEventCallback<double>((i, v, t, s) => Record(i, v, t, s));
        listener.SetMeasurementEventCallback<decimal>((i, v, t, s) => Record(i, (double)v, t, s));
        listener.Start();
        return listener;
    }

    /// <summary>The family of an instrument; null where it is not to be kept.</summary>
    private MetricFamily? FamilyOf(Instrument instrument)
    {
        var scope = instrument.Meter.Scope as InstanceScope;
        if (scope?.MayAddInstrument(MaxInstrumentsOfInstance) == false)
        {
            Log.InstrumentNotKept(_log, instrument.Name, scope.Path, $"there are more than {MaxInstrumentsOfInstance}");
            return null;
        }
        var family = new MetricFamily(instrument);
        var kept = _families.GetOrAdd(family.Name, family);
        if (kept.IsLike(family))
            return kept;
        Log.InstrumentNotKept(_log, instrument.Name, scope?.Path ?? instrument.Meter.Name, "another of that name is of another kind or unit");
        return null;
    }

    /// <summary>Asks what plugins observe, one look at a time; what takes too long shows the value of the look before.</summary>
    private void LookAtInstances()
    {
        Task look;
        lock (_looking)
        {
            if (_look.IsCompleted)
                _look = Task.Run(Look);
            look = _look;
        }
        if (!look.Wait(LookLimit))
            Log.InstrumentsHang(_log, LookLimit);
    }

    private void Look()
    {
        try
        {
            _ofInstances.RecordObservableInstruments();
        }
        catch (AggregateException faults)
        {
            // The others were asked all the same.
            foreach (var fault in faults.InnerExceptions)
                Log.InstrumentThrew(_log, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
        }
    }

    private static bool IsOurs(string meter) =>
        meter.StartsWith("Mdm.", StringComparison.Ordinal) || meter is "System.Runtime" or "Microsoft.AspNetCore.Server.Kestrel";

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var scope = instrument.Meter.Scope as InstanceScope;
        if (((MetricFamily)state!).Record(value, LabelsOf(tags, scope is null ? null : instrument.Meter.Tags), () => scope?.MayAddSeries(MaxSeriesOfInstance) != false && MayAddSeries()))
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

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags, IEnumerable<KeyValuePair<string, object?>>? whose)
    {
        if (tags.IsEmpty && whose is null)
            return string.Empty;
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            if (KnownLabels.Contains(key))
                labels[key] = Clean(value?.ToString() ?? string.Empty);
        }
        // Last: nobody measures in another's name.
        foreach (var (key, value) in whose ?? [])
            labels[key] = Clean(value?.ToString() ?? string.Empty);
        return string.Join(',', labels.Select(l => $"{l.Key.Replace('.', '_')}=\"{l.Value}\""));
    }

    // Names of the configuration and of enums are of these; anything else has no business in a label.
    private static string Clean(string value) =>
        string.Concat(value.Take(MaxLabelLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ' ' ? c : '_'));
}
