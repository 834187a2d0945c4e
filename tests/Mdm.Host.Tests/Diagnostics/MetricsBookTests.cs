using System.Diagnostics.Metrics;
using Mdm.Host.Diagnostics;
using Mdm.Host.Plugins;
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

    [Fact]
    public void Shows_what_instances_measure_under_their_plugins_name_with_theirs()
    {
        using var radiology = MeterOf("radiology");
        using var cardiology = MeterOf("cardiology");
        radiology.CreateCounter<long>("objects.opened").Add(2, new KeyValuePair<string, object?>("instance", "somebody else"));
        cardiology.CreateCounter<long>("objects.opened").Add(3);

        _book.Text().Should().Contain("""
            # TYPE acme_pacs_objects_opened_total counter
            acme_pacs_objects_opened_total{instance="cardiology",plugin="Acme.Pacs"} 3
            acme_pacs_objects_opened_total{instance="radiology",plugin="Acme.Pacs"} 2

            """);
    }

    [Fact]
    public void What_a_plugin_observes_may_throw_or_hang_and_the_rest_is_shown()
    {
        using var healed = new ManualResetEventSlim();
        using var plugin = MeterOf("radiology");
        plugin.CreateObservableGauge("throws", int () => throw new InvalidOperationException("Doe^John"));
        plugin.CreateObservableGauge("hangs", () =>
        {
            healed.Wait();
            return 7;
        });
        _meter.CreateObservableGauge("test.queue", () => 7);
        try
        {
            _book.Text().Should().Contain("test_queue 7\n").And.NotContain("hangs").And.NotContain("Doe");
            _book.Text().Should().Contain("test_queue 7\n").And.NotContain("hangs", "it is not asked again while it hangs");
        }
        finally
        {
            healed.Set();
        }
    }

    [Fact]
    public void One_instance_has_room_for_a_bounded_number_of_instruments_and_series()
    {
        using var plugin = MeterOf("radiology");
        for (var i = 0; i < MetricsBook.MaxInstrumentsOfInstance + 10; i++)
            plugin.CreateCounter<int>($"many{i}").Add(1);
        using var other = MeterOf("cardiology");
        var counter = other.CreateCounter<int>("wide");
        for (var i = 0; i < MetricsBook.MaxSeriesOfInstance + 10; i++)
            counter.Add(1, new KeyValuePair<string, object?>("reason", $"r{i}"));

        var lines = _book.Text().Split('\n');

        lines.Count(l => l.StartsWith("acme_pacs_many", StringComparison.Ordinal)).Should().Be(MetricsBook.MaxInstrumentsOfInstance);
        lines.Count(l => l.StartsWith("acme_pacs_wide", StringComparison.Ordinal)).Should().Be(MetricsBook.MaxSeriesOfInstance);
    }

    [Fact]
    public void A_name_that_means_two_things_keeps_the_first()
    {
        using var radiology = MeterOf("radiology");
        using var cardiology = MeterOf("cardiology");
        radiology.CreateCounter<long>("things.total").Add(2);
        cardiology.CreateUpDownCounter<long>("things.total").Add(3);

        _book.Text().Split('\n').Where(l => l.Contains("acme_pacs_things", StringComparison.Ordinal) && !l.StartsWith('#')).Should().Equal("acme_pacs_things_total{instance=\"radiology\",plugin=\"Acme.Pacs\"} 2");
    }

    private static Meter MeterOf(string instance) => new(new MeterOptions("Acme.Pacs")
    {
        Scope = new InstanceScope($"Archives:{instance}"),
        Tags = [new("plugin", "Acme.Pacs"), new("instance", instance)],
    });
}
