using System.Diagnostics.Metrics;
using Mdm.Host.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Diagnostics;

public sealed class MetricsBookTests : IDisposable
{
    private readonly MetricsBook _book = new(NullLogger<MetricsBook>.Instance);
    private readonly Meter _meter = new("Mdm.Test." + nameof(MetricsBookTests));

    public void Dispose()
    {
        _meter.Dispose();
        _book.Dispose();
    }

    [Fact]
    public void Adds_counters_up_by_label()
    {
        var counter = _meter.CreateCounter<long>("test.fetches", description: "Objects fetched");
        counter.Add(2, new KeyValuePair<string, object?>("archive", "radiology"));
        counter.Add(3, new KeyValuePair<string, object?>("archive", "radiology"));

        _book.Text().Should().Contain("# HELP test_fetches_total Objects fetched\n# TYPE test_fetches_total counter\ntest_fetches_total{archive=\"radiology\"} 5\n");
    }

    [Fact]
    public void Shows_an_observed_value_as_it_is_not_as_a_sum()
    {
        _meter.CreateObservableGauge("test.queue", () => 7);

        _book.Text().Should().Contain("test_queue 7\n");
        _book.Text().Should().Contain("test_queue 7\n");
    }

    [Fact]
    public void Counts_a_duration_into_every_bucket_it_fits()
    {
        var histogram = _meter.CreateHistogram<double>("test.wait", unit: "s");
        histogram.Record(0.02);
        histogram.Record(2);

        _book.Text().Should().Contain("test_wait_seconds_bucket{le=\"0.01\"} 0\n").And.Contain("test_wait_seconds_bucket{le=\"0.05\"} 1\n")
            .And.Contain("test_wait_seconds_bucket{le=\"+Inf\"} 2\n").And.Contain("test_wait_seconds_sum 2.02\n").And.Contain("test_wait_seconds_count 2\n");
    }

    [Fact]
    public void Keeps_no_label_it_does_not_know_and_no_strange_character()
    {
        var counter = _meter.CreateCounter<int>("test.leaks");
        counter.Add(1, new KeyValuePair<string, object?>("patient", "Doe^John"), new KeyValuePair<string, object?>("reason", "a\"b\nc"));

        var text = _book.Text();

        text.Should().Contain("test_leaks_total{reason=\"a_b_c\"} 1\n");
        text.Should().NotContain("Doe").And.NotContain("patient");
    }

    [Fact]
    public void Holds_a_bounded_number_of_series()
    {
        var counter = _meter.CreateCounter<int>("test.many");
        for (var i = 0; i < MetricsBook.MaxSeries + 10; i++)
            counter.Add(1, new KeyValuePair<string, object?>("reason", $"r{i}"));

        var text = _book.Text();

        text.Split('\n').Count(l => l.StartsWith("test_many_total{", StringComparison.Ordinal)).Should().BeLessThanOrEqualTo(MetricsBook.MaxSeries);
        text.Should().MatchRegex("mdm_metrics_dropped_total [1-9]");
    }

    [Fact]
    public void Does_not_listen_to_strangers()
    {
        using var stranger = new Meter("Acme.Whatever");
        stranger.CreateCounter<int>("acme.thing").Add(1);

        _book.Text().Should().NotContain("acme");
    }
}
