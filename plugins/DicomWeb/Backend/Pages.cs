using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>All answers to a search, page by page, each object once.</summary>
/// <remarks>
/// Archives cut long answers off without saying so: a short page ends the search only where its length does not look like such a cap. An archive that does not page at all
/// is noticed when a page brings nothing new; whether that was all is then not to be known, unless it sent more than was asked for.
/// </remarks>
internal sealed class Pages(ArchiveServices archive, ArchiveUse use, string path, IReadOnlyCollection<Tag> keys, IReadOnlyList<(Tag Tag, string Value)> conditions, Tag uid)
{
    /// <exception cref="MdmException">Unavailable: the listing is not complete. Others as <see cref="ArchiveServices.SearchAsync"/>.</exception>
    public async IAsyncEnumerable<AttributeSet> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var limit = archive.Options.PageSize;
        for (var offset = 0; ;)
        {
            var page = await archive.SearchAsync(use, path, keys, conditions, limit, offset, cancellationToken);
            var count = page.Answers.Count;
            var known = seen.Count;
            foreach (var answer in page.Answers)
            {
                var name = answer.GetText(uid);
                if (ObjectPath.IsUid(name) && seen.Add(name))
                    yield return answer;
            }

            if (count == 0)
                yield break;
            if (seen.Count == known && offset > 0)
            {
                // More than a page at once, and the same again: it sends everything each time.
                if (count > limit && !page.IsCut)
                    yield break;
                throw new MdmException(MdmErrorKind.Unavailable, "The archive sends the same page of a listing again (offset): the listing may not be complete. A larger PageSize may help.");
            }

            if (count < limit && !page.IsCut && !AnswerCap.LooksLike(count))
                yield break;
            offset += count;
        }
    }
}
