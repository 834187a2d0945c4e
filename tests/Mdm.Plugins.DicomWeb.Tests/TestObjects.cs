using System.Buffers;
using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.DicomWeb.Backend;

namespace Mdm.Plugins.DicomWeb.Tests;

internal static class TestObjects
{
    public const string Study = "1.2.3";
    public const string Series = "1.2.3.4";
    public const string Boundary = "between";

    private const string Ct = "1.2.840.10008.5.1.4.1.1.2";

    public static string Multipart => $"multipart/related; type=\"application/dicom\"; boundary={Boundary}";

    public static ArchiveObjectId Id(string instance) => new($"{Study}/{Series}/{instance}");

    public static ArchiveObjectDraft Draft(string mediaType) => new(mediaType, new ArchiveObjectId("tests/1"));

    /// <summary>A file with so many bytes of pixels.</summary>
    public static byte[] File(string instance, int pixels, string? named = null)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write(Part10.CanonicalHeader(Ct, instance, TransferSyntax.ExplicitLittleEndianUid));
        new AttributeSet()
            .Set(Tags.SopClassUid, Ct).Set(Tags.SopInstanceUid, named ?? instance).Set(Tags.Modality, "CT").Set(Tags.PatientName, "Doe^Jane")
            .Set(Tags.StudyInstanceUid, Study).Set(Tags.SeriesInstanceUid, Series)
            .Set(new DicomAttribute(Tags.PixelData, Vr.OW, new byte[pixels]))
            .Write(output, DataEncoding.ExplicitLittleEndian);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A multipart body of those parts, as archives write it.</summary>
    public static byte[] Body(IEnumerable<byte[]> parts, bool withLengths)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var part in parts)
        {
            output.Write(Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Type: application/dicom\r\n{(withLengths ? $"Content-Length: {part.Length}\r\n" : "")}\r\n"));
            output.Write(part);
            output.Write("\r\n"u8);
        }

        output.Write(Encoding.ASCII.GetBytes($"--{Boundary}--\r\n"));
        return output.WrittenSpan.ToArray();
    }

    public static DicomWebBackend Backend(Uri url, Action<DicomWebOptions>? configure = null, string baseDirectory = "/")
    {
        var options = new DicomWebOptions { Url = url, StallTimeout = TimeSpan.FromSeconds(20), MessageTimeout = TimeSpan.FromSeconds(20) };
        configure?.Invoke(options);
        return DicomWebBackend.Create(options, new TestContext(baseDirectory));
    }

    /// <summary>One that its administrator opened.</summary>
    public static WritableDicomWebBackend Writable(Uri url) => (WritableDicomWebBackend)Backend(url, options => options.Writable = true);

    public static async Task<byte[]> ReadAsync(ArchiveContent content)
    {
        await using (content)
        {
            using var whole = new MemoryStream();
            await content.Stream.CopyToAsync(whole);
            return whole.ToArray();
        }
    }

    public static async Task<List<ArchiveEntry>> ListAsync(IBrowsableBackend backend, ArchiveSelection? selection = null)
    {
        var entries = new List<ArchiveEntry>();
        await foreach (var entry in backend.BrowseAsync(selection ?? ArchiveSelection.Everything, CancellationToken.None))
            entries.Add(entry);
        return entries;
    }

    public static async Task<MdmException> FailureAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (MdmException failure)
        {
            return failure;
        }

        throw new InvalidOperationException("Nothing was refused.");
    }
}
