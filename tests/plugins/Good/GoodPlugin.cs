using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.TestPlugins.PrivateLibrary;

[assembly: MdmPlugin(typeof(Mdm.TestPlugins.Good.GoodPlugin), Description = "An archive with nothing in it")]

namespace Mdm.TestPlugins.Good;

public sealed class GoodPlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar) =>
        registrar.AddStorageBackend<EmptyArchive, EmptyArchiveOptions>("empty", (options, context) =>
            options.Greeting == "refuse" ? throw new MdmException(MdmErrorKind.Refused, "told to refuse") : new EmptyArchive(options, context));
}

public sealed class EmptyArchiveOptions
{
    [Required]
    public string? Greeting { get; set; }

    [Range(1, 100)]
    public int Connections { get; set; } = 4;

    public string? SecretFile { get; set; }
}

/// <summary>An archive that holds nothing; its probe tells which private library it has.</summary>
public sealed class EmptyArchive(EmptyArchiveOptions options, PluginContext context) : IBrowsableBackend, IProbeable
{
    public int TimesDisposed { get; private set; }

    public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) => ValueTask.FromResult<ArchiveObjectInfo?>(null);

    public ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken) =>
        throw new MdmException(MdmErrorKind.NotFound, "Nothing is here.");

    public async IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public ValueTask<string> ProbeAsync(CancellationToken cancellationToken) =>
        options.Greeting == "silent"
            ? throw new MdmException(MdmErrorKind.Unavailable, "nobody answers")
            : ValueTask.FromResult($"{options.Greeting} from {context.InstanceName}, {Release.Name}");

    public ValueTask DisposeAsync()
    {
        TimesDisposed++;
        return default;
    }
}
