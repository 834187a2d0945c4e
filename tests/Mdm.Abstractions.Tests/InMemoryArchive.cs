using System.Collections.Immutable;
using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests;

/// <summary>An archive in memory with objects of a patient whom nobody may recognise.</summary>
internal sealed class InMemoryArchive
{
    public InMemoryArchive() => Known =
    [
        Backend.Put("2.25.1/2.25.11", Scan(1, 300), AttributedText.MediaType), Backend.Put("2.25.1/2.25.12", Scan(2, 200_000), AttributedText.MediaType),
        Backend.Put("plain", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ];

    public static IReadOnlyList<string> Marks { get; } = ["Wolkenstein", "QX-4711-08", "19510317"];

    public InMemoryBackend Backend { get; } = new();

    public IReadOnlyList<KnownObject> Known { get; }

    /// <summary>An image of the patient.</summary>
    public static byte[] Scan(int number, int length) => AttributedText.Write(
    [
        ("StudyInstanceUID", "2.25.1"), ("SOPInstanceUID", $"2.25.1{number}"), ("PatientName", "Wolkenstein^Ottilie"), ("PatientID", "QX-4711-08"), ("PatientBirthDate", "19510317"),
        ("StudyDate", "20240229"), ("Modality", "CT"), ("ImageType", "ORIGINAL\\PRIMARY"),
    ], [.. Enumerable.Range(0, length).Select(i => (byte)(i * number))]);

    /// <summary>How an archive lists an image.</summary>
    public static ArchiveEntry EntryOf(byte[] content)
    {
        var attributes = AttributedText.Read(content)!.Value.Attributes;
        ImmutableArray<string> labels = [.. attributes.Where(static one => one.ValueRepresentation == "UI").Select(static one => one.Values[0])];
        return new ArchiveEntry(new ArchiveObjectInfo(new ArchiveObjectId("any"), AttributedText.MediaType), labels, attributes);
    }
}
