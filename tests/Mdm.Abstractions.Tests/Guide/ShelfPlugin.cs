using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using Mdm.Abstractions;
using Mdm.Abstractions.Tests.Guide;
using Microsoft.Extensions.Logging;

[assembly: MdmPlugin(typeof(ShelfPlugin), Description = "A shelf of files")]

namespace Mdm.Abstractions.Tests.Guide;

public sealed class ShelfPlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar)
    {
        ArgumentNullException.ThrowIfNull(registrar);
        registrar.AddStorageBackend<ShelfBackend, ShelfOptions>("acme-shelf", (options, context) => new ShelfBackend(options, context));
        registrar.AddGridService<EchoService, EchoOptions>("acme-echo", (options, context) => new EchoService());
        registrar.AddGridHttpService<StatusService, EchoOptions>("acme-status", (options, context) => new StatusService(context));
    }
}

public sealed class ShelfOptions : IValidatableObject
{
    [Required]
    public string? Folder { get; set; }

    /// <summary>A secret is the path of a file.</summary>
    public string? TokenFile { get; set; }

    [Range(4096, 1 << 20)]
    public int BufferBytes { get; set; } = 1 << 16;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Folder == "/")
            yield return new ValidationResult("is the whole machine; name the folder of the shelf.", [nameof(Folder)]);
    }
}

internal sealed partial class ShelfBackend : IStorageBackend, IProbeable
{
    private readonly string _folder;
    private readonly int _buffer;
    private readonly Counter<long> _opened;
    private readonly ILogger _log;

    public ShelfBackend(ShelfOptions options, PluginContext context)
    {
        (_folder, _buffer) = (context.PathOf(options.Folder!), options.BufferBytes);
        _log = context.LoggerFactory.CreateLogger<ShelfBackend>();
        _opened = context.Meter.CreateCounter<long>("objects.opened", description: "Objects that were opened.");
        context.Meter.CreateObservableGauge("disk.free", () => new DriveInfo(_folder).AvailableFreeSpace, unit: "By");
        File.WriteAllText(Path.Combine(context.StateDirectory, "last-start"), context.TimeProvider.GetUtcNow().ToString("O"));
    }

    public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = new FileInfo(PathOf(id));
        return new(file.Exists ? new ArchiveObjectInfo(id, "application/octet-stream", file.Length) : null);
    }

    public async ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        var info = await FindAsync(id, cancellationToken) ?? throw new MdmException(MdmErrorKind.NotFound, "The shelf holds no such object.");
        try
        {
            var stream = new FileStream(PathOf(id), new FileStreamOptions { BufferSize = _buffer, Options = FileOptions.Asynchronous });
            _opened.Add(1);
            Opened(_log, id);
            return ArchiveContent.Opened(info, stream);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.Unavailable, "The shelf cannot be read now. Try again later.", fault);
        }
    }

    public ValueTask<string> ProbeAsync(CancellationToken cancellationToken) => Directory.Exists(_folder)
        ? new($"the shelf is there, {new DriveInfo(_folder).AvailableFreeSpace >> 30} GB are free.")
        : throw new MdmException(MdmErrorKind.Unavailable, "the folder of the shelf is not there; is its disk mounted?");

    public ValueTask DisposeAsync() => default;

    private string PathOf(ArchiveObjectId id) => id.Value.All(char.IsAsciiLetterOrDigit)
        ? Path.Combine(_folder, id.Value)
        : throw new MdmException(MdmErrorKind.InvalidName, "An id of the shelf is of letters and digits.");

    // An id prints as a hash; its value may say who a patient is.
    [LoggerMessage(1, LogLevel.Debug, "Opened {Object}")]
    private static partial void Opened(ILogger log, ArchiveObjectId @object);
}
