// PS3.18 §10: the studies service of an archive. Searched are studies, series of a study, instances of a series; retrieved are instances and series as Part 10 files.
using System.Globalization;
using System.Net;
using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.DicomWeb.Http;
using Mdm.Plugins.DicomWeb.Messages;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>One page of answers.</summary>
/// <param name="Answers">In the archive's order.</param>
/// <param name="IsCut">The archive says that there are more.</param>
internal sealed record AnswerPage(IReadOnlyList<AttributeSet> Answers, bool IsCut);

/// <summary>What one archive is asked, and what was learnt about it. Safe for concurrent use.</summary>
internal sealed class ArchiveServices(DicomWebOptions options, PluginContext context) : IDisposable
{
    /// <summary>Bytes of a page of answers. 10,000 answers have some 20 MB.</summary>
    public const int MaxPageLength = 64 * 1024 * 1024;

    private const string Json = "application/dicom+json";

    // All of §8.7.3.5.2's wild card: whatever it is stored in. Without it archives recode to explicit little endian.
    private const string Files = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

    // PS3.18 tables 10.6.3-3 to 5: what every answer tells without being asked. Orthanc 1.10.1, when asked for ModalitiesInStudy in so many words, gives the modality of one instance.
    private static readonly HashSet<Tag> ToldAnyway =
    [
        Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.ModalitiesInStudy, Tags.PatientName, Tags.PatientId, Tags.PatientBirthDate, Tags.PatientSex, Tags.StudyInstanceUid, Tags.StudyId,
        Tags.Modality, Tags.SeriesDescription, Tags.SeriesInstanceUid, Tags.SeriesNumber, Tags.SopClassUid, Tags.SopInstanceUid, Tags.InstanceNumber,
    ];

    // PS3.18 §8.3.4.4: a page is one of several.
    private const int MorePages = 299;

    private readonly ArchiveHttp _http = new(options, context);

    public DicomWebOptions Options => options;

    public Uri Root => _http.Root;

    public TimeProvider Time => context.TimeProvider;

    public TroubleBook Trouble { get; } = new(context.TimeProvider);

    public SeriesMemory Memory { get; } = new(context.TimeProvider);

    public static string SeriesOf(string study) => $"studies/{study}/series";

    public static string InstancesOf(string study, string series) => $"studies/{study}/series/{series}/instances";

    /// <summary>One search.</summary>
    /// <param name="use">What for.</param>
    /// <param name="path">Of the collection.</param>
    /// <param name="keys">What the answers are to tell.</param>
    /// <param name="conditions">Values that attributes must match.</param>
    /// <param name="limit">Answers at most.</param>
    /// <param name="offset">Answers to pass over.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="MdmException">NotFound: no such study or series, or no such service. Others as <see cref="ArchiveHttp.GetAsync"/>.</exception>
    public async ValueTask<AnswerPage> SearchAsync(ArchiveUse use, string path, IReadOnlyCollection<Tag> keys, IEnumerable<(Tag Tag, string Value)> conditions, int limit, int offset, CancellationToken cancellationToken)
    {
        var query = new StringBuilder(path).Append(CultureInfo.InvariantCulture, $"?limit={limit}&offset={offset}");
        foreach (var (tag, value) in conditions)
            query.Append(CultureInfo.InvariantCulture, $"&{tag.Value:X8}={Uri.EscapeDataString(value)}");
        foreach (var key in keys.Where(key => !ToldAnyway.Contains(key)))
            query.Append(CultureInfo.InvariantCulture, $"&includefield={key.Value:X8}");
        await using var response = await _http.GetAsync(use, query.ToString(), Json, cancellationToken);
        if (response.Status == HttpStatusCode.NoContent)
            return new AnswerPage([], IsCut: false);
        var body = await response.ReadAllAsync(MaxPageLength, nameof(MaxPageLength), cancellationToken);
        var wanted = keys.Append(Tags.StudyInstanceUid).Append(Tags.SeriesInstanceUid).Append(Tags.SopInstanceUid).ToHashSet();
        return new AnswerPage(DicomJson.Parse(body.Span, wanted), response.Headers.Warning.Any(warning => warning.Code == MorePages));
    }

    /// <summary>What a series holds.</summary>
    public async ValueTask<SeriesListing> ListSeriesAsync(string study, string series, CancellationToken cancellationToken)
    {
        var classes = new Dictionary<string, string>(StringComparer.Ordinal);
        var pages = new Pages(this, ArchiveUse.Retrieval, InstancesOf(study, series), [Tags.SopClassUid], [], Tags.SopInstanceUid);
        await foreach (var answer in pages.ReadAsync(cancellationToken))
            classes[answer.GetText(Tags.SopInstanceUid)] = answer.GetText(Tags.SopClassUid);
        var listing = new SeriesListing(study, series, classes, IsWhole: true);
        Memory.Keep(listing);
        return listing;
    }

    /// <summary>True when the archive holds that instance.</summary>
    public async ValueTask<bool> HoldsAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        try
        {
            // An archive that ignores the condition sends the whole series; what it sends is looked at.
            var page = await SearchAsync(ArchiveUse.Retrieval, InstancesOf(path.Study, path.Series), [], [(Tags.SopInstanceUid, path.Instance)], options.PageSize, 0, cancellationToken);
            return page.Answers.Any(answer => answer.GetText(Tags.SopInstanceUid) == path.Instance);
        }
        catch (MdmException exception) when (exception.Kind == MdmErrorKind.NotFound)
        {
            return false;
        }
    }

    /// <summary>Objects of a series, or one of them, as they come.</summary>
    public async ValueTask<ObjectTransfer> RetrieveAsync(string study, string series, string? instance, CancellationToken cancellationToken)
    {
        var path = instance is null ? $"studies/{study}/series/{series}" : $"{InstancesOf(study, series)}/{instance}";
        var response = await _http.GetAsync(ArchiveUse.Retrieval, path, Files, cancellationToken);
        try
        {
            return new ObjectTransfer(response, options.MaxObjectLength);
        }
        catch
        {
            await response.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends an object to the archive.</summary>
    public ValueTask<ArchiveResponse> StoreAsync(UploadContent content, CancellationToken cancellationToken) => _http.PostAsync("studies", Json, content, cancellationToken);

    public void Dispose() => _http.Dispose();
}
