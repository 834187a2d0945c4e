using System.Runtime.CompilerServices;
using Mdm.Abstractions;

namespace Mdm.Dicom.Archives;

/// <summary>Many objects at once: archives give series, so they are asked for series by series.</summary>
internal static class SeriesBatch
{
    /// <summary>Each id once; one that names no object of such an archive comes first, as a failure.</summary>
    /// <param name="ids">Whatever was asked for.</param>
    /// <param name="fetch">Gives objects of one series: study, series, instances.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async IAsyncEnumerable<ArchiveContent> FetchAsync(
        IReadOnlyList<ArchiveObjectId> ids, Func<string, string, string[], IAsyncEnumerable<ArchiveContent>> fetch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var paths = new List<ObjectPath>(ids.Count);
        foreach (var id in ids.Distinct())
        {
            MdmException? invalid = null;
            try
            {
                paths.Add(ObjectPath.Parse(id));
            }
            catch (MdmException exception)
            {
                invalid = exception;
            }

            if (invalid is not null)
                yield return ArchiveContent.Failed(id, invalid);
        }

        foreach (var series in paths.GroupBy(path => (path.Study, path.Series)))
        {
            await foreach (var content in fetch(series.Key.Study, series.Key.Series, [.. series.Select(path => path.Instance)]).WithCancellation(cancellationToken))
                yield return content;
        }
    }
}
