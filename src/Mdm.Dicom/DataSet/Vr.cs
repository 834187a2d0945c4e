using System.Runtime.CompilerServices;

namespace Mdm.Dicom.DataSet;

/// <summary>
/// A value representation (PS3.5 §6.2). The number is the two letters as they stand in explicit VR encoding, first letter high.
/// </summary>
internal enum Vr : ushort
{
    None = 0,
    AE = ('A' << 8) | 'E', AS = ('A' << 8) | 'S', AT = ('A' << 8) | 'T', CS = ('C' << 8) | 'S',
    DA = ('D' << 8) | 'A', DS = ('D' << 8) | 'S', DT = ('D' << 8) | 'T', FD = ('F' << 8) | 'D',
    FL = ('F' << 8) | 'L', IS = ('I' << 8) | 'S', LO = ('L' << 8) | 'O', LT = ('L' << 8) | 'T',
    OB = ('O' << 8) | 'B', OD = ('O' << 8) | 'D', OF = ('O' << 8) | 'F', OL = ('O' << 8) | 'L',
    OV = ('O' << 8) | 'V', OW = ('O' << 8) | 'W', PN = ('P' << 8) | 'N', SH = ('S' << 8) | 'H',
    SL = ('S' << 8) | 'L', SQ = ('S' << 8) | 'Q', SS = ('S' << 8) | 'S', ST = ('S' << 8) | 'T',
    SV = ('S' << 8) | 'V', TM = ('T' << 8) | 'M', UC = ('U' << 8) | 'C', UI = ('U' << 8) | 'I',
    UL = ('U' << 8) | 'L', UN = ('U' << 8) | 'N', UR = ('U' << 8) | 'R', US = ('U' << 8) | 'S',
    UT = ('U' << 8) | 'T', UV = ('U' << 8) | 'V',
}

internal static class VrFacts
{
    public static bool IsKnown(this Vr vr) => vr is
        Vr.AE or Vr.AS or Vr.AT or Vr.CS or Vr.DA or Vr.DS or Vr.DT or Vr.FD or Vr.FL or Vr.IS or Vr.LO or Vr.LT or
        Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW or Vr.PN or Vr.SH or Vr.SL or Vr.SQ or Vr.SS or Vr.ST or
        Vr.SV or Vr.TM or Vr.UC or Vr.UI or Vr.UL or Vr.UN or Vr.UR or Vr.US or Vr.UT or Vr.UV;

    /// <summary>PS3.5 §7.1.2, table 7.1-1: two reserved bytes and a 32-bit length.</summary>
    public static bool HasLongLength(this Vr vr) => vr is
        Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW or Vr.SQ or Vr.SV or Vr.UC or Vr.UN or Vr.UR or Vr.UT or Vr.UV;

    public static bool IsText(this Vr vr) => vr is
        Vr.AE or Vr.AS or Vr.CS or Vr.DA or Vr.DS or Vr.DT or Vr.IS or Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.ST or
        Vr.TM or Vr.UC or Vr.UI or Vr.UR or Vr.UT;

    /// <summary>PS3.5 §6.1.2.3: the VRs whose text follows Specific Character Set.</summary>
    public static bool FollowsCharacterSet(this Vr vr) => vr is
        Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.ST or Vr.UC or Vr.UT;

    /// <summary>PS3.5 §6.4: backslash separates values, except in these texts.</summary>
    public static bool IsMultiValued(this Vr vr) => vr.IsText() && vr is not (Vr.LT or Vr.ST or Vr.UR or Vr.UT);

    /// <summary>PS3.5 §6.2: text is padded with a space, UIDs and everything else with NUL.</summary>
    public static byte PaddingByte(this Vr vr) => vr.IsText() && vr != Vr.UI ? (byte)' ' : (byte)0;

    /// <summary>The longest value (one of several) in characters, 0 when PS3.5 sets none that matters.</summary>
    public static int MaximumLength(this Vr vr) => vr switch
    {
        Vr.AE or Vr.CS or Vr.DS or Vr.SH => 16,
        Vr.AS => 4,
        Vr.DA => 8,
        Vr.DT => 26,
        Vr.IS => 12,
        Vr.LO or Vr.PN or Vr.UI => 64,
        Vr.ST => 1024,
        Vr.LT => 10240,
        Vr.TM => 14,
        _ => 0,
    };

    /// <summary>Bytes of one binary value; 0 for text, sequences and strings of bytes.</summary>
    public static int UnitLength(this Vr vr) => vr switch
    {
        Vr.SS or Vr.US or Vr.OW => 2,
        Vr.AT or Vr.FL or Vr.SL or Vr.UL or Vr.OF or Vr.OL => 4,
        Vr.FD or Vr.SV or Vr.UV or Vr.OD or Vr.OV => 8,
        _ => 0,
    };

    public static string Name(this Vr vr) => new([(char)((ushort)vr >> 8), (char)((ushort)vr & 0xFF)]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vr FromBytes(byte first, byte second) => (Vr)((first << 8) | second);

    public static Vr Parse(ReadOnlySpan<char> letters) =>
        letters.Length == 2 && letters[0] < 128 && letters[1] < 128 && ((Vr)((letters[0] << 8) | letters[1])) is var vr && vr.IsKnown()
            ? vr
            : Vr.None;
}
