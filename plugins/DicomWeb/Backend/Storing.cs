// PS3.18 §10.5: the store transaction, one object at a time so that it is all or nothing. Bulk data and metadata apart from each other are left out.
using System.Text.Json;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.DicomWeb.Http;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>Stores objects into an archive that the administrator opened for it.</summary>
internal static class Storing
{
    /// <summary>Bytes within which an object says which one it is. Real headers have some 10 KB.</summary>
    public const int MaxHeadLength = 1024 * 1024;

    /// <summary>Bytes of the archive's report on one object.</summary>
    public const int MaxReportLength = 1024 * 1024;

    private const string FailedSequence = "00081198";
    private const string FailureReason = "00081197";
    private static readonly string[] Names = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"];

    /// <exception cref="MdmException">Corrupt: no DICOM object. Refused, Busy: the archive did not take it, and why.</exception>
    public static async ValueTask<ArchiveObjectInfo> StoreAsync(ArchiveServices archive, Stream content, long? length, CancellationToken cancellationToken)
    {
        var head = new byte[MaxHeadLength];
        length ??= content.CanSeek ? content.Length - content.Position : null;
        var count = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        if (count < head.Length)
            length = count;
        var path = await IdentifyAsync(head.AsMemory(0, count), cancellationToken);
        await using var whole = new PrefixedStream(head.AsMemory(0, count), content);
        if (await SendAsync(archive, whole, length, cancellationToken) is { } failure)
            throw failure;
        // A report says what the archive means to have done; only what it shows is stored.
        if (!await archive.HoldsAsync(path, cancellationToken))
            throw new MdmException(MdmErrorKind.Unavailable, "The archive took the object but does not show it.");
        return new ArchiveObjectInfo(path.Id, Listing.MediaType);
    }

    // The connection is given back before the archive is asked what it holds: many who store would otherwise wait for each other's.
    private static async ValueTask<MdmException?> SendAsync(ArchiveServices archive, Stream content, long? length, CancellationToken cancellationToken)
    {
        using var upload = new UploadContent(content, length);
        await using var response = await archive.StoreAsync(upload, cancellationToken);
        return Failure(await response.ReadAllAsync(MaxReportLength, nameof(MaxReportLength), cancellationToken));
    }

    private static async ValueTask<ObjectPath> IdentifyAsync(ReadOnlyMemory<byte> head, CancellationToken cancellationToken)
    {
        var found = await AttributeReading.ReadAsync(head, Names, cancellationToken);
        var uids = Names.Select(name => found.FirstOrDefault(attribute => attribute.Keyword == name) is { Values: [{ } uid, ..] } && ObjectPath.IsUid(uid) ? uid : null).ToArray();
        return uids is [{ } study, { } series, { } instance]
            ? new ObjectPath(study, series, instance)
            : throw new MdmException(MdmErrorKind.Corrupt, $"The content is no DICOM file that names its study, series and instance within {MaxHeadLength} bytes (limit MaxHeadLength).");
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
            ? new MdmException(MdmErrorKind.Busy, $"The archive is out of resources and did not take the object{what}.")
            : new MdmException(MdmErrorKind.Refused, $"The archive did not take the object{what}.");
    }
}
