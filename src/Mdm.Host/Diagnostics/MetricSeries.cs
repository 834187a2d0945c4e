using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Mdm.Host.Plugins;

namespace Mdm.Host.Diagnostics;

/// <summary>How an instrument is shown.</summary>
internal enum SeriesKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One instrument with its series, one per set of labels.</summary>
internal sealed class MetricFamily
{
    // Seconds of a request, a fetch, a handshake: from a cache's answer to a slow archive's.
    private static readonly double[] SecondsBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900];
    private static readonly double[] BytesBounds = [1 << 10, 1 << 14, 1 << 17, 1 << 20, 1 << 23, 1 << 26, 1 << 29, 1L << 32];
    private static readonly double[] CountBounds = [1, 2, 5, 10, 50, 100, 500, 1_000, 10_000];

    /// <summary>Longest name, before unit and kind are added; a longer one is cut.</summary>
    private const int MaxNameLength = 200;

    private readonly Dictionary<string, MetricSeries> _series = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public MetricFamily(Instrument instrument)
    {
        Kind = KindOf(instrument);
        // An instance's metrics have its plugin's name before them, so that they meet neither the host's nor another plugin's.
        Name = NameOf(instrument.Meter.Scope is InstanceScope ? $"{instrument.Meter.Name}.{instrument.Name}" : instrument.Name, instrument.Unit, Kind);
        Help = (instrument.Description ?? instrument.Name).ReplaceLineEndings(" ");
        Bounds = instrument.Unit switch { "s" => SecondsBounds, "By" => BytesBounds, _ => CountBounds };
        AddsUp = instrument is Counter<long> or Counter<int> or Counter<double> or UpDownCounter<long> or UpDownCounter<int> or UpDownCounter<double>;
    }

    public string Name { get; }

    public string Help { get; }

    public SeriesKind Kind { get; }

    public double[] Bounds { get; }

    /// <summary>True when measurements are differences, false when they are the value itself.</summary>
    public bool AddsUp { get; }

    /// <summary>Takes one measurement; false when its series would be one too many.</summary>
    public bool Record(double value, string labels, Func<bool> mayAddSeries)
    {
        lock (_lock)
        {
            if (!_series.TryGetValue(labels, out var series))
            {
                if (!mayAddSeries())
                    return false;
                _series[labels] = series = new MetricSeries(labels, Kind == SeriesKind.Histogram ? Bounds.Length : 0);
            }
            series.Record(this, value);
            return true;
        }
    }

    /// <summary>Writes the family in the Prometheus text format, version 0.0.4.</summary>
    public void Write(StringBuilder text)
    {
        lock (_lock)
        {
            if (_series.Count == 0)
                return;
            text.Append("# HELP ").Append(Name).Append(' ').Append(Help.Replace("\\", "\\\\", StringComparison.Ordinal)).Append('\n');
            text.Append("# TYPE ").Append(Name).Append(' ').Append(Kind.ToString().ToLowerInvariant()).Append('\n');
            foreach (var series in _series.Values.OrderBy(s => s.Labels, StringComparer.Ordinal))
                series.Write(this, text);
        }
    }

    private static SeriesKind KindOf(Instrument instrument)
    {
        var name = instrument.GetType().Name;
        return name.StartsWith("Histogram", StringComparison.Ordinal) ? SeriesKind.Histogram
            : name.StartsWith("Counter", StringComparison.Ordinal) || name.StartsWith("ObservableCounter", StringComparison.Ordinal) ? SeriesKind.Counter
            : SeriesKind.Gauge;
    }

    /// <summary>True where the other's measurements can be written down with this one's: instances of one plugin have the same instruments.</summary>
    public bool IsLike(MetricFamily other) => (Kind, AddsUp, Bounds) == (other.Kind, other.AddsUp, other.Bounds);

    private static string NameOf(string instrument, string? measuredIn, SeriesKind kind)
    {
        var name = new StringBuilder(instrument.Length + 16);
        foreach (var c in instrument.Length > MaxNameLength ? instrument.AsSpan(0, MaxNameLength) : instrument)
            name.Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_');
        var unit = measuredIn switch { "s" => "_seconds", "By" => "_bytes", _ => string.Empty };
        if (!name.ToString().EndsWith(unit, StringComparison.Ordinal))
            name.Append(unit);
        if (kind == SeriesKind.Counter && !name.ToString().EndsWith("_total", StringComparison.Ordinal))
            name.Append("_total");
        return name.ToString();
    }
}

/// <summary>One line of numbers. Guarded by its family's lock.</summary>
internal sealed class MetricSeries(string labels, int bounds)
{
    private readonly long[] _buckets = new long[bounds];
    private double _value;
    private long _count;

    public string Labels { get; } = labels;

    public void Record(MetricFamily family, double value)
    {
        if (family.Kind != SeriesKind.Histogram)
        {
            _value = family.AddsUp ? _value + value : value;
            return;
        }
        _value += value;
        _count++;
        for (var i = 0; i < _buckets.Length; i++)
        {
            if (value <= family.Bounds[i])
                _buckets[i]++;
        }
    }

    public void Write(MetricFamily family, StringBuilder text)
    {
        if (family.Kind != SeriesKind.Histogram)
        {
            Line(text, family.Name, Labels, _value);
            return;
        }
        var separator = Labels.Length == 0 ? "" : ",";
        for (var i = 0; i < _buckets.Length; i++)
            Line(text, family.Name + "_bucket", $"{Labels}{separator}le=\"{family.Bounds[i].ToString(CultureInfo.InvariantCulture)}\"", _buckets[i]);
        Line(text, family.Name + "_bucket", $"{Labels}{separator}le=\"+Inf\"", _count);
        Line(text, family.Name + "_sum", Labels, _value);
        Line(text, family.Name + "_count", Labels, _count);
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }
}
