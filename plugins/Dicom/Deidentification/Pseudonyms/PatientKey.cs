namespace Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

/// <summary>
/// Who an object is about, for linking within a project: Patient ID and Issuer of Patient ID without padding, letter case kept (both are LO, which PS3.4
/// C.2.2.2.1 matches with regard to case). An object without Patient ID is linked with its study only, and without a study with nothing.
/// </summary>
/// <param name="Value">Unambiguous text; identifies the patient.</param>
internal readonly record struct PatientKey(string Value)
{
    // No text of an attribute holds it: it is the control character that PS3.5 §6.1.3 excludes.
    private const char Separator = '\u001F';

    public static PatientKey Of(string patientId, string issuer, string studyInstanceUid, string sopInstanceUid)
    {
        patientId = Unpadded(patientId);
        if (patientId.Length > 0)
            return new PatientKey($"id{Separator}{patientId}{Separator}{Unpadded(issuer)}");
        var study = Unpadded(studyInstanceUid);
        return study.Length > 0 ? new PatientKey($"study{Separator}{study}") : new PatientKey($"object{Separator}{Unpadded(sopInstanceUid)}");
    }

    /// <summary>Nothing: the value identifies the patient.</summary>
    public override string ToString() => nameof(PatientKey);

    private static string Unpadded(string text) => text.Trim(' ', '\0');
}
