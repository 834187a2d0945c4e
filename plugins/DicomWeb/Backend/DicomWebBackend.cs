using System.Collections.Immutable;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>
/// A PACS as a storage backend over DICOMweb: found and listed by QIDO-RS, read by WADO-RS. Ids, entries and content are those of the <c>dicom</c> backend.
/// </summary>
internal class DicomWebBackend(DicomWebOptions options, PluginContext context) : IBrowsableBackend, IBatchReadableBackend, IDescribingBackend, IProbeable
{
    private readonly ArchiveServices _archive = new(options, context);
    private readonly ILogger _log = context.LoggerFactory.CreateLogger("Mdm.Plugins.DicomWeb." + context.InstanceName);

    protected ArchiveServices Archive => _archive;

    /// <summary>The archive as its administrator opened it: only where objects may be stored has it the ability.</summary>
    public static DicomWebBackend Create(DicomWebOptions options, PluginContext context) => options.Writable ? new WritableDicomWebBackend(options, context) : new DicomWebBackend(options, context);

    public async ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) =>
        await _archive.HoldsAsync(ObjectPath.Parse(id), cancellationToken) ? new ArchiveObjectInfo(id, Listing.MediaType) : null;

    public async ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        var path = ObjectPath.Parse(id);
        var content = await new Retriever(_archive, _log, path.Study, path.Series).OneAsync(path.Instance, cancellationToken);
        return content.Failure is { } failure ? throw failure : content;
    }

    public IAsyncEnumerable<ArchiveContent> OpenReadManyAsync(IReadOnlyList<ArchiveObjectId> ids, CancellationToken cancellationToken) =>
        SeriesBatch.FetchAsync(ids, (study, series, instances) => new Retriever(_archive, _log, study, series).FetchAsync(instances, cancellationToken), cancellationToken);

    public IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, CancellationToken cancellationToken) => new Lister(_archive, selection).ListAsync(cancellationToken);

    public AttributeDefinition? Define(string keyword) => AttributeReading.Define(keyword);

    public ValueTask<ImmutableArray<ArchiveAttribute>> DescribeAsync(string mediaType, ReadOnlyMemory<byte> beginning, IReadOnlyCollection<string> keywords, CancellationToken cancellationToken) =>
        mediaType == Listing.MediaType ? AttributeReading.ReadAsync(beginning, keywords, cancellationToken) : ValueTask.FromResult<ImmutableArray<ArchiveAttribute>>([]);

    public async ValueTask<string> ProbeAsync(CancellationToken cancellationToken)
    {
        var begin = context.TimeProvider.GetTimestamp();
        try
        {
            await _archive.SearchAsync(ArchiveUse.Probe, "studies", [], [], 1, 0, cancellationToken);
        }
        catch (MdmException exception) when (exception.Kind == MdmErrorKind.NotFound)
        {
            throw new MdmException(MdmErrorKind.Refused, "The archive does not serve QIDO-RS at the configured Url.", exception);
        }

        var answer = context.TimeProvider.GetElapsedTime(begin);
        return string.Create(CultureInfo.InvariantCulture, $"{_archive.Root}: QIDO-RS, objects by WADO-RS{(options.Writable ? ", stored by STOW-RS" : "")}; first answer after {answer.TotalMilliseconds:0} ms.");
    }

    public ValueTask DisposeAsync()
    {
        _archive.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>One that objects may be stored into, by STOW-RS.</summary>
internal sealed class WritableDicomWebBackend(DicomWebOptions options, PluginContext context) : DicomWebBackend(options, context), IIdentifyingBackend
{
    public ValueTask<ArchiveObjectInfo> StoreAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken) => Storing.StoreAsync(Archive, content, draft, cancellationToken);

    public ValueTask<ObjectIdentity> IdentifyAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken) =>
        IncomingObject.IdentifyAsync(content, draft, Archive.Options.MaxObjectLength, cancellationToken);
}
