// PS3.18 §10.5: the store transaction, one object at a time so that it is all or nothing. Bulk data and metadata apart from each other are left out.
using System.Text.Json;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Plugins.DicomWeb.Http;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>Stores objects into an archive that the administrator opened for it.</summary>
internal static class Storing
{
    /// <summary>Bytes of the archive's report on one object.</summary>
    public const int MaxReportLength = 1024 * 1024;

    private const string FailedSequence = "00081198";
    private const string FailureReason = "00081197";

    /// <exception cref="MdmException">Corrupt: no DICOM object. NoSpace, Refused: the archive did not take it, and why.</exception>
    public static async ValueTask<ArchiveObjectInfo> StoreAsync(ArchiveServices archive, Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken)
    {
        var incoming = await IncomingObject.ReadAsync(content, draft, archive.Options.MaxObjectLength, cancellationToken);
        await using var whole = incoming.Content;
        if (await SendAsync(archive, whole, incoming.Length, cancellationToken) is { } failure)
            throw failure;
        // A report says what the archive means to have done; only what it shows is stored.
        if (!await archive.HoldsAsync(incoming.Path, cancellationToken))
            throw IncomingObject.NotShown();
        return new ArchiveObjectInfo(incoming.Path.Id, Listing.MediaType);
    }

    // The connection is given back before the archive is asked what it holds: many who store would otherwise wait for each other's.
    private static async ValueTask<MdmException?> SendAsync(ArchiveServices archive, Stream content, long? length, CancellationToken cancellationToken)
    {
        using var upload = new UploadContent(content, length);
        await using var response = await archive.StoreAsync(upload, cancellationToken);
        return Failure(await response.ReadAllAsync(MaxReportLength, nameof(MaxReportLength), cancellationToken));
    }

    /// <summary>Why the archive did not take the object; null when it does not say so.</summary>
    private static MdmException? Failure(ReadOnlyMemory<byte> report)
    {
        ushort? reason = null;
        try
        {
            using var document = JsonDocument.Parse(report);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty(FailedSequence, out var failed) || !failed.TryGetProperty("Value", out var items) || items.ValueKind != JsonValueKind.Array || items.GetArrayLength() == 0)
                return null;
            if (items[0].ValueKind == JsonValueKind.Object && items[0].TryGetProperty(FailureReason, out var element) && element.TryGetProperty("Value", out var values)
                && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0 && values[0].TryGetUInt16(out var code))
                reason = code;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A report in another form: whether the object is there is looked at in any case.
            return null;
        }

        // PS3.18 table I.2-2.
        var what = reason is { } known ? $" (failure reason {known:X4})" : "";
        return (reason & 0xFF00) == 0xA700
            ? new MdmException(MdmErrorKind.NoSpace, $"The archive is out of resources and did not take the object{what}. Its administrator has to make room.")
            : new MdmException(MdmErrorKind.Refused, $"The archive did not take the object{what}.");
    }
}
