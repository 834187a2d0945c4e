using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.DicomWeb.Http;
using Mdm.Plugins.DicomWeb.Messages;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>An object of a WADO-RS answer in its canonical form.</summary>
/// <param name="SopInstanceUid">Its own, as its data set says.</param>
/// <param name="Content">The whole of it.</param>
internal sealed record TransferredObject(string SopInstanceUid, Stream Content);

/// <summary>The answer to a WADO-RS request: Part 10 files one after the other, as they come from the connection. Not thread-safe.</summary>
internal sealed class ObjectTransfer : IAsyncDisposable
{
    private const string Multipart = "multipart/related";
    private const string File = "application/dicom";

    // The canonical header has some 350 bytes, and two UIDs of at most 80.
    private const int HeaderLength = 1024;

    private readonly ArchiveResponse _response;
    private readonly DataSetLimits _limits;
    private readonly MultipartReader? _parts;
    private bool _isFirst = true;

    /// <exception cref="MdmException">Corrupt or Unsupported: no answer that holds files.</exception>
    public ObjectTransfer(ArchiveResponse response, long maxObjectLength)
    {
        _response = response;
        _limits = new DataSetLimits { MaxLength = maxObjectLength };
        var type = response.MediaType;
        if (string.Equals(type?.MediaType, Multipart, StringComparison.OrdinalIgnoreCase))
            _parts = new MultipartReader(response.Content, MultipartReader.BoundaryOf(type!.Parameters.FirstOrDefault(parameter => string.Equals(parameter.Name, "boundary", StringComparison.OrdinalIgnoreCase))?.Value), maxObjectLength, response.EndsByClosing);
        else if (!string.Equals(type?.MediaType, File, StringComparison.OrdinalIgnoreCase))
            throw new MdmException(MdmErrorKind.Unsupported, "The archive answers with something else than DICOM files.");
    }

    /// <summary>True when the archive ended the connection in the middle.</summary>
    public bool WasCut => _response.WasCut || _parts is { WasCut: true };

    /// <summary>The next object; null after the last. Its content is read before the next is asked for, or left.</summary>
    /// <exception cref="MdmException">The transfer is broken, or this object is; see <see cref="IsBroken"/>.</exception>
    public async ValueTask<TransferredObject?> NextAsync(CancellationToken cancellationToken)
    {
        IsBroken = true;
        if (await PartAsync(cancellationToken) is not { } part)
        {
            IsBroken = false;
            return null;
        }

        // From here on what goes wrong is this object's fault, unless the connection went.
        IsBroken = false;
        CanonicalPart10? canonical = null;
        try
        {
            canonical = await CanonicalPart10.FromFileAsync(part, _limits, cancellationToken);
            var head = new byte[HeaderLength];
            var length = await canonical.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
            await using var header = await Part10.OpenAsync(new MemoryStream(head, 0, length, writable: false), cancellationToken);
            return new TransferredObject(header.FileMeta.GetText(Tags.MediaStorageSopInstanceUid), new PrefixedStream(head.AsMemory(0, length), canonical));
        }
        catch (Exception exception)
        {
            IsBroken = exception is MdmException { IsTransient: true };
            if (canonical is not null)
                await canonical.DisposeAsync();
            throw;
        }
    }

    /// <summary>True when the last failure was one of the transfer: nothing more will come.</summary>
    public bool IsBroken { get; private set; }

    public ValueTask DisposeAsync() => _response.DisposeAsync();

    private async ValueTask<Stream?> PartAsync(CancellationToken cancellationToken)
    {
        if (_parts is not null)
            return (await _parts.NextAsync(cancellationToken))?.Content;
        if (!_isFirst)
            return null;
        _isFirst = false;
        return _response.Content;
    }
}
