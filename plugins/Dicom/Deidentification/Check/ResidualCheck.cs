using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Engine;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Check;

/// <summary>
/// The check after de-identification, which fails closed: reads the result again as it was written and looks for what the original held. The rules are a page of
/// docs/deidentification.md, "The check". Not thread-safe.
/// </summary>
internal sealed class ResidualCheck : IOutputVisitor
{
    private const int ShortestNumber = 6;
    private const int FileHeaderLength = Part10.PreambleLength + 4;

    private static readonly SearchValues<byte> DigitsAndDot = SearchValues.Create("0123456789."u8);

    private static ReadOnlySpan<byte> MethodText => "DICOM PS3.15-2026c"u8;

    private readonly DeidentificationPlan _plan;
    private readonly string _sopClassUid;
    private readonly KnownValues _known;
    private readonly HeldBulk _bulk;
    private readonly OutputWalk _walk;
    private readonly byte[] _fileHeader;
    private readonly HashSet<ulong> _issued = [];
    private readonly HashSet<ulong> _cleaned = [];
    private readonly Dictionary<ulong, Places> _words = [];
    private readonly Dictionary<string, Tag> _uids = new(StringComparer.Ordinal);
    private readonly List<Level> _levels = [new Level()];
    private readonly Tag[] _path;
    private int _depth;
    private int _headerSeen;

    /// <param name="plan">What was to be done.</param>
    /// <param name="sopClassUid">Of the object.</param>
    /// <param name="encoding">Of the result.</param>
    /// <param name="fileHeader">The file header that the result must have.</param>
    public ResidualCheck(DeidentificationPlan plan, string sopClassUid, DataEncoding encoding, byte[] fileHeader)
    {
        (_plan, _sopClassUid, _fileHeader) = (plan, sopClassUid, fileHeader);
        _known = new KnownValues(plan);
        _bulk = new HeldBulk(_known, plan.Limits, MayStandInBulk);
        _walk = new OutputWalk(encoding, plan.Limits, this);
        _path = new Tag[plan.Limits.MaxNesting];
        _levels[0].Start(CharacterSet.Default);
    }

    /// <summary>A value of the original that is not in the result.</summary>
    public void Removed(Tag tag, Vr vr, ReadOnlySpan<byte> value, CharacterSet characterSet, ValueClass valueClass) =>
        _known.Add(tag, vr, value, [], characterSet, valueClass);

    /// <summary>A value of the original of which a part is left.</summary>
    public void Reduced(Tag tag, Vr vr, ReadOnlySpan<byte> value, ReadOnlySpan<byte> left, CharacterSet characterSet, ValueClass valueClass) =>
        _known.Add(tag, vr, value, left, characterSet, valueClass);

    /// <summary>UIDs of the original that others stand for.</summary>
    public void RemovedUids(Tag tag, ReadOnlySpan<byte> value) => _known.AddUids(tag, value);

    /// <summary>A value that an option of the profile retains: its words may stand elsewhere too.</summary>
    public void Retained(Vr vr, ReadOnlySpan<byte> value, CharacterSet characterSet) => _known.Retain(vr, value, characterSet);

    /// <summary>A value that the de-identifier made. Its words are its own, and no finding.</summary>
    public void Issued(Tag tag, ReadOnlySpan<byte> value) => _issued.Add(Mark(tag, value));

    /// <summary>A value of which the de-identifier left what is harmless: it may stand there, and is looked at like any other.</summary>
    public void Cleaned(Tag tag, ReadOnlySpan<byte> value) => _cleaned.Add(Mark(tag, value));

    /// <summary>Takes bytes of the result, as they are written, in order.</summary>
    public void Observe(ReadOnlySpan<byte> written)
    {
        if (_headerSeen < _fileHeader.Length)
        {
            var count = Math.Min(written.Length, _fileHeader.Length - _headerSeen);
            if (!written[..count].SequenceEqual(_fileHeader.AsSpan(_headerSeen, count)))
                throw Findings.FileHeader();
            _headerSeen += count;
            written = written[count..];
        }

        _walk.Push(written);
    }

    /// <summary>The result is written to its end.</summary>
    /// <exception cref="MdmException">Refused: something of the original is in it. The message names attribute and rule.</exception>
    public void Complete()
    {
        _walk.Complete();
        if (_headerSeen < FileHeaderLength)
            throw Findings.FileHeader();
        foreach (var (uid, at) in _uids)
        {
            if (_known.FindUid(uid) is { } of)
                throw Findings.Uid(at, of);
        }

        foreach (var (word, at) in _words)
        {
            if (_known.Find(word, out var of, out var valueClass) && at.Forbidden(valueClass) is { } place && !_known.IsRetained(word))
                throw Findings.Word(place, of);
        }

        _bulk.Complete();
    }

    void IOutputVisitor.Structure(in DataSetToken token)
    {
        switch (token.Kind)
        {
            case TokenKind.SequenceStart:
                Enter(token);
                break;
            case TokenKind.ItemStart:
                if (_levels[_depth].Treatment == Treatment.Dropped)
                    throw Findings.Table(_levels[_depth].Sequence);
                _levels[_depth].Start(_levels[_depth - 1].CharacterSet);
                if (_levels[_depth].HoldsContentItems)
                    Judge(_levels[_depth], default);
                break;
            case TokenKind.SequenceEnd:
                _depth--;
                break;
            case TokenKind.FragmentsStart:
                if (Resolve(token, _levels[_depth], out _).Action != RuleAction.Keep)
                    throw Findings.Table(token.Tag);
                break;
        }
    }

    void IOutputVisitor.LongElement(in DataSetToken token)
    {
        if (Resolve(token, _levels[_depth], out _).Action != RuleAction.Keep)
            throw Findings.Table(token.Tag);
        _bulk.Add(token.Tag, []);
    }

    void IOutputVisitor.LongValue(ReadOnlySpan<byte> bytes) => _bulk.Continue(bytes);

    void IOutputVisitor.Element(in DataSetToken token, ReadOnlySpan<byte> value)
    {
        if (token.Kind == TokenKind.Fragment)
        {
            _bulk.Add(token.Tag, value);
            return;
        }

        var level = _levels[_depth];
        level.Note(token.Tag, value);
        Judge(token, value, level);
        var resolution = Resolve(token, level, out var vr);
        var mark = Mark(token.Tag, value);
        var isIssued = value.IsEmpty || _issued.Contains(mark);
        if (!isIssued && !_cleaned.Contains(mark) && !IsAllowed(token, vr, value, resolution, level))
            throw Findings.Table(token.Tag);
        if (vr == Vr.UI)
            TakeUids(token.Tag, value);
        else if (!isIssued)
            Look(token, vr, value, level, resolution);
    }

    private static bool IsAllowed(in DataSetToken token, Vr vr, ReadOnlySpan<byte> value, Resolution resolution, Level level)
    {
        if (resolution.Action == RuleAction.MapUid && vr == Vr.UI)
            return OnlyRegisteredUids(value);
        if (resolution.Action != RuleAction.Keep || vr == Vr.SQ)
            return false;
        return level.Treatment switch
        {
            Treatment.TextReplaced => resolution.By == DecidedBy.Option || !(vr.FollowsCharacterSet() || vr is Vr.UR or Vr.AE),
            _ => true,
        };
    }

    private static bool OnlyRegisteredUids(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)'\\'))
        {
            var uid = Encoding.Latin1.GetString(value[range].Trim(" \0"u8));
            if (uid.Length > 0 && DicomDictionary.FindUid(uid) is null)
                return false;
        }

        return true;
    }

    private void Look(in DataSetToken token, Vr vr, ReadOnlySpan<byte> value, Level level, Resolution resolution)
    {
        // What is no text, or of which nobody knows how it is written, is searched as bytes; text beyond ASCII is searched both ways.
        if (!vr.IsText() || !Ascii.IsValid(value))
            _bulk.Add(token.Tag, value);
        if (!vr.IsText())
            return;
        FindUids(token.Tag, value);
        var place = resolution.Action != RuleAction.Keep || (level.Treatment == Treatment.TextCleaned && vr.FollowsCharacterSet()) ? Place.Open
            : ValueClasses.IsCoded(token.Tag, vr) ? Place.Coded : Place.Kept;
        var sink = new Noting(this, token.Tag, place);
        // Our own words on the method are nobody's.
        if (token.Tag == MoreTags.DeidentificationMethod && value.IndexOf(MethodText) is >= 0 and var ours)
            value = value[..ours];
        if (vr is Vr.DS or Vr.IS)
            LookAtNumbers(value, ref sink);
        else
            Words.Of(value, vr, level.CharacterSet, ref sink, withParts: true);
    }

    /// <summary>Measures are full of digits: only a whole number of an id's length is compared.</summary>
    private static void LookAtNumbers(ReadOnlySpan<byte> value, ref Noting sink)
    {
        foreach (var range in value.Split((byte)'\\'))
        {
            var number = value[range].Trim(" \0+-"u8);
            if (number.Length < ShortestNumber || number.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
                continue;
            var text = Encoding.ASCII.GetString(number);
            sink.Take(new Word(Words.HashOf(text), text.Length, WordKind.Digits, IsPart: false), text);
        }
    }

    /// <summary>UIDs within a text: runs of digits and dots.</summary>
    private void FindUids(Tag tag, ReadOnlySpan<byte> value)
    {
        const int Shortest = 10;
        while (value.IndexOfAny(DigitsAndDot) is >= 0 and var start)
        {
            value = value[start..];
            var end = value.IndexOfAnyExcept(DigitsAndDot) is >= 0 and var stop ? stop : value.Length;
            if (end >= Shortest && value[..end].Count((byte)'.') >= 3)
                _uids.TryAdd(Encoding.ASCII.GetString(value[..end].Trim((byte)'.')), tag);
            value = value[end..];
        }
    }

    private void TakeUids(Tag tag, ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)'\\'))
            _uids.TryAdd(Encoding.Latin1.GetString(value[range].Trim(" \0"u8)), tag);
    }

    /// <summary>Content items say what they are before they say their value: the elements stand in ascending order.</summary>
    private void Judge(in DataSetToken token, ReadOnlySpan<byte> value, Level level)
    {
        if (level.HoldsContentItems && token.Tag == MoreTags.ValueType)
        {
            Judge(level, level.ContentItem with { ValueType = Encoding.Latin1.GetString(value) });
            return;
        }

        if (_depth < 2 || level.Sequence != MoreTags.ConceptNameCodes || !_levels[_depth - 1].HoldsContentItems)
            return;
        var outer = _levels[_depth - 1];
        if (ContentItems.IsCodeValue(token.Tag) && outer.ContentItem.CodeValue is null)
            Judge(outer, outer.ContentItem with { CodeValue = level.CharacterSet.Decode(value, Vr.SH) });
        else if (token.Tag == MoreTags.CodingSchemeDesignator && outer.ContentItem.CodingScheme is null)
            Judge(outer, outer.ContentItem with { CodingScheme = level.CharacterSet.Decode(value, Vr.SH) });
    }

    private void Judge(Level level, ContentItem item)
    {
        level.ContentItem = item;
        level.OfContentValue = _plan.Content?.Resolve(item);
    }

    private void Enter(in DataSetToken token)
    {
        var outer = _levels[_depth];
        var resolution = Resolve(token, outer, out _);
        if (resolution.Action == RuleAction.Remove || outer.Treatment == Treatment.Dropped)
            throw Findings.Table(token.Tag);
        _path[_depth++] = token.Tag;
        if (_levels.Count == _depth)
            _levels.Add(new Level());
        var level = _levels[_depth];
        level.Open(token.Tag, Treatments.Within(token.Tag, _depth, resolution, outer.Treatment, isDroppedGroup: false), Treatments.HoldsContentItems(resolution));
        level.Start(outer.CharacterSet);
    }

    private Resolution Resolve(in DataSetToken token, Level level, out Vr vr) =>
        ElementResolver.Resolve(_plan.Profile, token, level, _sopClassUid, _path.AsSpan(0, _depth), out vr);

    /// <summary>A word in binary data is no finding where the result holds it in an attribute that the profile keeps, or an option retains it.</summary>
    private bool MayStandInBulk(ulong word) =>
        _known.IsRetained(word) || (_words.TryGetValue(word, out var at) && _known.Find(word, out _, out var valueClass) && valueClass != ValueClass.Identity && at.IsKept);

    private static ulong Mark(Tag tag, ReadOnlySpan<byte> value)
    {
        const ulong Prime = 0x9E37_79B9_7F4A_7C15;
        value = value.TrimEnd(" \0"u8);
        var hash = (ulong)tag.Value * Prime;
        for (; value.Length >= 8; value = value[8..])
            hash = (ulong.RotateLeft(hash, 29) ^ BitConverter.ToUInt64(value)) * Prime;
        foreach (var octet in value)
            hash = (ulong.RotateLeft(hash, 29) ^ octet) * Prime;
        return hash;
    }

    private enum Place : byte
    {
        /// <summary>An attribute that the profile keeps.</summary>
        Kept,

        /// <summary>The same, with codes and makers' names in it.</summary>
        Coded,

        /// <summary>An attribute of which something was taken.</summary>
        Open,
    }

    /// <summary>Where a word stands in the result: one attribute of each kind of place, nothing where it stands in none.</summary>
    private record struct Places(Tag Kept, Tag Coded, Tag Open)
    {
        public readonly bool IsKept => Kept != default || Coded != default;

        /// <summary>The attribute in which a word of that class must not stand.</summary>
        public readonly Tag? Forbidden(ValueClass valueClass) => valueClass switch
        {
            ValueClass.Identity => Kept != default ? Kept : Open != default ? Open : Coded,
            ValueClass.Organisation => Kept != default ? Kept : Open != default ? Open : null,
            _ => Open != default && !IsKept ? Open : null,
        };
    }

    private readonly struct Noting(ResidualCheck check, Tag tag, Place place) : IWordSink
    {
        public void Take(in Word word, ReadOnlySpan<char> text)
        {
            if (word.Length < 3 && word.Kind != WordKind.Unspaced)
                return;
            // Where codes stand, words of which the standard makes its own names are codes.
            if (place == Place.Coded && Vocabulary.Contains(word.Hash))
                return;
            var words = check._words;
            if (words.Count >= check._plan.Limits.MaxDistinctWords)
                throw new MdmException(MdmErrorKind.Refused, $"The object has more different words than can be compared (limit MaxDistinctWords, {check._plan.Limits.MaxDistinctWords}).");
            ref var seen = ref CollectionsMarshal.GetValueRefOrAddDefault(words, word.Hash, out _);
            switch (place)
            {
                case Place.Kept:
                    seen.Kept = tag;
                    break;
                case Place.Coded:
                    seen.Coded = tag;
                    break;
                default:
                    seen.Open = tag;
                    break;
            }
        }
    }
}
