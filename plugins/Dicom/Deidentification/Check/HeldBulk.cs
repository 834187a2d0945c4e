using System.Buffers;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Check;

/// <summary>
/// Bytes of the result that are neither text nor pixels, kept until every value to look for is known. What does not fit is searched for what is known by then, and
/// a value that becomes known later fails the object: its bytes cannot be read again. Not thread-safe.
/// </summary>
internal sealed class HeldBulk(KnownValues known, DeidentificationLimits limits, Func<ulong, bool> mayStand)
{
    private readonly List<(Tag Tag, int Start)> _places = [];
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private RawSearch? _search;
    private int _searchedFor;

    public void Add(Tag tag, ReadOnlySpan<byte> bytes)
    {
        if (_bytes.WrittenCount + bytes.Length > limits.MaxHeldBulk)
            SearchWhatIsHeld();
        _places.Add((tag, _bytes.WrittenCount));
        _bytes.Write(bytes);
    }

    /// <summary>Another part of the value added last.</summary>
    public void Continue(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.WrittenCount + bytes.Length > limits.MaxHeldBulk)
            SearchWhatIsHeld();
        _bytes.Write(bytes);
    }

    /// <summary>Searches the rest.</summary>
    /// <exception cref="MdmException">Refused: a value was found, or could not be looked for.</exception>
    public void Complete()
    {
        if (_search is not null && known.RawCount != _searchedFor)
            throw new MdmException(MdmErrorKind.Refused, $"The object has identifying values behind more than {limits.MaxHeldBulk} bytes of binary data that they might stand in (limit MaxHeldBulk).");
        if (_bytes.WrittenCount >= RawSearch.MinLength)
            Search(_search ?? known.ToSearch(mayStand));
    }

    private void SearchWhatIsHeld()
    {
        if (_search is null)
        {
            _searchedFor = known.RawCount;
            // What options retain may not be known to the end yet; searching for it too can only refuse too much.
            _search = known.ToSearch(mayStand);
        }

        Search(_search);
        // A value may lie across the border.
        var written = _bytes.WrittenSpan;
        var tail = written[^Math.Min(written.Length, Math.Max(0, _search.LongestLength - 1))..].ToArray();
        var last = _places[^1].Tag;
        _places.Clear();
        _bytes.ResetWrittenCount();
        _places.Add((last, 0));
        _bytes.Write(tail);
    }

    private void Search(RawSearch search)
    {
        for (var i = 0; i < _places.Count; i++)
        {
            var end = i + 1 < _places.Count ? _places[i + 1].Start : _bytes.WrittenCount;
            if (search.Find(_bytes.WrittenSpan[_places[i].Start..end]) is { } tag)
                throw Findings.Bytes(_places[i].Tag, tag);
        }
    }
}

/// <summary>What the check says: the attribute and the rule, never the value.</summary>
internal static class Findings
{
    public static MdmException Table(Tag at) => Refused($"{at} is not what the profile says it must be (rule: table)");

    public static MdmException Word(Tag at, Tag of) => Refused($"{at} holds a word of what {of} held (rule: words)");

    public static MdmException Bytes(Tag at, Tag of) => Refused($"{at} holds bytes of what {of} held (rule: bytes)");

    public static MdmException Uid(Tag at, Tag of) => Refused($"{at} holds a UID that {of} held (rule: UIDs)");

    public static MdmException FileHeader() => Refused("the file header is not the canonical one (rule: file header)");

    private static MdmException Refused(string what) =>
        new(MdmErrorKind.Refused, $"The de-identified object did not pass its check and is not released: {what}. See docs/deidentification.md.");
}
