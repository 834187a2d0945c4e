using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>
/// A PACS as a storage backend: found and listed by C-FIND, read by C-GET or C-MOVE. Content is canonical Part 10 (docs/conformance.md).
/// </summary>
internal class DicomBackend(DicomOptions options, PluginContext context) : IBrowsableBackend, IBatchReadableBackend, IDescribingBackend, IProbeable
{
    private readonly ArchiveConnection _archive = new(options, context);

    protected ArchiveConnection Archive => _archive;

    /// <summary>The archive as its administrator opened it: only where objects may be stored has it the ability.</summary>
    public static DicomBackend Create(DicomOptions options, PluginContext context) => options.Writable ? new WritableDicomBackend(options, context) : new DicomBackend(options, context);

    public async ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) =>
        await _archive.HoldsAsync(ObjectPath.Parse(id), cancellationToken) ? new ArchiveObjectInfo(id, Listing.MediaType) : null;

    public async ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        var path = ObjectPath.Parse(id);
        var contents = new Retriever(_archive, path.Study, path.Series).FetchAsync([path.Instance], cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            if (!await contents.MoveNextAsync())
                throw new MdmException(MdmErrorKind.Unavailable, "The archive did not send the object.");
            var content = contents.Current;
            if (content.Failure is { } failure)
                throw failure;
            return ArchiveContent.Opened(content.Info, new SingleObjectStream(content.Stream, contents));
        }
        catch
        {
            await contents.DisposeAsync();
            throw;
        }
    }

    public IAsyncEnumerable<ArchiveContent> OpenReadManyAsync(IReadOnlyList<ArchiveObjectId> ids, CancellationToken cancellationToken) =>
        SeriesBatch.FetchAsync(ids, (study, series, instances) => new Retriever(_archive, study, series).FetchAsync(instances, cancellationToken), cancellationToken);

    public IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, CancellationToken cancellationToken) =>
        new Lister(_archive, selection).ListAsync(cancellationToken);

    public AttributeDefinition? Define(string keyword) => AttributeReading.Define(keyword);

    public ValueTask<ImmutableArray<ArchiveAttribute>> DescribeAsync(string mediaType, ReadOnlyMemory<byte> beginning, IReadOnlyCollection<string> keywords, CancellationToken cancellationToken) =>
        mediaType == Listing.MediaType ? AttributeReading.ReadAsync(beginning, keywords, cancellationToken) : ValueTask.FromResult<ImmutableArray<ArchiveAttribute>>([]);

    public ValueTask<string> ProbeAsync(CancellationToken cancellationToken) => _archive.ProbeAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _archive.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>An object and the retrieval that brings it: closing the one ends the other.</summary>
    private sealed class SingleObjectStream(Stream content, IAsyncEnumerator<ArchiveContent> retrieval) : ReadOnlyByteStream
    {
        private bool _isClosed;
        private bool _isWhole;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await content.ReadAsync(buffer, cancellationToken);
            _isWhole |= count == 0 && !buffer.IsEmpty;
            return count;
        }

        public override async ValueTask DisposeAsync()
        {
            await CloseAsync();
            await base.DisposeAsync();
        }

        private async Task CloseAsync()
        {
            if (_isClosed)
                return;
            _isClosed = true;
            await content.DisposeAsync();
            await EndAsync();
        }

        /// <summary>A retrieval whose object was read runs to its end, so that the association can be used again; one that was left is cancelled.</summary>
        private async ValueTask EndAsync()
        {
            try
            {
                while (_isWhole && await retrieval.MoveNextAsync())
                    continue;
            }
            catch (Exception exception) when (exception is MdmException or OperationCanceledException)
            {
                // The object is whole; what the archive does afterwards concerns the next request.
                _isWhole = false;
            }
            finally
            {
                await retrieval.DisposeAsync();
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                CloseAsync().GetAwaiter().GetResult();
            base.Dispose(disposing);
        }
    }
}

/// <summary>One that objects may be stored into, by C-STORE.</summary>
internal sealed class WritableDicomBackend(DicomOptions options, PluginContext context) : DicomBackend(options, context), IIdentifyingBackend
{
    public ValueTask<ArchiveObjectInfo> StoreAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken) => Storing.StoreAsync(Archive, content, draft, cancellationToken);

    public ValueTask<ObjectIdentity> IdentifyAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken) =>
        IncomingObject.IdentifyAsync(content, draft, Archive.Options.MaxObjectLength, cancellationToken);
}
