using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Dicom.Archives;

/// <summary>An object on its way into an archive: which one it is, as its header says, and all of its bytes.</summary>
/// <param name="Path">The id that the archive will give it.</param>
/// <param name="SopClass">Its class.</param>
/// <param name="Length">Bytes, when that is known.</param>
/// <param name="Content">From the first byte on. The stream it comes from stays the caller's.</param>
internal sealed record IncomingObject(ObjectPath Path, string SopClass, long? Length, Stream Content)
{
    /// <summary>Bytes within which an object says which one it is. Real headers have some 10 KB.</summary>
    public const int MaxHeadLength = 1024 * 1024;

    private static readonly string[] Names = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"];

    /// <summary>Reads the beginning of an object.</summary>
    /// <exception cref="MdmException">Unsupported: not a media type of archives of images. Corrupt: no DICOM object. Refused: too long.</exception>
    public static async ValueTask<IncomingObject> ReadAsync(Stream content, ArchiveObjectDraft draft, long maxLength, CancellationToken cancellationToken)
    {
        if (draft.MediaType != Listing.MediaType)
            throw new MdmException(MdmErrorKind.Unsupported, $"An archive of images stores {Listing.MediaType} only.");
        var head = new byte[MaxHeadLength];
        var length = draft.Length ?? (content.CanSeek ? content.Length - content.Position : null);
        if (length > maxLength)
            throw new MdmException(MdmErrorKind.Refused, $"The object has {length} bytes, more than the archive's limit of {maxLength} (MaxObjectLength).");
        var count = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        if (count < head.Length)
            length = count;
        var found = await AttributeReading.ReadAsync(head.AsMemory(0, count), Names, cancellationToken);
        var uids = Names.Select(name => found.FirstOrDefault(attribute => attribute.Keyword == name) is { Values: [{ } uid, ..] } && ObjectPath.IsUid(uid) ? uid : null).ToArray();
        return uids is [{ } study, { } series, { } instance, { } sopClass]
            ? new IncomingObject(new ObjectPath(study, series, instance), sopClass, length, new PrefixedStream(head.AsMemory(0, count), new LeftOpen(content)))
            : throw new MdmException(MdmErrorKind.Corrupt, $"The content is no DICOM file that names its study, series, instance and class within {MaxHeadLength} bytes (limit MaxHeadLength).");
    }

    /// <summary>Which object a content is. The stream is left open.</summary>
    /// <exception cref="MdmException">As <see cref="ReadAsync"/>.</exception>
    public static async ValueTask<ObjectIdentity> IdentifyAsync(Stream content, ArchiveObjectDraft draft, long maxLength, CancellationToken cancellationToken)
    {
        var incoming = await ReadAsync(content, draft, maxLength, cancellationToken);
        await using var ahead = incoming.Content;
        return new ObjectIdentity(incoming.Path.Id, [incoming.Path.Study, incoming.Path.Series, incoming.Path.Instance]);
    }

    /// <summary>What the archive says of itself afterwards: only what it shows is stored.</summary>
    public static MdmException NotShown() => new(MdmErrorKind.Unavailable, "The archive took the object but does not show it.");

    private sealed class LeftOpen(Stream content) : ReadOnlyByteStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => content.ReadAsync(buffer, cancellationToken);
    }
}
