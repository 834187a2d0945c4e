using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Plugins.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>
/// Lists an archive from the study down. Studies and series of one study are held in memory; instances pass through one by one.
/// </summary>
/// <remarks>
/// Archives cut long answers off without saying so. A number of answers that looks like such a cap is not believed: the window of study dates is
/// halved, down to minutes, and everything merged.
/// </remarks>
internal sealed class Lister(ArchiveConnection archive, ArchiveSelection selection)
{
    private static readonly Tag[] StudyKeys =
    [
        Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.ModalitiesInStudy, Tags.StudyDescription, Tags.StudyId,
        Tags.PatientName, Tags.PatientId, Tags.IssuerOfPatientId, Tags.PatientBirthDate, Tags.PatientSex,
    ];

    private static readonly Tag[] SeriesKeys = [Tags.Modality, Tags.SeriesNumber, Tags.SeriesDescription, Tags.BodyPartExamined];

    private static readonly Tag[] ImageKeys = [Tags.SopClassUid, Tags.InstanceNumber];

    // Query/retrieve protocol, not attributes of the object.
    private static readonly HashSet<Tag> NotAttributes =
        [Tags.QueryRetrieveLevel, Tags.RetrieveAeTitle, Tags.InstanceAvailability, Tags.SpecificCharacterSet];

    private const string EarliestDate = "19000101";
    private const int SmallestSuspiciousCount = 100;
    private const int CapStep = 50;
    private static readonly TimeSpan SmallestWindow = TimeSpan.FromMinutes(1);

    public async IAsyncEnumerable<ArchiveEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var study in await StudiesAsync(cancellationToken))
        {
            var studyUid = study.GetText(Tags.StudyInstanceUid);
            var series = new List<AttributeSet>();
            await foreach (var answer in FindAsync(Identifier(QueryLevel.Series, SeriesKeys, studyUid, null), cancellationToken))
                series.Add(answer);
            foreach (var one in series.Where(Wanted))
            {
                var seriesUid = one.GetText(Tags.SeriesInstanceUid);
                if (!ObjectPath.IsUid(seriesUid))
                    continue;
                var above = Attributes(study).Concat(Attributes(one)).ToArray();
                var classes = new Dictionary<string, string>(StringComparer.Ordinal);
                await foreach (var image in FindAsync(Identifier(QueryLevel.Image, ImageKeys, studyUid, seriesUid), cancellationToken))
                {
                    var path = new ObjectPath(studyUid, seriesUid, image.GetText(Tags.SopInstanceUid));
                    if (!ObjectPath.IsUid(path.Instance))
                        continue;
                    // A series beyond the limit is not remembered; it need not be held either.
                    if (classes.Count <= SeriesMemory.MaxInstances)
                        classes[path.Instance] = image.GetText(Tags.SopClassUid);
                    yield return Entry(path, above, image);
                }

                archive.Memory.Keep(new SeriesListing(studyUid, seriesUid, classes, IsWhole: true));
            }
        }
    }

    private static ArchiveEntry Entry(ObjectPath path, ArchiveAttribute[] above, AttributeSet image)
    {
        // The narrower level wins where two levels answer the same attribute.
        var own = Attributes(image).ToArray();
        var attributes = above.Where(attribute => own.All(other => other.Keyword != attribute.Keyword)).Concat(own);
        return new ArchiveEntry(new ArchiveObjectInfo(path.Id, ArchiveConnection.MediaType), [path.Study, path.Series, path.Instance], [.. attributes.DistinctBy(attribute => attribute.Keyword)]);
    }

    private static IEnumerable<ArchiveAttribute> Attributes(AttributeSet set)
    {
        foreach (var attribute in set.Attributes)
        {
            if (attribute.Items is not null || NotAttributes.Contains(attribute.Tag) || DicomDictionary.Find(attribute.Tag) is not { } entry || !entry.Vr.IsText())
                continue;
            var values = entry.Vr.IsMultiValued() ? set.GetValues(attribute.Tag) : set.GetText(attribute.Tag) is { Length: > 0 } text ? [text] : [];
            yield return new ArchiveAttribute(entry.Keyword, entry.Vr.Name(), [.. values]);
        }
    }

    private async ValueTask<IReadOnlyCollection<AttributeSet>> StudiesAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, AttributeSet>(StringComparer.Ordinal);
        var count = await CollectAsync(found, null, null, cancellationToken);
        if (LooksCapped(count))
        {
            // Studies without a date are in the first answer or nowhere: no window has them.
            var last = DateOnly.FromDateTime(archive.Time.GetUtcNow().UtcDateTime).AddDays(2);
            await BisectAsync(found, DateOnly.ParseExact(EarliestDate, "yyyyMMdd", CultureInfo.InvariantCulture), last, cancellationToken);
        }

        return found.Values;
    }

    private async Task BisectAsync(Dictionary<string, AttributeSet> found, DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        var windows = new Stack<(DateOnly First, DateOnly Last)>();
        windows.Push((first, last));
        while (windows.TryPop(out var window))
        {
            var days = window.Last.DayNumber - window.First.DayNumber;
            // The widest window is known to be too wide.
            var count = window == (first, last) ? int.MaxValue : await CollectAsync(found, Range(window.First, window.Last), null, cancellationToken);
            if (count != int.MaxValue && !LooksCapped(count))
                continue;
            if (count != int.MaxValue)
                archive.Log.Capped(archive.Options.CalledAeTitle, count);
            if (days == 0)
            {
                await BisectDayAsync(found, Range(window.First, window.First), cancellationToken);
                continue;
            }

            var middle = window.First.AddDays(days / 2);
            windows.Push((middle.AddDays(1), window.Last));
            windows.Push((window.First, middle));
        }
    }

    private async Task BisectDayAsync(Dictionary<string, AttributeSet> found, string date, CancellationToken cancellationToken)
    {
        var windows = new Stack<(TimeSpan From, TimeSpan To)>();
        windows.Push((TimeSpan.Zero, TimeSpan.FromDays(1)));
        var whole = true;
        while (windows.TryPop(out var window))
        {
            var count = whole ? int.MaxValue : await CollectAsync(found, date, Range(window.From, window.To), cancellationToken);
            whole = false;
            if (count != int.MaxValue && !LooksCapped(count))
                continue;
            var half = TimeSpan.FromSeconds(Math.Floor((window.To - window.From).TotalSeconds / 2));
            if (half < SmallestWindow)
            {
                // A guessed cap may be a coincidence; a configured one means that studies are missing.
                if (archive.Options.FindAnswerCap > 0)
                    throw new MdmException(MdmErrorKind.Unavailable, "The archive cuts queries off even within a minute of study time; the listing is not complete (FindAnswerCap).");
                continue;
            }

            windows.Push((window.From + half, window.To));
            windows.Push((window.From, window.From + half));
        }
    }

    /// <summary>Adds the studies of a window; returns how many answers came.</summary>
    private async ValueTask<int> CollectAsync(Dictionary<string, AttributeSet> found, string? date, string? time, CancellationToken cancellationToken)
    {
        var identifier = Identifier(QueryLevel.Study, StudyKeys, null, null);
        PushDown(identifier, Tags.StudyDate);
        PushDown(identifier, Tags.PatientId);
        PushDown(identifier, Tags.AccessionNumber);
        PushDownUids(identifier, Tags.StudyInstanceUid);
        if (date is not null)
            identifier.Set(Tags.StudyDate, date);
        if (time is not null)
            identifier.Set(Tags.StudyTime, time);
        var count = 0;
        await foreach (var answer in FindAsync(identifier, cancellationToken))
        {
            count++;
            var uid = answer.GetText(Tags.StudyInstanceUid);
            if (ObjectPath.IsUid(uid) && Wanted(answer))
                found.TryAdd(uid, answer);
        }

        return count;
    }

    private bool LooksCapped(int count) => archive.Options.FindAnswerCap > 0
        ? count >= archive.Options.FindAnswerCap
        : count >= SmallestSuspiciousCount && count % CapStep == 0;

    /// <summary>False when the answer has an attribute that a condition of the selection excludes.</summary>
    private bool Wanted(AttributeSet answer)
    {
        foreach (var condition in selection.Conditions)
        {
            if (DicomDictionary.FindKeyword(condition.Keyword) is not { } entry)
                continue;
            // At study level the modality shows as ModalitiesInStudy.
            var tag = entry.Tag == Tags.Modality && !answer.Contains(Tags.Modality) ? Tags.ModalitiesInStudy : entry.Tag;
            // An empty answer may only mean that the archive does not keep the attribute at this level.
            if (answer.GetValues(tag) is { Count: > 0 } values && !condition.AnyOf.Any(pattern => Query.MatchesAny(pattern, entry.Vr, values)))
                return false;
        }

        return true;
    }

    private void PushDown(AttributeSet identifier, Tag tag)
    {
        // Only plain ASCII: what the archive would have to decode, it may not find.
        if (Patterns(tag) is [{ } pattern] && pattern.All(char.IsAscii) && !pattern.Contains('\\', StringComparison.Ordinal))
            identifier.Set(tag, pattern);
    }

    private void PushDownUids(AttributeSet identifier, Tag tag)
    {
        if (Patterns(tag) is { Length: > 0 and <= RetrievePlan.MaxUidsPerRequest } uids && uids.All(ObjectPath.IsUid))
            identifier.Set(tag, string.Join('\\', uids));
    }

    private ImmutableArray<string> Patterns(Tag tag)
    {
        var keyword = DicomDictionary.Find(tag)!.Keyword;
        return selection.Conditions.FirstOrDefault(condition => condition.Keyword == keyword)?.AnyOf ?? [];
    }

    private static AttributeSet Identifier(QueryLevel level, Tag[] keys, string? study, string? series)
    {
        var identifier = Query.Identifier(level, study, series);
        foreach (var key in keys)
            identifier.Set(key, "");
        return identifier;
    }

    private IAsyncEnumerable<AttributeSet> FindAsync(AttributeSet identifier, CancellationToken cancellationToken) =>
        archive.FindAsync(ArchiveUse.Harvest, identifier, cancellationToken);

    private static string Range(DateOnly first, DateOnly last) =>
        first == last ? Text(first) : $"{Text(first)}-{Text(last)}";

    private static string Range(TimeSpan from, TimeSpan to)
    {
        var last = to - TimeSpan.FromSeconds(1);
        return string.Create(CultureInfo.InvariantCulture, $"{from:hhmmss}-{last:hhmmss}.999999");
    }

    private static string Text(DateOnly date) => date.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
}
