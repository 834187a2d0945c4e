using System.Text;
using Mdm.Dicom.Confidentiality;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>Makes the values. Immutable but for a small memory of UIDs; not thread-safe.</summary>
internal sealed class ValueMaker(DeidentificationPlan plan, ObjectFacts facts)
{
    // Explicit VR of the short form holds no more (PS3.5 §7.1.2).
    private const int LongestShortValue = 65534;

    private int? _documentLength;
    private readonly Dictionary<string, byte[]> _uids = new(StringComparer.Ordinal);


    /// <summary>The bytes in place of a value; null to leave it as it is (<see cref="RuleAction.Keep"/>) or out.</summary>
    public byte[]? Make(in ElementAt element, ReadOnlySpan<byte> value, ref Resolution resolution)
    {
        if (element.Token.Tag == MoreTags.EncapsulatedDocument && resolution.Action is RuleAction.Dummy or RuleAction.Keep)
            return Document();
        if (element.Token.Tag == MoreTags.EncapsulatedDocumentLength && DocumentLength(element.Token.Encoding) is { } length)
        {
            resolution = new Resolution(RuleAction.Dummy, DecidedBy.EnclosingSequence);
            return length;
        }

        switch (resolution.Action)
        {
            case RuleAction.Remove:
                // PS3.3 §C.7.1.1: an animal has a responsible person, type 2C. Without a value it is as good as removed, and the object stays valid.
                return facts.IsAnimal && element.Depth == 0 && element.Token.Tag.Value is 0x0010_2297 or 0x0010_2299 ? [] : null;
            case RuleAction.Keep:
                if (resolution.By == DecidedBy.Option)
                    return null;
                var within = Within(element, value);
                if (within is not null)
                    resolution = new Resolution(RuleAction.Dummy, DecidedBy.EnclosingSequence);
                return within;
            case RuleAction.Empty:
                return Pseudonym(element, value) ?? [];
            case RuleAction.MapUid:
                return Uids(element, value);
            case RuleAction.Clean:
                return Clean(element, value, resolution.Clean);
            default:
                return Pseudonym(element, value) ?? Dummy(element, value);
        }
    }

    /// <summary>What a sequence that is cleaned or replaced as a whole asks of a value that the profile itself would keep.</summary>
    private byte[]? Within(in ElementAt element, ReadOnlySpan<byte> value)
    {
        var vr = element.Vr;
        if (value.IsEmpty || element.Level.Treatment == Treatment.AsProfileSays || !(vr.FollowsCharacterSet() || vr is Vr.UR or Vr.AE))
            return null;
        if (element.Level.Treatment == Treatment.TextCleaned)
            return vr.FollowsCharacterSet() && element.Token.Tag != MoreTags.CodeValue && element.Token.Tag != MoreTags.CodingSchemeDesignator
                ? Clean(element, value, CleanKind.Descriptor)
                : null;
        return element.Level.Treatment == Treatment.CodeKept && IsPublicCode(element.Token.Tag, value) ? null : Dummy(element, value);
    }

    // Value, scheme and version of a code as public schemes have them: short, no words.
    private static bool IsPublicCode(Tag tag, ReadOnlySpan<byte> value)
    {
        const int LongestCode = 16;
        if (tag != MoreTags.CodeValue && tag != MoreTags.CodingSchemeDesignator && tag != MoreTags.CodingSchemeVersion)
            return false;
        var text = value.TrimEnd((byte)' ');
        return text.Length <= LongestCode && text.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
    }

    /// <summary>(0042,0011): an empty document.</summary>
    public byte[] Document()
    {
        var document = ObjectGate.Document(plan, facts);
        _documentLength = document.Length;
        return document;
    }

    /// <summary>(0042,0015), where the document was replaced.</summary>
    private byte[]? DocumentLength(DataEncoding encoding)
    {
        if (_documentLength is not { } length)
            return null;
        var bytes = BitConverter.GetBytes(length);
        if (encoding == DataEncoding.ExplicitBigEndian)
            Array.Reverse(bytes);
        return bytes;
    }

    /// <summary>The keyed pseudonym of those attributes by which objects are grouped; null for all others, and where there is nothing to stand for.</summary>
    private byte[]? Pseudonym(in ElementAt element, ReadOnlySpan<byte> value)
    {
        var tag = element.Token.Tag;
        if (tag == Tags.PatientId || tag == Tags.PatientName)
        {
            // At the top it stands for the patient, also of objects that name none. Elsewhere it may be about another.
            if (element.Depth == 0)
                return Ascii(plan.Pseudonyms.Patient(facts.Patient));
            var text = Decoded(element, value);
            if (text.Length == 0)
                return null;
            return Ascii(text == (tag == Tags.PatientId ? facts.PatientId : facts.PatientName) ? plan.Pseudonyms.Patient(facts.Patient) : plan.Pseudonyms.Identifier(text));
        }

        // Emptied, archives would merge all studies of a day, and all orders.
        return (tag == Tags.StudyId || tag == Tags.AccessionNumber) && Decoded(element, value) is { Length: > 0 } id
            ? Ascii(plan.Pseudonyms.Identifier(id))
            : null;
    }

    private byte[] Dummy(in ElementAt element, ReadOnlySpan<byte> value)
    {
        var vr = WrittenVr(element);
        if (DummyValues.ForText(vr, element.Vr == Vr.PN ? "" : Decoded(element, value), plan.Pseudonyms) is not { } text)
            return DummyValues.ForBinary(vr, value.Length);
        return Fitting(element, text);
    }

    private byte[] Uids(in ElementAt element, ReadOnlySpan<byte> value)
    {
        if (!element.Vr.IsText())
            return DummyValues.ForBinary(element.Vr, value.Length);
        var text = Encoding.Latin1.GetString(value).TrimEnd(' ', '\0');
        if (!text.Contains('\\', StringComparison.Ordinal))
            return Uid(text.Trim(' ', '\0'));
        return Ascii(string.Join('\\', text.Split('\\').Select(one => Encoding.ASCII.GetString(Uid(one.Trim(' ', '\0'))))));
    }

    private byte[] Clean(in ElementAt element, ReadOnlySpan<byte> value, CleanKind kind)
    {
        if (value.IsEmpty)
            return [];
        switch (kind)
        {
            case CleanKind.Dates:
                return CleanDates(element, value);
            case CleanKind.Device:
                return Dummy(element, value);
            default:
                // What is no text cannot be read word by word. Ages and sizes are what PS3.5 makes of them.
                if (!element.Vr.IsText())
                    return kind == CleanKind.Graphics ? [] : DummyValues.ForBinary(element.Vr, value.Length);
                if (element.Vr is Vr.DA or Vr.DT or Vr.TM or Vr.AS or Vr.UI or Vr.UR or Vr.AE or Vr.PN)
                    return Dummy(element, value);
                var cleaned = CleanWords(element, value);
                return cleaned.Length > 0 || !(NeedsValue(element.Token.Tag) || element.Level.OfContentValue is not null) ? cleaned : Dummy(element, value);
        }
    }

    // The Basic Profile's own code says whether the attribute may stand empty.
    private static bool NeedsValue(Tag tag) =>
        ConfidentialityTable.Instance.Rows.TryGetValue(tag.Value, out var row) && row.Code.Contains('D', StringComparison.Ordinal);

    private byte[] CleanWords(in ElementAt element, ReadOnlySpan<byte> value)
    {
        var cleaned = plan.Words.Clean(Decoded(element, value));
        // What the allow-list holds beyond ASCII is written as the object writes its text, or not at all.
        if (Ascii(cleaned) is { } bytes && !bytes.Contains((byte)'?'))
            return bytes;
        try
        {
            return element.Level.CharacterSet.Encode(cleaned);
        }
        catch (EncoderFallbackException)
        {
            return [];
        }
    }

    private byte[] CleanDates(in ElementAt element, ReadOnlySpan<byte> value)
    {
        var vr = element.Vr is Vr.DA or Vr.DT or Vr.TM ? element.Vr : DicomDictionary.ImplicitVr(element.Token.Tag);
        if (vr is not (Vr.DA or Vr.DT or Vr.TM))
            return Dummy(element, value);
        var days = plan.Pseudonyms.ShiftDays(facts.Patient);
        var text = Encoding.Latin1.GetString(value).TrimEnd(' ', '\0');
        return Ascii(string.Join('\\', text.Split('\\').Select(one => Shifted(vr, one, days))));
    }

    private static string Shifted(Vr vr, string one, int days)
    {
        if (one.AsSpan().Trim(" \0").IsEmpty)
            return "";
        return vr switch
        {
            Vr.DA => DateShift.Date(one, days) ?? DummyValues.Date,
            Vr.DT => DateShift.DateTime(one, days) ?? DummyValues.DateTime,
            _ => DateShift.IsTime(one) ? one.Trim(' ', '\0') : DummyValues.Time,
        };
    }

    private byte[] Uid(string uid)
    {
        if (!_uids.TryGetValue(uid, out var mapped))
            _uids[uid] = mapped = Ascii(plan.Pseudonyms.Uid(uid));
        return mapped;
    }

    /// <summary>A UN is written as what PS3.6 makes of it, so that its dummy is valid for that.</summary>
    private static Vr WrittenVr(in ElementAt element) => element.Token.Vr == Vr.UN && element.Vr != Vr.UN ? element.Vr : element.Token.Vr;

    private byte[] Fitting(in ElementAt element, string text)
    {
        if (text.Length <= LongestShortValue || element.Token.Vr.HasLongLength())
            return Ascii(text);
        return Ascii(plan.Pseudonyms.Identifier(text));
    }

    private static string Decoded(in ElementAt element, ReadOnlySpan<byte> value) =>
        element.Level.CharacterSet.Decode(value, element.Vr).Trim(' ', '\0');

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
