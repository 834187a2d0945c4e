using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification;

public class EntryDisclosureTests
{
    private static readonly Tag Issuer = new(0x0010_0021);

    // What the backend's listings ask an archive for, and a few that others do.
    private static readonly Tag[] Listed =
    [
        Tags.StudyDate, Tags.StudyTime, Tags.AccessionNumber, Tags.StudyDescription, Tags.StudyId, Tags.PatientName, Tags.PatientId, Tags.PatientBirthDate, Tags.PatientSex, Issuer,
        Tags.Modality, Tags.SeriesNumber, Tags.SeriesDescription, Tags.BodyPartExamined, Tags.SopClassUid, Tags.InstanceNumber, new(0x0008_0090), new(0x0008_0080), new(0x0008_0021),
        new(0x0008_0070), new(0x0010_1010), new(0x0018_1030), new(0x0008_0008), new(0x0020_0052),
    ];

    private static readonly ProfileOptions[] Profiles =
    [
        new(),
        new() { RetainPatientCharacteristics = true, CleanDescriptors = true, LongitudinalDates = LongitudinalDates.Modified },
        new() { RetainUids = true, RetainInstitutionIdentity = true, RetainDeviceIdentity = true, LongitudinalDates = LongitudinalDates.Full },
    ];

    [SkippableFact]
    public async Task A_listing_discloses_what_the_full_pass_gives()
    {
        Samples.Require();
        var compared = 0;
        foreach (var options in Profiles)
        {
            var plan = Patient.Plan(options) with { BurnedIn = BurnedInPolicy.Allow, EncapsulatedDocuments = EncapsulatedDocumentPolicy.Replace };
            await using var deidentifier = new Ps315Deidentifier(plan, "test");
            foreach (var file in Samples.All().Where(file => !file.Contains("malformed", StringComparison.Ordinal) && !file.Contains("siemens", StringComparison.Ordinal)))
            {
                if (await ListedAsync(file, plan) is not var (entry, result))
                    continue;
                var disclosed = deidentifier.Disclose(entry);
                disclosed.Labels.Should().Equal(Labels(result), "of {0}", file);
                foreach (var attribute in entry.Attributes)
                {
                    var tag = DicomDictionary.FindKeyword(attribute.Keyword)!.Tag;
                    var shown = disclosed.Attributes.FirstOrDefault(one => one.Keyword == attribute.Keyword);
                    (shown is not null).Should().Be(result.Contains(tag), "{0} of {1}", attribute.Keyword, file);
                    (shown?.Values ?? []).Should().Equal(Values(result, tag), "{0} of {1}", attribute.Keyword, file);
                    compared++;
                }
            }
        }

        compared.Should().BeGreaterThan(5000);
    }

    [Fact]
    public void An_issuer_that_the_archive_did_not_answer_leaves_out_what_depends_on_the_patient()
    {
        var plan = Patient.Plan(new ProfileOptions { LongitudinalDates = LongitudinalDates.Modified });
        var known = Entry(("PatientID", "A1"), ("IssuerOfPatientID", ""), ("StudyDate", "20240229"), ("Modality", "CT"));
        var unknown = Entry(("PatientID", "A1"), ("StudyDate", "20240229"), ("Modality", "CT"));
        new EntryDisclosure(plan).Disclose(known).Attributes.Select(one => one.Keyword).Should().Equal("PatientID", "StudyDate", "Modality");
        new EntryDisclosure(plan).Disclose(unknown).Attributes.Select(one => one.Keyword).Should().Equal("Modality");
    }

    [Fact]
    public void Without_the_kind_of_object_what_depends_on_it_is_left_out()
    {
        var entry = Entry(("StationName", "CT1"), ("Modality", "CT"));
        new EntryDisclosure(Patient.Plan()).Disclose(entry).Attributes.Select(one => one.Keyword).Should().Equal("Modality");
    }

    private static ArchiveEntry Entry(params (string Keyword, string Value)[] attributes) => new(
        new ArchiveObjectInfo(new ArchiveObjectId("1.2/1.3/1.4"), "application/dicom"), ["1.2", "1.3", "1.4"],
        [.. attributes.Select(one => new ArchiveAttribute(one.Keyword, DicomDictionary.FindKeyword(one.Keyword)!.Vr.Name(), one.Value.Length > 0 ? [one.Value] : []))]);

    private static async Task<(ArchiveEntry Entry, AttributeSet Result)?> ListedAsync(string file, DeidentificationPlan plan)
    {
        try
        {
            var canonical = await SampleTests.Canonical(file);
            var original = await Patient.ReadAsync(canonical);
            var result = await Patient.ReadAsync(await Patient.DeidentifyAsync(canonical, plan));
            if (!original.Contains(Tags.StudyInstanceUid))
                return null;
            // The archive answers the key, without a value where the object has none.
            if (!original.Contains(Issuer))
                original.Set(Issuer, "");
            var attributes = original.Attributes.Where(attribute => Listed.Contains(attribute.Tag) && attribute.Items is null)
                .Select(attribute => new ArchiveAttribute(DicomDictionary.Find(attribute.Tag)!.Keyword, attribute.Vr.Name(), Values(original, attribute.Tag)));
            return (new ArchiveEntry(new ArchiveObjectInfo(new ArchiveObjectId("1.2/1.3/1.4"), "application/dicom"), Labels(original), [.. attributes]), result);
        }
        catch (MdmException)
        {
            // No object, or refused: neither has anything to compare.
            return null;
        }
    }

    private static ImmutableArray<string> Labels(AttributeSet set) =>
        [set.GetText(Tags.StudyInstanceUid), set.GetText(Tags.SeriesInstanceUid), set.GetText(Tags.SopInstanceUid)];

    private static ImmutableArray<string> Values(AttributeSet set, Tag tag)
    {
        if (set[tag] is not { } attribute)
            return [];
        var text = set.CharacterSet.Decode(attribute.Value.Span, DicomDictionary.ImplicitVr(tag)).Trim(' ', '\0');
        return text.Length == 0 ? [] : [.. text.Split('\\').Select(one => one.Trim(' ', '\0'))];
    }
}
