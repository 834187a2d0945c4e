using System.Buffers;
using System.Text;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>
/// What an object says of its de-identification (PS3.15 E.1.1 and PS3.3 §C.7.1.1, C.7.6.1.1.4): that it was done, by which profile and options, and what became of
/// its dates. What an earlier run said stays and is added to.
/// </summary>
internal sealed class MethodRecord
{
    /// <summary>Fixed: a product version would change every file with every release. LO, at most 64 characters.</summary>
    public const string Method = "DICOM PS3.15-2026c Basic Application Confidentiality Profile";

    private static readonly (string Code, string Meaning) Basic = ("113100", "Basic Application Confidentiality Profile");

    // PS3.16 CID 7050.
    private static readonly (Func<ProfileOptions, bool> IsOn, string Code, string Meaning)[] Known =
    [
        (options => options.CleanGraphics, "113103", "Clean Graphics Option"),
        (options => options.CleanStructuredContent, "113104", "Clean Structured Content Option"),
        (options => options.CleanDescriptors, "113105", "Clean Descriptors Option"),
        (options => options.LongitudinalDates == LongitudinalDates.Full, "113106", "Retain Longitudinal Temporal Information Full Dates Option"),
        (options => options.LongitudinalDates == LongitudinalDates.Modified, "113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
        (options => options.RetainPatientCharacteristics, "113108", "Retain Patient Characteristics Option"),
        (options => options.RetainDeviceIdentity, "113109", "Retain Device Identity Option"),
        (options => options.RetainUids, "113110", "Retain UIDs Option"),
        (options => options.RetainSafePrivate, "113111", "Retain Safe Private Option"),
        (options => options.RetainInstitutionIdentity, "113112", "Retain Institution Identity Option"),
    ];

    private static readonly (string Code, string Meaning) CleanPixels = ("113101", "Clean Pixel Data Option");

    private readonly List<(string Code, string Meaning)> _codes;

    /// <param name="options">The options that are on.</param>
    /// <param name="pixels">What happens to the pixels of this very object: the option is never claimed where nothing is done.</param>
    public MethodRecord(ProfileOptions options, PixelVerdict pixels)
    {
        _codes = [Basic];
        IsKnownClean = pixels.IsKnownClean;
        if (pixels.Decision == PixelDecision.Clean)
            _codes.Add(CleanPixels);
        _codes.AddRange(Known.Where(one => one.IsOn(options)).Select(one => (one.Code, one.Meaning)));
        Dates = options.LongitudinalDates switch
        {
            LongitudinalDates.Full => "UNMODIFIED",
            LongitudinalDates.Modified => "MODIFIED",
            _ => "REMOVED",
        };
    }

    /// <summary>The value of (0028,0303).</summary>
    public string Dates { get; }

    /// <summary>(0028,0301) is NO: the site's rule for the device says so, and what it named is blanked.</summary>
    public bool IsKnownClean { get; }

    /// <summary>(0012,0063) with what an earlier run wrote there.</summary>
    public static string MethodAfter(string earlier)
    {
        var values = earlier.Trim(' ', '\0');
        if (values.Length == 0)
            return Method;
        return Array.Exists(values.Split('\\'), value => value.Trim(' ', '\0') == Method) ? values : $"{values}\\{Method}";
    }

    /// <summary>(0028,0303) after an earlier run: what was removed or moved once is not unmodified any more.</summary>
    public string DatesAfter(string earlier) => (earlier.Trim(' ', '\0'), Dates) switch
    {
        ("REMOVED", _) => "REMOVED",
        ("MODIFIED", "UNMODIFIED") => "MODIFIED",
        _ => Dates,
    };

    /// <summary>Writes the items of (0012,0064) that are not there yet.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="present">Code values of the items of an earlier run.</param>
    /// <param name="encoding">Of the object.</param>
    public void WriteCodes(IBufferWriter<byte> output, IReadOnlySet<string> present, DataEncoding encoding)
    {
        foreach (var (code, meaning) in _codes)
        {
            if (present.Contains(code))
                continue;
            DataSetWriter.Write(output, new DataSetToken(TokenKind.ItemStart, Tags.Item, Vr.None, 0, 0, encoding));
            Write(output, MoreTags.CodeValue, Vr.SH, code, encoding);
            Write(output, MoreTags.CodingSchemeDesignator, Vr.SH, "DCM", encoding);
            Write(output, MoreTags.CodeMeaning, Vr.LO, meaning, encoding);
            DataSetWriter.Write(output, new DataSetToken(TokenKind.ItemEnd, Tags.Item, Vr.None, 0, 0, encoding));
        }
    }

    private static void Write(IBufferWriter<byte> output, Tag tag, Vr vr, string text, DataEncoding encoding) =>
        DataSetWriter.WriteElement(output, tag, vr, Encoding.ASCII.GetBytes(text), encoding);
}
