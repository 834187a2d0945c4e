using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Check;

/// <summary>
/// What the profile removed or replaced in one object: words, UIDs and bytes that must not stand in the result. The attribute of each is kept for the message.
/// Not thread-safe.
/// </summary>
internal sealed class KnownValues(DeidentificationPlan plan)
{
    private const int LongestWhole = 64;

    // Patient ID, Other Patient IDs and the like: here four digits are an id. Elsewhere numbers that short are counts and sizes.
    private const int ShortestPatientNumber = 4;
    private const int ShortestNumber = 6;
    private const int ShortestWord = 3;
    private const int ShortestMixed = 4;

    private readonly Dictionary<ulong, (Tag Tag, ValueClass Class)> _words = [];
    private readonly HashSet<ulong> _retained = [];
    private readonly HashSet<ulong> _left = [];
    private readonly HashSet<string> _retainedUids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tag> _uids = new(StringComparer.Ordinal);
    private readonly List<(string Text, ulong Hash, Tag Tag)> _long = [];
    private readonly Dictionary<ulong, (byte[] Bytes, Tag Tag)> _whole = [];

    /// <summary>Goes up with every value that bytes are searched for.</summary>
    public int RawCount => _long.Count + _uids.Count + _whole.Count;

    /// <summary>The attribute that held a word, and the strictest class of those that did.</summary>
    public bool Find(ulong word, out Tag tag, out ValueClass valueClass)
    {
        var found = _words.TryGetValue(word, out var known);
        (tag, valueClass) = known;
        return found;
    }

    /// <summary>The attribute that held a UID which must not stand in the result; null for all others.</summary>
    public Tag? FindUid(string uid) => _uids.TryGetValue(uid, out var tag) && !_retainedUids.Contains(uid) ? tag : null;

    /// <summary>True for words that an option of the profile lets stand elsewhere.</summary>
    public bool IsRetained(ulong word) => _retained.Contains(word);

    /// <param name="tag">The attribute.</param>
    /// <param name="vr">As what its value is read.</param>
    /// <param name="value">What it held.</param>
    /// <param name="left">What cleaning left of it: words that stay were judged harmless.</param>
    /// <param name="characterSet">Of both.</param>
    /// <param name="valueClass">Where it must not stand.</param>
    public void Add(Tag tag, Vr vr, ReadOnlySpan<byte> value, ReadOnlySpan<byte> left, CharacterSet characterSet, ValueClass valueClass)
    {
        if (value.IsEmpty)
            return;
        switch (vr)
        {
            case Vr.UI:
                AddUids(tag, value);
                return;
            case Vr.DA or Vr.DT:
                AddDates(tag, Encoding.Latin1.GetString(value));
                return;
            case Vr.TM:
                AddTimes(tag, Encoding.Latin1.GetString(value));
                return;
        }

        if (!vr.IsText() || (tag.IsPrivate && vr != Vr.PN))
            return;
        _left.Clear();
        if (!left.IsEmpty)
        {
            var staying = new Retainer(_left);
            Words.Of(left, vr, characterSet, ref staying, withParts: true);
        }

        var collector = new Collector(this, tag, valueClass);
        // Of a name or an id also the number in it: it is written without its letters just as often.
        Words.Of(value, vr, characterSet, ref collector, withParts: valueClass == ValueClass.Identity);
        if (vr is Vr.DS or Vr.IS or Vr.CS)
            return;
        AddWhole(tag, value);
        if (value.Length <= LongestWhole && Words.JoinedNumber(Encoding.Latin1.GetString(value).Trim(' ', '\0')) is not 0 and var number)
            Put(number, tag, ValueClass.Identity);
    }

    public void AddUids(Tag tag, ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)'\\'))
        {
            var uid = Encoding.Latin1.GetString(value[range].Trim(" \0"u8));
            if (uid.Length >= RawSearch.MinLength && DicomDictionary.FindUid(uid) is null)
                _uids.TryAdd(uid, tag);
        }
    }

    public void Retain(Vr vr, ReadOnlySpan<byte> value, CharacterSet characterSet)
    {
        if (!vr.IsText())
            return;
        if (vr == Vr.UI)
        {
            foreach (var range in value.Split((byte)'\\'))
                _retainedUids.Add(Encoding.Latin1.GetString(value[range].Trim(" \0"u8)));
            return;
        }

        var collector = new Retainer(_retained);
        Words.Of(value, vr, characterSet, ref collector, withParts: true);
    }

    /// <summary>The byte sequences in which what is known may hide.</summary>
    /// <param name="mayStand">Words of attributes that the profile keeps, which are no finding.</param>
    public RawSearch ToSearch(Func<ulong, bool> mayStand)
    {
        var sequences = new List<(byte[], Tag)>();
        foreach (var (uid, tag) in _uids.Where(known => !_retainedUids.Contains(known.Key)))
            sequences.Add((Encoding.ASCII.GetBytes(uid), tag));
        foreach (var (text, hash, tag) in _long)
        {
            if (mayStand(hash))
                continue;
            sequences.Add((Encoding.UTF8.GetBytes(text), tag));
            sequences.Add((Encoding.Unicode.GetBytes(text), tag));
            sequences.Add((Encoding.BigEndianUnicode.GetBytes(text), tag));
            if (!Ascii.IsValid(text) && text.All(letter => letter < 256))
                sequences.Add((Encoding.Latin1.GetBytes(text), tag));
        }

        sequences.AddRange(_whole.Values);
        return new RawSearch(sequences);
    }

    private void AddDates(Tag tag, string text)
    {
        foreach (var one in text.Split('\\', '-'))
        {
            var digits = one.Trim(' ', '\0').Replace(".", "", StringComparison.Ordinal);
            if (digits.Length < 8 || !DateOnly.TryParseExact(digits.AsSpan(0, 8), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                continue;
            var (year, month, day) = (digits[..4], digits[4..6], digits[6..8]);
            Remember(digits.AsSpan(0, 8), tag, ValueClass.Identity);
            Put(Words.HashOf(day + month + year), tag, ValueClass.Identity);
            Put(Words.HashOf(month + day + year), tag, ValueClass.Identity);
        }
    }

    private void AddTimes(Tag tag, string text)
    {
        foreach (var one in text.Split('\\', '-'))
        {
            var time = one.Trim(' ', '\0').Split('.')[0];
            // A full hour is any round number.
            if (time.Length == 6 && !time.EndsWith("0000", StringComparison.Ordinal) && int.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                Put(Words.HashOf(time), tag, ValueClass.Context);
        }
    }

    private void AddWhole(Tag tag, ReadOnlySpan<byte> value)
    {
        var bytes = value.Trim(" \0"u8);
        // What is plain ASCII is found by its words; in other writing the bytes may stand where another character set is declared.
        if (bytes.Length is < RawSearch.MinLength or > LongestWhole || Ascii.IsValid(bytes))
            return;
        var copy = bytes.ToArray();
        _whole.TryAdd(Words.HashOf(Encoding.Latin1.GetString(copy)), (copy, tag));
    }

    private void Remember(ReadOnlySpan<char> word, Tag tag, ValueClass valueClass)
    {
        var hash = Words.HashOf(word);
        if (Put(hash, tag, valueClass) && word.Length >= RawSearch.MinLength)
            _long.Add((word.ToString(), hash, tag));
    }

    /// <summary>True when the word was not known yet.</summary>
    private bool Put(ulong hash, Tag tag, ValueClass valueClass)
    {
        if (_words.Count >= plan.Limits.MaxDistinctWords)
            throw new MdmException(MdmErrorKind.Refused, $"The object holds more different identifying values than can be looked for (limit MaxDistinctWords, {plan.Limits.MaxDistinctWords}).");
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_words, hash, out var exists);
        if (!exists || valueClass > known.Class)
            known = (tag, valueClass);
        return !exists;
    }

    private static bool IsPatientNumber(Tag tag) => tag.Value is 0x0010_0020 or 0x0010_1000 or 0x0010_1090 or 0x0012_0040 or 0x0038_0010;

    private readonly struct Collector(KnownValues known, Tag tag, ValueClass valueClass) : IWordSink
    {
        public void Take(in Word word, ReadOnlySpan<char> text)
        {
            if (word is { IsPart: true, Kind: not WordKind.Digits } or { IsPart: true, Length: < ShortestNumber })
                return;
            var shortest = word.Kind switch
            {
                WordKind.Letters => ShortestWord,
                WordKind.Digits => IsPatientNumber(tag) ? ShortestPatientNumber : ShortestNumber,
                WordKind.Mixed => ShortestMixed,
                _ => 1,
            };
            if (word.Length >= shortest && !known._left.Contains(word.Hash) && !known.IsHarmless(text))
                known.Remember(text, tag, valueClass);
        }
    }

    private bool IsHarmless(ReadOnlySpan<char> word) => plan.Words.Allows(word.ToString());

    private readonly struct Retainer(HashSet<ulong> retained) : IWordSink
    {
        public void Take(in Word word, ReadOnlySpan<char> text) => retained.Add(word.Hash);
    }
}
