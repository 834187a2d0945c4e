using System.Buffers;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Check;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>An element where it stands.</summary>
/// <param name="Token">As encoded.</param>
/// <param name="Vr">As what its value is read: as encoded, or by PS3.6 where a peer wrote UN.</param>
/// <param name="Level">The item around it.</param>
/// <param name="Depth">0 in the data set itself.</param>
internal readonly record struct ElementAt(DataSetToken Token, Vr Vr, Level Level, int Depth);

/// <summary>Writes what the profile says of a value. What it replaces or leaves out it tells the check. Not thread-safe.</summary>
internal sealed class ValueWriter(DeidentificationPlan plan, ObjectFacts facts, IBufferWriter<byte> output, ResidualCheck? check)
{
    private readonly ValueMaker _maker = new(plan, facts);

    public void Write(in ElementAt element, ReadOnlySpan<byte> value, Resolution resolution)
    {
        var made = _maker.Make(element, value, ref resolution);
        if (made is null && resolution.Action == RuleAction.Keep)
        {
            if (resolution.By == DecidedBy.Option || element.Vr == Vr.UI)
                check?.Retained(element.Vr, value, element.Level.CharacterSet);
            DataSetWriter.Write(output, element.Token);
            output.Write(value);
            if ((value.Length & 1) != 0)
                output.Write([DataSetWriter.Padding(element.Token)]);
            return;
        }

        var isCleaned = element.Level.Treatment == Treatment.TextCleaned || resolution is { Action: RuleAction.Clean, Clean: not (CleanKind.Dates or CleanKind.Device) };
        Tell(element, value, resolution, isCleaned ? made : null);
        if (made is null)
            return;
        Put(element.Token, made, isCleaned);
    }

    private void Tell(in ElementAt element, ReadOnlySpan<byte> value, Resolution resolution, byte[]? left)
    {
        if (check is null)
            return;
        var (tag, vr) = (element.Token.Tag, element.Vr);
        if (resolution.Action == RuleAction.MapUid)
            check.RemovedUids(tag, value);
        // Where days move, times of day stay, and are no secret.
        else if (resolution is not { Action: RuleAction.Clean, Clean: CleanKind.Dates } || vr != Vr.TM)
            check.Reduced(tag, vr, value, left, element.Level.CharacterSet, ValueClasses.Of(tag, vr, element.Level.ValuesAre));
    }

    /// <summary>Writes what stands for a value that nobody looked at.</summary>
    public void WriteWithout(in DataSetToken token, Resolution resolution) =>
        Put(token with { Length = 0 }, token.Tag == MoreTags.EncapsulatedDocument ? _maker.Document() : resolution.Action == RuleAction.Dummy ? DummyValues.ForBinary(token.Vr, 0) : [], isCleaned: false);

    private void Put(in DataSetToken token, byte[] made, bool isCleaned)
    {
        if (isCleaned)
            check?.Cleaned(token.Tag, made);
        else
            check?.Issued(token.Tag, made);
        // Text in a UN is padded as text.
        DataSetWriter.WriteElement(output, token.Tag, token.Vr, token.Vr == Vr.UN && made.Length % 2 != 0 && DicomDictionary.ImplicitVr(token.Tag) is var vr ? [.. made, vr.PaddingByte()] : made, token.Encoding);
    }
}
