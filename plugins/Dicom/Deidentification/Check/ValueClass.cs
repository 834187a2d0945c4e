using Mdm.Dicom.Confidentiality;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Engine;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Check;

/// <summary>What a removed value may say, which decides where it must not stand; the strictest last.</summary>
internal enum ValueClass : byte
{
    /// <summary>Descriptions, codes and devices: words that also stand in attributes which the profile keeps.</summary>
    Context,

    /// <summary>Institutions: makers and codes may have words of their names.</summary>
    Organisation,

    /// <summary>Who the patient is, when something was, or any other person: nowhere.</summary>
    Identity,
}

internal static class ValueClasses
{
    private const ProfileOption Descriptive =
        ProfileOption.Descriptors | ProfileOption.StructuredContent | ProfileOption.Graphics | ProfileOption.Device | ProfileOption.PatientCharacteristics;

    private const uint VerifyingOrganization = 0x0040_A027;

    /// <summary>The class of a value by its row in the table; without a row it is what its sequence is.</summary>
    public static ValueClass Of(Tag tag, Vr vr, ValueClass enclosing)
    {
        switch (vr)
        {
            case Vr.PN or Vr.DA or Vr.DT:
                return ValueClass.Identity;
            case Vr.CS or Vr.AE or Vr.DS or Vr.IS or Vr.TM or Vr.AS:
                return ValueClass.Context;
        }

        if (tag == MoreTags.CodeValue || tag == MoreTags.CodingSchemeDesignator || tag == MoreTags.CodingSchemeVersion)
            return ValueClass.Context;
        if (!ConfidentialityTable.Instance.Rows.TryGetValue(tag.Value, out var row))
            return enclosing;
        var options = row.Cleaning | row.Keeping;
        return (options & ProfileOption.Institution) != 0 || tag.Value == VerifyingOrganization ? ValueClass.Organisation
            : (options & Descriptive) != 0 || vr == Vr.SQ && !NamesPersons(tag) ? ValueClass.Context
            : ValueClass.Identity;
    }

    /// <summary>
    /// True where the words of codes and makers stand: Code Meaning, Manufacturer and its like, code strings. They are no place for names, so words that belong
    /// there anyway are no finding.
    /// </summary>
    public static bool IsCoded(Tag tag, Vr vr) => vr == Vr.CS || tag.Value is
        0x0008_0102 or 0x0008_0103 or 0x0008_0104 // Coding Scheme Designator and Version, Code Meaning
        or 0x0008_0070 or 0x0008_1090 // Manufacturer, Manufacturer's Model Name
        or 0x0018_1016 or 0x0018_1018 or 0x0018_1019 or 0x0018_1020; // Secondary Capture Device, Software Versions

    // The code of a person is his number, its meaning his name.
    private static bool NamesPersons(Tag sequence) => sequence.Value is
        0x0040_1101 // Person Identification Code
        or 0x0008_0096 or 0x0008_009D // Referring, Consulting Physician Identification
        or 0x0008_1049 or 0x0008_1052 or 0x0008_1062 or 0x0008_1072 // Physicians of Record, Performing, Reading; Operator
        or 0x0032_1031 // Requesting Physician Identification
        or 0x0040_000B // Scheduled Performing Physician Identification
        or 0x0010_1002 or 0x0010_0024 // Other Patient IDs, Issuer of Patient ID Qualifiers
        or 0x0010_2203 or 0x0038_0502; // Patient's own data by others
}
