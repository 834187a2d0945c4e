using System.Globalization;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification;

/// <summary>The profile over real objects; those whose pixels may show names are let through here, since all of them are to be looked at.</summary>
public class SampleTests
{
    // DICOMDIRs, which are no objects; the rest is not DICOM, or cut off.
    private const int Directories = 4;
    private const int Corrupt = 5;

    private static readonly ProfileOptions Everything = new()
    {
        RetainDeviceIdentity = true, RetainPatientCharacteristics = true, RetainSafePrivate = true, CleanDescriptors = true, CleanStructuredContent = true,
        CleanGraphics = true, LongitudinalDates = LongitudinalDates.Modified,
    };

    // It names a scheme, not an object, and stays.
    private static readonly Tag CodingSchemeUid = new(0x0008_010C);

    private static string Script => Path.Combine(Samples.Checkout, "tests/Interop/deidentified.py");

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_good_object_is_refused_and_pydicom_reads_every_result_with_the_same_pixels(bool everything)
    {
        Python.Require();
        using var folder = new TemporaryFolder();
        var (made, refusals) = await RunAsync(everything ? Everything : new ProfileOptions(), folder.Path);

        refusals.Count(refusal => refusal.Kind == MdmErrorKind.Refused).Should().Be(Directories, "of {0}", string.Join('\n', refusals.Select(refusal => refusal.Message)));
        refusals.Count(refusal => refusal.Kind == MdmErrorKind.Corrupt).Should().Be(Corrupt);
        var lines = Python.Output(["-W", "ignore", Script, .. made.SelectMany(pair => (string[])[pair.Original, pair.Result])]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(made.Count).And.OnlyContain(line => line.StartsWith("ok ", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task References_within_a_study_resolve_and_another_secret_shares_no_uid()
    {
        Samples.Require();
        var other = Patient.Plan() with { Pseudonyms = new Pseudonymizer(ProjectSecret.Of([.. Patient.SecretBytes.Reverse()])), BurnedIn = BurnedInPolicy.Allow };
        var ours = Patient.Plan() with { BurnedIn = BurnedInPolicy.Allow };
        foreach (var folder in new[] { "ct-study-philips/S2010", "rt-sr-seg-ecg" })
        {
            foreach (var file in Directory.EnumerateFiles(Samples.Path(folder)).Where(file => !file.EndsWith("DIRFILE", StringComparison.Ordinal)))
            {
                var original = await Canonical(file);
                var here = Uids(await Patient.ReadAsync(await Patient.DeidentifyAsync(original, ours))).ToHashSet();
                var there = Uids(await Patient.ReadAsync(await Patient.DeidentifyAsync(original, other))).ToHashSet();
                var before = Uids(await Patient.ReadAsync(original)).Where(uid => DicomDictionary.FindUid(uid) is null).ToHashSet();
                here.Intersect(there).Should().OnlyContain(uid => DicomDictionary.FindUid(uid) != null || !before.Contains(uid) || uid.Length < 6);
                here.Where(uid => uid.StartsWith("2.25.", StringComparison.Ordinal)).Should().OnlyContain(uid => before.Any(one => Patient.Pseudonyms.Uid(one) == uid));
            }
        }
    }

    internal static async Task<byte[]> Canonical(string file)
    {
        await using var canonical = await CanonicalPart10.FromFileAsync(File.OpenRead(file), null, CancellationToken.None);
        var bytes = new MemoryStream();
        await canonical.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static async Task<(List<(string Original, string Result)> Made, List<MdmException> Refusals)> RunAsync(ProfileOptions options, string folder)
    {
        var plan = Patient.Plan(options) with { BurnedIn = BurnedInPolicy.Allow, EncapsulatedDocuments = EncapsulatedDocumentPolicy.Replace };
        var made = new List<(string, string)>();
        var refusals = new List<MdmException>();
        foreach (var file in Samples.All())
        {
            try
            {
                var result = Path.Combine(folder, made.Count.ToString(CultureInfo.InvariantCulture) + ".dcm");
                await File.WriteAllBytesAsync(result, await Patient.DeidentifyAsync(await Canonical(file), plan));
                made.Add((file, result));
            }
            catch (MdmException refusal)
            {
                refusals.Add(refusal);
            }
        }

        return (made, refusals);
    }

    private static IEnumerable<string> Uids(AttributeSet set) => set.Attributes.SelectMany(attribute =>
        attribute.Items is { } items ? items.SelectMany(Uids) : attribute.Vr == Vr.UI && attribute.Tag != CodingSchemeUid ? set.GetValues(attribute.Tag) : []);
}
