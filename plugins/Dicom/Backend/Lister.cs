using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
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
    private const string EarliestDate = "19000101";
    private static readonly TimeSpan SmallestWindow = TimeSpan.FromMinutes(1);

    public async IAsyncEnumerable<ArchiveEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var study in await StudiesAsync(cancellationToken))
        {
            var studyUid = study.GetText(Tags.StudyInstanceUid);
            var series = new List<AttributeSet>();
            await foreach (var answer in FindAsync(Identifier(QueryLevel.Series, Listing.SeriesKeys, studyUid, null), cancellationToken))
                series.Add(answer);
            foreach (var one in series.Where(selection.Wants))
            {
                var seriesUid = one.GetText(Tags.SeriesInstanceUid);
                if (!ObjectPath.IsUid(seriesUid))
                    continue;
                var above = Listing.Attributes(study).Concat(Listing.Attributes(one)).ToArray();
                var classes = new Dictionary<string, string>(StringComparer.Ordinal);
                await foreach (var image in FindAsync(Identifier(QueryLevel.Image, Listing.ImageKeys, studyUid, seriesUid), cancellationToken))
                {
                    var path = new ObjectPath(studyUid, seriesUid, image.GetText(Tags.SopInstanceUid));
                    if (!ObjectPath.IsUid(path.Instance))
                        continue;
                    // A series beyond the limit is not remembered; it need not be held either.
                    if (classes.Count <= SeriesMemory.MaxInstances)
                        classes[path.Instance] = image.GetText(Tags.SopClassUid);
                    yield return Listing.Entry(path, above, image);
                }

                archive.Memory.Keep(new SeriesListing(studyUid, seriesUid, classes, IsWhole: true));
            }
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
        var identifier = Identifier(QueryLevel.Study, Listing.StudyKeys, null, null);
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
            if (ObjectPath.IsUid(uid) && selection.Wants(answer))
                found.TryAdd(uid, answer);
        }

        return count;
    }

    private bool LooksCapped(int count) => archive.Options.FindAnswerCap > 0
        ? count >= archive.Options.FindAnswerCap
        : AnswerCap.LooksLike(count);

    private void PushDown(AttributeSet identifier, Tag tag)
    {
        if (selection.PatternForArchive(tag) is { } pattern)
            identifier.Set(tag, pattern);
    }

    private void PushDownUids(AttributeSet identifier, Tag tag)
    {
        if (selection.Patterns(tag) is { Length: > 0 and <= RetrievePlan.MaxUidsPerRequest } uids && uids.All(ObjectPath.IsUid))
            identifier.Set(tag, string.Join('\\', uids));
    }

    private static AttributeSet Identifier(QueryLevel level, ImmutableArray<Tag> keys, string? study, string? series)
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
