using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Engine;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification;

/// <summary>
/// What the full pass will make of a listed object, from the listing alone: the same rules over the attributes that the listing carries, written as UTF-8. What a
/// listing does not tell for sure is left out; it shows when the object was first staged.
/// </summary>
internal sealed class EntryDisclosure(DeidentificationPlan plan)
{
    public DisclosedEntry Disclose(ArchiveEntry entry)
    {
        var facts = FactsOf(entry);
        var maker = new ValueMaker(plan, facts);
        var level = new Level();
        level.Start(CharacterSet.Utf8);
        // An issuer that the archive did not answer may be in the object, and then it is another patient.
        var isPatientKnown = facts.PatientId.Length == 0 || entry.Attributes.Any(attribute => attribute.Keyword == "IssuerOfPatientID");
        var attributes = new List<ArchiveAttribute>(entry.Attributes.Length);
        foreach (var attribute in entry.Attributes)
        {
            if (Disclosed(attribute, maker, level, facts, isPatientKnown) is { } disclosed)
                attributes.Add(disclosed);
        }

        return new DisclosedEntry([.. entry.Labels.Select(Mapped)], [.. attributes]);
    }

    private string Mapped(string label) => plan.Profile.Options.RetainUids ? label : plan.Pseudonyms.Uid(label);

    private ArchiveAttribute? Disclosed(ArchiveAttribute attribute, ValueMaker maker, Level level, ObjectFacts facts, bool isPatientKnown)
    {
        if (DicomDictionary.FindKeyword(attribute.Keyword) is not { } entry || !entry.Vr.IsText())
            return null;
        var value = Encoding.UTF8.GetBytes(string.Join('\\', attribute.Values.IsDefault ? [] : attribute.Values));
        var token = new DataSetToken(TokenKind.Element, entry.Tag, entry.Vr, (uint)value.Length, 0, DataEncoding.ExplicitLittleEndian);
        var resolution = ElementResolver.Resolve(plan.Profile, token, level, facts.SopClassUid, [], out var vr);
        var isPatient = entry.Tag == Tags.PatientId || entry.Tag == Tags.PatientName;
        if (!isPatient && facts.SopClassUid.Length == 0 && resolution.By is DecidedBy.AttributeType or DecidedBy.ValidInAnyCase)
            return null;
        if (!isPatientKnown && (isPatient || resolution is { Action: RuleAction.Clean, Clean: CleanKind.Dates }))
            return null;
        var made = maker.Make(new ElementAt(token, vr, level, 0), value, ref resolution);
        if (made is null)
            return resolution.Action == RuleAction.Keep ? attribute with { ValueRepresentation = entry.Vr.Name() } : null;
        var text = Encoding.UTF8.GetString(made);
        return new ArchiveAttribute(attribute.Keyword, entry.Vr.Name(), text.Length == 0 ? [] : entry.Vr.IsMultiValued() ? [.. text.Split('\\')] : [text]);
    }

    private static ObjectFacts FactsOf(ArchiveEntry entry)
    {
        string Value(string keyword) => (entry.Value(keyword) ?? "").Trim(' ', '\0');
        string Label(int index) => index < entry.Labels.Length ? entry.Labels[index] : "";
        var (id, issuer) = (Value("PatientID"), Value("IssuerOfPatientID"));
        var instance = Label(2);
        return new ObjectFacts(
            new PixelFacts(), Value("SOPClassUID"), instance, id, issuer, Value("PatientName"),
            PatientKey.Of(id, issuer, Label(0), instance), CharacterSet.Utf8, IsAnimal: false);
    }
}
