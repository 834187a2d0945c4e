using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;

namespace Mdm.Host.Tests.Publication;

/// <summary>An archive in memory that lists what it is told to, and breaks off where it is told to.</summary>
internal sealed class ListedArchive : IBrowsableBackend, IDescribingBackend
{
    public List<ArchiveEntry> Entries { get; set; } = [];

    /// <summary>Instead of <see cref="Entries"/>, for listings that are not to be kept.</summary>
    public Func<IEnumerable<ArchiveEntry>>? Listing { get; set; }

    /// <summary>Breaks off after so many objects, with this.</summary>
    public (int After, Exception Failure)? Break { get; set; }

    /// <summary>Runs before each object is listed.</summary>
    public Func<int, CancellationToken, Task>? BeforeEach { get; set; }

    /// <summary>What was asked for, listing by listing.</summary>
    public List<ArchiveSelection> Asked { get; } = [];

    /// <summary>Listings under way, now and at most.</summary>
    public int Now { get; private set; }

    public int AtMost { get; private set; }

    public async IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Asked.Add(selection);
        AtMost = Math.Max(AtMost, ++Now);
        try
        {
            var count = 0;
            foreach (var entry in Listing?.Invoke() ?? [.. Entries])
            {
                if (Break is { } fault && count == fault.After)
                    throw fault.Failure;
                if (BeforeEach is { } before)
                    await before(count, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                count++;
                yield return entry;
            }
            if (Break is { } last && count <= last.After)
                throw last.Failure;
        }
        finally
        {
            Now--;
        }
    }

    public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Entries.Find(entry => entry.Info.Id == id)?.Info);

    public ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken) => Entries.Find(entry => entry.Info.Id == id) is { } entry
        ? ValueTask.FromResult(ArchiveContent.Opened(entry.Info, new MemoryStream(Encoding.UTF8.GetBytes(id.Value))))
        : throw new MdmException(MdmErrorKind.NotFound, "No such object.");

    /// <summary>What an object says of itself beside its listing, by its id, which is all of its bytes.</summary>
    public Dictionary<string, ArchiveAttribute[]> Headers { get; } = [];

    public AttributeDefinition? Define(string keyword) => keyword switch
    {
        "Modality" => new(keyword, "CS", false, "image"),
        "StudyDate" => new(keyword, "DA", false, "patient"),
        "PatientName" => new(keyword, "PN", false, "patient"),
        "StudyInstanceUID" => new(keyword, "UI", false, "identifier"),
        "SliceThickness" => new(keyword, "DS", false, "image"),
        "PixelSpacing" => new(keyword, "DS", true, "image"),
        _ => null,
    };

    public ValueTask<ImmutableArray<ArchiveAttribute>> DescribeAsync(string mediaType, ReadOnlyMemory<byte> beginning, IReadOnlyCollection<string> keywords, CancellationToken cancellationToken) => ValueTask.FromResult<ImmutableArray<ArchiveAttribute>>(
        [.. (Headers.GetValueOrDefault(Encoding.UTF8.GetString(beginning.Span)) ?? []).Where(attribute => keywords.Contains(attribute.Keyword))]);

    public ValueTask DisposeAsync() => default;

    /// <summary>One image as a DICOM archive lists it.</summary>
    public static ArchiveEntry Image(string study, string series, string instance, string modality = "CT", string date = "20240101", string? version = null) => new(
        new ArchiveObjectInfo(new ArchiveObjectId($"{study}/{series}/{instance}"), "application/dicom", Version: version),
        [study, series, instance],
        [
            Attribute("StudyInstanceUID", "UI", study), Attribute("SeriesInstanceUID", "UI", series), Attribute("SOPInstanceUID", "UI", instance),
            Attribute("Modality", "CS", modality), Attribute("StudyDate", "DA", date), Attribute("PatientName", "PN", "Marked^Patient"),
        ]);

    /// <summary>Studies s1, s2, … with one series of so many images each.</summary>
    public static List<ArchiveEntry> Images(int studies, int images) =>
        [.. Enumerable.Range(1, studies).SelectMany(s => Enumerable.Range(1, images).Select(i => Image($"s{s}", $"s{s}.1", $"s{s}.1.{i}")))];

    public static ArchiveAttribute Attribute(string keyword, string representation, params string[] values) => new(keyword, representation, [.. values]);
}
