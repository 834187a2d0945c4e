using Mdm.Abstractions;
using Mdm.Abstractions.Testing;

[assembly: MdmPlugin(typeof(Mdm.TestPlugins.Faulty.FaultyPlugin), Description = "An archive and a catalogue that fail as their configuration says")]

namespace Mdm.TestPlugins.Faulty;

public sealed class FaultyPlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar)
    {
        ArgumentNullException.ThrowIfNull(registrar);
        registrar.AddStorageBackend<FaultyBackend, FaultyOptions>("faulty", (options, context) => new FaultyBackend(options, context));
        registrar.AddCatalog<FaultyCatalog, FaultyCatalogOptions>("faulty", (options, _) => new FaultyCatalog(options));
    }
}

/// <summary>What is to go wrong, and where.</summary>
public sealed class FaultyOptions
{
    public int Objects { get; set; } = 3;

    public int Bytes { get; set; } = 200_000;

    public ArchiveFault Making { get; set; }

    public ArchiveFault Listing { get; set; }

    public ArchiveFault Reading { get; set; }

    public ArchiveFault Probing { get; set; }

    public TimeSpan Pace { get; set; } = TimeSpan.FromMilliseconds(200);
}

/// <summary>An archive in memory, with a fault of its own for each thing that it is asked.</summary>
public sealed class FaultyBackend : IBrowsableBackend, IProbeable
{
    private readonly InMemoryBackend _behind = new();
    private readonly FaultyArchive _listing;
    private readonly FaultyArchive _reading;
    private readonly FaultyArchive _probing;

    public FaultyBackend(FaultyOptions options, PluginContext context)
    {
        if (options.Making == ArchiveFault.Foreign)
            throw new InvalidOperationException("told to throw");
        for (var number = 1; number <= options.Objects; number++)
            _behind.Put($"{context.InstanceName}/{number}", [.. Enumerable.Range(0, options.Bytes).Select(i => (byte)(i * number))]);
        (_listing, _reading, _probing) = (With(options.Listing), With(options.Reading), With(options.Probing));

        FaultyArchive With(ArchiveFault fault)
        {
            var archive = new FaultyArchive(_behind, context.TimeProvider) { Pace = options.Pace };
            archive.Fail(fault);
            return archive;
        }
    }

    public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) => _reading.FindAsync(id, cancellationToken);

    public ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken) => _reading.OpenReadAsync(id, cancellationToken);

    public IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, CancellationToken cancellationToken) => _listing.BrowseAsync(selection, cancellationToken);

    public ValueTask<string> ProbeAsync(CancellationToken cancellationToken) => _probing.ProbeAsync(cancellationToken);

    public ValueTask DisposeAsync() => _behind.DisposeAsync();
}
