using System.Diagnostics.Metrics;
using System.Text;
using Mdm.Host.Plugins;

namespace Mdm.Host.Diagnostics;

/// <summary>
/// How each configured instance is: what its probe found, and how many of its calls were left behind. Asked when somebody looks, and not again while that is fresh, so that looking often is no load;
/// monitoring sees the last look.
/// </summary>
internal sealed class InstanceHealth : IDisposable
{
    /// <summary>How long a probe may take; whoever looks waits as long.</summary>
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long what was found is told again.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly InstanceSet _instances;
    private readonly TimeProvider _time;
    private readonly Meter _meter = new("Mdm.Host.Instances");
    private readonly Lock _gate = new();
    private Task<IReadOnlyList<ProbeResult>>? _look;
    private long _lookedAt;
    private IReadOnlyList<ProbeResult> _found = [];

    public InstanceHealth(InstanceSet instances, TimeProvider time)
    {
        (_instances, _time) = (instances, time);
        _meter.CreateObservableGauge("mdm.instance.serves", () => _found.Select(found => new Measurement<int>(found.Serves ? 1 : 0, PluginMetrics.Whose(found.Path))), description: "1 where an instance's last probe found that it serves, 0 where it does not.");
    }

    /// <summary>A line for each instance, and whether all serve.</summary>
    public async Task<(bool AllServe, string Text)> LookAsync(CancellationToken cancellationToken)
    {
        var found = (await ProbedAsync().WaitAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(probe => probe.Path, StringComparer.Ordinal);
        var text = new StringBuilder();
        var allServe = true;
        foreach (var path in _instances.Configured.Select(planned => planned.Path))
        {
            var probe = found.GetValueOrDefault(path);
            var left = _instances.Calls.CountOf(path);
            var serves = probe is null or { Serves: true } && left == 0;
            allServe &= serves;
            text.Append(path).Append(serves ? ": ok" : ": not well").Append(probe is null ? ", has no probe" : ", " + probe.Found.ReplaceLineEndings(" "));
            if (left > 0)
                text.Append("; calls left behind: ").Append(left);
            text.Append('\n');
        }
        return (allServe, text.ToString());
    }

    public void Dispose() => _meter.Dispose();

    private Task<IReadOnlyList<ProbeResult>> ProbedAsync()
    {
        lock (_gate)
        {
            if (_look is { IsCompleted: false } || (_look is { IsCompletedSuccessfully: true } && _time.GetElapsedTime(_lookedAt) < Fresh))
                return _look;
            return _look = ProbeAsync();
        }
    }

    private async Task<IReadOnlyList<ProbeResult>> ProbeAsync()
    {
        // Whoever looked first may leave; the others wait for the same.
        _found = await _instances.ProbeAsync(ProbeLimit, CancellationToken.None).ConfigureAwait(false);
        _lookedAt = _time.GetTimestamp();
        return _found;
    }
}
