using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Text;
using Mdm.Host.Configuration;
using Mdm.Host.Plugins;

namespace Mdm.Host.Diagnostics;

/// <summary>How an instance was when it was last asked.</summary>
/// <param name="Serves">True when it served.</param>
/// <param name="Found">The plugin's sentence.</param>
/// <param name="At">When.</param>
/// <param name="Since">Since when it is as it is.</param>
internal sealed record InstanceState(bool Serves, string Found, DateTimeOffset At, DateTimeOffset Since);

/// <summary>
/// Asks the instances of plugins whether they serve: regularly, and when somebody wants to know more than is fresh. Readiness, metrics and operators see the last look and wait for no plugin.
/// A catalogue, keystore or metadata store that does not serve keeps the host from being ready; an archive does not: the others go on, and what is in the pool.
/// </summary>
internal sealed class InstanceWatch : BackgroundService
{
    /// <summary>How long a probe may take; whoever wants to know waits as long.</summary>
    public static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long what was found is told again, so that looking often is no load.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly InstanceSet _instances;
    private readonly DiagnosticsOptions _options;
    private readonly Readiness _readiness;
    private readonly TimeProvider _time;
    private readonly ILogger<InstanceWatch> _log;
    private readonly Meter _meter = new("Mdm.Host.Instances");
    private readonly Lock _gate = new();
    private ImmutableSortedDictionary<string, InstanceState> _states = ImmutableSortedDictionary.Create<string, InstanceState>(StringComparer.Ordinal);
    private Task _look = Task.CompletedTask;
    private long? _lookedAt;

    public InstanceWatch(InstanceSet instances, DiagnosticsOptions options, Readiness readiness, TimeProvider time, ILogger<InstanceWatch> log)
    {
        (_instances, _options, _readiness, _time, _log) = (instances, options, readiness, time, log);
        _meter.CreateObservableGauge("mdm.instance.serves", () => States.Select(state => new Measurement<int>(state.Value.Serves ? 1 : 0, PluginMetrics.Whose(state.Key))), description: "1 where an instance's last probe found that it serves, 0 where it does not.");
    }

    /// <summary>By place in the configuration; those that were asked.</summary>
    public IReadOnlyDictionary<string, InstanceState> States => Volatile.Read(ref _states);

    /// <summary>Those without which the host serves on, and that do not serve.</summary>
    public IReadOnlyList<string> Degraded => [.. States.Where(state => !state.Value.Serves && !IsVital(state.Key)).Select(state => $"{state.Key}: {state.Value.Found}")];

    /// <summary>Null for one that was not asked yet, or cannot be asked.</summary>
    public InstanceState? Of(string path) => States.GetValueOrDefault(path);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _readiness.Require("instances", () => States.FirstOrDefault(state => !state.Value.Serves && IsVital(state.Key)) is { Key: { } path, Value: var state } ? $"{path}: {state.Found}" : null);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Asks all of them, from now on: what a look that is under way has found already may be older.</summary>
    public Task LookAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return (_look = LookAfterAsync(_look)).WaitAsync(cancellationToken);
    }

    /// <summary>A line for each configured instance, with the calls that were left behind in it, and whether all serve; from a look that is <see cref="Fresh"/>.</summary>
    public async Task<(bool AllServe, string Text)> TellAsync(CancellationToken cancellationToken)
    {
        await FreshLook().WaitAsync(cancellationToken);
        var text = new StringBuilder();
        var allServe = true;
        foreach (var path in _instances.Configured.Select(planned => planned.Path))
        {
            var state = Of(path);
            var left = _instances.Calls.CountOf(path);
            var serves = state is null or { Serves: true } && left == 0;
            allServe &= serves;
            text.Append(path).Append(serves ? ": ok" : ": not well").Append(state is null ? ", has no probe" : ", " + state.Found.ReplaceLineEndings(" "));
            if (left > 0)
                text.Append("; calls left behind: ").Append(left);
            text.Append('\n');
        }
        return (allServe, text.ToString());
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Zero: they are asked only when somebody wants to know.
        if (_options.ProbeInterval <= TimeSpan.Zero)
            return;
        while (true)
        {
            await LookAsync(stoppingToken);
            await Task.Delay(_options.ProbeInterval, _time, stoppingToken);
        }
    }

    private Task FreshLook()
    {
        lock (_gate)
            return !_look.IsCompleted || (_lookedAt is { } at && _time.GetElapsedTime(at) < Fresh) ? _look : _look = LookAfterAsync(_look);
    }

    // Whoever wanted it may leave: others wait for the same.
    private async Task LookAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var known = States;
        var now = _time.GetUtcNow();
        var states = ImmutableSortedDictionary.CreateBuilder<string, InstanceState>(StringComparer.Ordinal);
        foreach (var probe in await _instances.ProbeAsync(ProbeLimit, CancellationToken.None))
        {
            var last = known.GetValueOrDefault(probe.Path);
            states[probe.Path] = new InstanceState(probe.Serves, probe.Found, now, last?.Serves == probe.Serves ? last.Since : now);
            if (last?.Serves != probe.Serves && (last is not null || !probe.Serves))
                Note(probe);
        }
        Volatile.Write(ref _states, states.ToImmutable());
        lock (_gate)
            _lookedAt = _time.GetTimestamp();
    }

    private void Note(ProbeResult probe)
    {
        if (probe.Serves)
            Log.InstanceServes(_log, probe.Path, probe.Found);
        else
            Log.InstanceDoesNotServe(_log, probe.Path, probe.Found);
    }

    private static bool IsVital(string path) => path is "Catalog" or "Keys" or "Metadata";
}
