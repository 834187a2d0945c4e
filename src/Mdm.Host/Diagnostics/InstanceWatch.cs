using System.Collections.Immutable;
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
/// Asks the instances of plugins regularly whether they serve. Whoever looks at the host's health gets the latest answer and waits for no plugin. A catalogue, keystore or metadata store that
/// does not serve keeps the host from being ready; an archive does not: the others go on, and what is in the pool.
/// </summary>
internal sealed class InstanceWatch(InstanceSet instances, DiagnosticsOptions options, Readiness readiness, TimeProvider time, ILogger<InstanceWatch> log) : BackgroundService
{
    private ImmutableSortedDictionary<string, InstanceState> _states = ImmutableSortedDictionary.Create<string, InstanceState>(StringComparer.Ordinal);

    /// <summary>By place in the configuration; those that were asked.</summary>
    public IReadOnlyDictionary<string, InstanceState> States => Volatile.Read(ref _states);

    /// <summary>Those without which the host serves on, and that do not serve.</summary>
    public IReadOnlyList<string> Degraded => [.. States.Where(state => !state.Value.Serves && !IsVital(state.Key)).Select(state => $"{state.Key}: {state.Value.Found}")];

    /// <summary>Null for one that was not asked yet, or cannot be asked.</summary>
    public InstanceState? Of(string path) => States.GetValueOrDefault(path);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.Require("instances", () => States.FirstOrDefault(state => !state.Value.Serves && IsVital(state.Key)) is { Key: { } path, Value: var state } ? $"{path}: {state.Found}" : null);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Asks all of them now.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var before = States;
        var now = time.GetUtcNow();
        var states = ImmutableSortedDictionary.CreateBuilder<string, InstanceState>(StringComparer.Ordinal);
        foreach (var probe in await instances.ProbeAsync(SelfCheck.ProbeLimit, cancellationToken))
        {
            var known = before.GetValueOrDefault(probe.Path);
            states[probe.Path] = new InstanceState(probe.Serves, probe.Found, now, known?.Serves == probe.Serves ? known.Since : now);
            if (known?.Serves != probe.Serves && (known is not null || !probe.Serves))
                Tell(probe);
        }
        Volatile.Write(ref _states, states.ToImmutable());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Zero: they are not asked.
        if (options.ProbeInterval <= TimeSpan.Zero)
            return;
        while (true)
        {
            await LookAsync(stoppingToken);
            await Task.Delay(options.ProbeInterval, time, stoppingToken);
        }
    }

    private void Tell(ProbeResult probe)
    {
        if (probe.Serves)
            Log.InstanceServes(log, probe.Path, probe.Found);
        else
            Log.InstanceDoesNotServe(log, probe.Path, probe.Found);
    }

    private static bool IsVital(string path) => path is "Catalog" or "Keys" or "Metadata";
}
