using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>
/// Lists an archive from the study down by QIDO-RS; entries are those that the <c>dicom</c> backend makes of C-FIND. Studies and series of one study are held in memory; instances pass through page by page.
/// </summary>
internal sealed class Lister(ArchiveServices archive, ArchiveSelection selection)
{
    public async IAsyncEnumerable<ArchiveEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var study in await StudiesAsync(cancellationToken))
        {
            var studyUid = study.GetText(Tags.StudyInstanceUid);
            foreach (var one in await SeriesAsync(studyUid, cancellationToken))
            {
                var seriesUid = one.GetText(Tags.SeriesInstanceUid);
                var above = Listing.Attributes(study).Concat(Listing.Attributes(one)).ToArray();
                var classes = new Dictionary<string, string>(StringComparer.Ordinal);
                await foreach (var image in InstancesAsync(studyUid, seriesUid, cancellationToken))
                {
                    var path = new ObjectPath(studyUid, seriesUid, image.GetText(Tags.SopInstanceUid));
                    // A series beyond the limit is not remembered; it need not be held either.
                    if (classes.Count <= SeriesMemory.MaxInstances)
                        classes[path.Instance] = image.GetText(Tags.SopClassUid);
                    yield return Listing.Entry(path, above, Whole(image, Listing.ImageKeys, path));
                }

                archive.Memory.Keep(new SeriesListing(studyUid, seriesUid, classes, IsWhole: true));
            }
        }
    }

    private async ValueTask<List<AttributeSet>> StudiesAsync(CancellationToken cancellationToken)
    {
        var found = new List<AttributeSet>();
        foreach (var conditions in StudyConditions())
        {
            var pages = new Pages(archive, ArchiveUse.Harvest, "studies", Listing.StudyKeys, conditions, Tags.StudyInstanceUid);
            try
            {
                await foreach (var answer in pages.ReadAsync(cancellationToken))
                {
                    if (selection.Wants(answer))
                        found.Add(Whole(answer, Listing.StudyKeys, new ObjectPath(answer.GetText(Tags.StudyInstanceUid), "", "")));
                }
            }
            catch (MdmException exception) when (exception.Kind == MdmErrorKind.NotFound)
            {
                // An archive without studies answers with none of them; this one has no such service at this address.
                throw new MdmException(MdmErrorKind.Refused, "The archive does not serve QIDO-RS at the configured Url.", exception);
            }
        }

        return found;
    }

    private async ValueTask<List<AttributeSet>> SeriesAsync(string study, CancellationToken cancellationToken)
    {
        var found = new List<AttributeSet>();
        var pages = new Pages(archive, ArchiveUse.Harvest, ArchiveServices.SeriesOf(study), Listing.SeriesKeys, [], Tags.SeriesInstanceUid);
        await foreach (var answer in StillThere(pages, cancellationToken))
        {
            if (selection.Wants(answer))
                found.Add(Whole(answer, Listing.SeriesKeys, new ObjectPath(study, answer.GetText(Tags.SeriesInstanceUid), "")));
        }

        return found;
    }

    private IAsyncEnumerable<AttributeSet> InstancesAsync(string study, string series, CancellationToken cancellationToken) =>
        StillThere(new Pages(archive, ArchiveUse.Harvest, ArchiveServices.InstancesOf(study, series), Listing.ImageKeys, [], Tags.SopInstanceUid), cancellationToken);

    /// <summary>What was deleted since its study was listed is not there; that is no failure.</summary>
    private static async IAsyncEnumerable<AttributeSet> StillThere(Pages pages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var answers = pages.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(answers))
            yield return answers.Current;
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<AttributeSet> answers)
    {
        try
        {
            return await answers.MoveNextAsync();
        }
        catch (MdmException exception) when (exception.Kind == MdmErrorKind.NotFound)
        {
            return false;
        }
    }

    /// <summary>An attribute that was asked for and is not in the answer is empty there, as DIMSE writes it; the UIDs above are those of the address.</summary>
    private static AttributeSet Whole(AttributeSet answer, IEnumerable<Tag> keys, ObjectPath path)
    {
        foreach (var key in keys)
        {
            if (!answer.Contains(key))
                answer.Set(key, "");
        }

        answer.Set(Tags.StudyInstanceUid, path.Study);
        Address(answer, Tags.SeriesInstanceUid, path.Series);
        Address(answer, Tags.SopInstanceUid, path.Instance);
        return answer;
    }

    private static void Address(AttributeSet answer, Tag tag, string uid)
    {
        if (uid.Length > 0)
            answer.Set(tag, uid);
        else
            answer.Remove(tag);
    }

    /// <summary>One search for each study that is named; lists of UIDs are written in several ways that not every archive knows.</summary>
    private IEnumerable<IReadOnlyList<(Tag Tag, string Value)>> StudyConditions()
    {
        var common = new List<(Tag Tag, string Value)>();
        foreach (var tag in (Tag[])[Tags.StudyDate, Tags.PatientId, Tags.AccessionNumber])
        {
            if (selection.PatternForArchive(tag) is { } pattern)
                common.Add((tag, pattern));
        }

        var studies = selection.Patterns(Tags.StudyInstanceUid);
        if (studies.IsEmpty || !studies.All(ObjectPath.IsUid))
            return [common];
        return studies.Distinct().Select(uid => (IReadOnlyList<(Tag Tag, string Value)>)[.. common, (Tags.StudyInstanceUid, uid)]);
    }
}
