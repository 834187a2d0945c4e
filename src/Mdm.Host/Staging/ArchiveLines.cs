using Mdm.Host.Orders;
using Mdm.Host.Plugins;

namespace Mdm.Host.Staging;

/// <summary>The lines before all archives: each is made when its archive is first asked for something, and stays. Safe for concurrent use.</summary>
internal sealed class ArchiveLines : IAsyncDisposable
{
    private readonly IArchiveSource _archives;
    private readonly Retrieval _retrieval;
    private readonly PluginCalls _calls;
    private readonly StagingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ArchiveLine> _lines = new(StringComparer.Ordinal);

    public ArchiveLines(IArchiveSource archives, Retrieval retrieval, PluginCalls calls, Drains? drains, StagingOptions options, TimeProvider time, ILogger log)
    {
        (_archives, _retrieval, _calls, _options, _time, _log) = (archives, retrieval, calls, options, time, log);
        Drains = new DrainGate(drains, DrainChanged);
    }

    /// <summary>Which archives are asked for nothing now.</summary>
    public DrainGate Drains { get; }

    /// <summary>The archives that were asked for anything since the start.</summary>
    public IReadOnlyList<ArchiveLoad> Loads => [.. All().Select(line => line.Load).OrderBy(load => load.Archive, StringComparer.Ordinal)];

    /// <summary>The line before an archive.</summary>
    /// <exception cref="MdmException">Unavailable: no such archive is configured.</exception>
    public ArchiveLine Of(string archive)
    {
        lock (_gate)
        {
            if (_lines.TryGetValue(archive, out var line))
                return line;
            if (_archives.FindArchive(archive) is null)
                throw ArchiveLine.NotConfigured(archive);
            return _lines[archive] = new ArchiveLine(archive, _archives, _retrieval, _calls.OfArchive(archive), _options, _time, _log, Drains);
        }
    }

    /// <summary>When a file would be there if it were asked for now, from how its archive did lately.</summary>
    public TimeSpan EstimateWait(string archive)
    {
        var line = Find(archive);
        return (Drains.IsDrained(archive) ? DrainGate.Estimate : TimeSpan.Zero) + (line is null ? TimeSpan.FromSeconds(1) : line.EstimateWait());
    }

    /// <summary>These archives are other instances from now on; what is under way ends with the old ones.</summary>
    public void Renew(IEnumerable<string> archives)
    {
        foreach (var archive in archives)
            Find(archive)?.Renew();
    }

    public async ValueTask DisposeAsync()
    {
        var lines = All();
        await Task.WhenAll(lines.Select(line => line.StopAsync()));
        lines.ForEach(line => line.Dispose());
    }

    private ArchiveLine? Find(string archive)
    {
        lock (_gate)
            return _lines.GetValueOrDefault(archive);
    }

    private List<ArchiveLine> All()
    {
        lock (_gate)
            return [.. _lines.Values];
    }

    private void DrainChanged() => All().ForEach(line => line.DrainChanged());
}
