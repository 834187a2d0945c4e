using System.Text;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>Values that say nothing and are valid for their VR (PS3.15 E.1.1, code D).</summary>
internal static class DummyValues
{
    public const string Name = "ANONYMOUS";
    public const string Text = "Removed by de-identification";
    public const string Date = "19000101";
    public const string Time = "000000";
    public const string DateTime = Date + Time;
    public const string Age = "000Y";
    public const string Reference = "about:blank";

    /// <summary>
    /// A dummy for text: identifiers (SH, LO, AE) become keyed pseudonyms, each of several values its own, so that what was the same stays the same; everything
    /// else is one fixed value. Null for a VR that is no text.
    /// </summary>
    public static string? ForText(Vr vr, string original, Pseudonymizer pseudonyms) => vr switch
    {
        Vr.PN => Name,
        Vr.SH or Vr.LO or Vr.AE => Identifiers(original, pseudonyms),
        Vr.CS => Name,
        Vr.DA => Date,
        Vr.TM => Time,
        Vr.DT => DateTime,
        Vr.AS => Age,
        Vr.DS or Vr.IS => "0",
        Vr.UR => Reference,
        Vr.ST or Vr.LT or Vr.UT or Vr.UC => Text,
        Vr.UI => pseudonyms.Uid(original.Trim(' ', '\0')),
        _ => null,
    };

    /// <summary>Bytes of a dummy for a binary VR: zeros, as many as there were but a few at most for strings of bytes.</summary>
    public static byte[] ForBinary(Vr vr, int length)
    {
        const int LongestBytes = 16;
        var unit = Math.Max(2, vr.UnitLength());
        var wanted = vr is Vr.OB or Vr.UN or Vr.OW or Vr.OD or Vr.OF or Vr.OL or Vr.OV ? Math.Min(length, LongestBytes) : length;
        return new byte[Math.Max(unit, (wanted + unit - 1) / unit * unit)];
    }

    private static string Identifiers(string original, Pseudonymizer pseudonyms)
    {
        if (!original.Contains('\\', StringComparison.Ordinal))
            return pseudonyms.Identifier(original.Trim(' ', '\0'));
        var text = new StringBuilder();
        foreach (var value in original.Split('\\'))
            text.Append(text.Length > 0 ? "\\" : "").Append(pseudonyms.Identifier(value.Trim(' ', '\0')));
        return text.ToString();
    }
}
