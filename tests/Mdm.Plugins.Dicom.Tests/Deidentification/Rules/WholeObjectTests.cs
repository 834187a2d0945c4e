using System.Globalization;
using System.Text;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

/// <summary>
/// Objects that hold every attribute of PS3.15 table E.1-1, at the top and three sequences deep, go through the whole de-identifier, its
/// check included; pydicom reads what comes out, and tests/Interop/ps315_objects.py says whether each row was obeyed.
/// </summary>
public class WholeObjectTests
{
    private const string Storage = "1.2.840.10008.5.1.4.1.1.";

    [SkippableTheory]
    [InlineData("2", "basic")]
    [InlineData("2", "private")]
    [InlineData("2", "uids")]
    [InlineData("2", "device")]
    [InlineData("2", "institution")]
    [InlineData("2", "patient")]
    [InlineData("2", "full")]
    [InlineData("2", "modified")]
    [InlineData("2", "descriptors")]
    [InlineData("2", "content")]
    [InlineData("2", "graphics")]
    [InlineData("128", "basic")]
    [InlineData("481.5", "basic")]
    [InlineData("104.1", "basic")]
    [InlineData("4.1", "device+modified")]
    public async Task Every_row_is_obeyed_in_the_object_that_comes_out(string sopClass, string options)
    {
        var shared = Path.GetFullPath(Path.Combine(Samples.Checkout, "../shared"));
        Skip.IfNot(File.Exists(Path.Combine(shared, "dicom-ps3.15/table_E.1-1_2026c.tsv")), "The tables of PS3.15 are not at ../shared/dicom-ps3.15.");
        Skip.IfNot(File.Exists(Path.Combine(shared, "dicom-dictionary/elements.tsv")), "The table of PS3.6 is not at ../shared/dicom-dictionary.");
        Python.Require();
        Skip.IfNot(File.Exists("/usr/bin/dciodvfy"), "dicom3tools is not installed.");
        using var folder = new TemporaryFolder();
        var (original, result) = (folder.File("original.dcm"), folder.File("result.dcm"));
        string[] tables = [Path.Combine(shared, "dicom-ps3.15"), Path.Combine(shared, "dicom-dictionary/elements.tsv"), Storage + sopClass];
        var script = Path.Combine(Samples.Checkout, "tests/Interop/ps315_objects.py");
        Python.Output([script, "generate", .. tables, original]);

        await Deidentify(Plan(options), original, result);

        var lines = Python.Output([script, "check", .. tables, options, original, result]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        lines[..^1].Should().BeEmpty();

        // 721 tags of a data set: 652 less the groups 0000, 0002 and 0004, and the curves and overlays; all but the SOP Instance UID twice.
        int.Parse(lines[^1].AsSpan("checked ".Length), CultureInfo.InvariantCulture).Should().BeGreaterThan(1400);
    }

    [SkippableTheory]
    [InlineData("content", 214)]
    [InlineData("content+uids", 214)]
    [InlineData("content+modified", 214)]
    [InlineData("content+full+device+institution+patient", 214)]
    [InlineData("content+descriptors", 214)]
    public Task Every_concept_is_obeyed_in_the_report_that_comes_out(string options, int count) => CheckPart("content", options, count);

    [SkippableTheory]
    [InlineData("basic", 479 * 2)]
    [InlineData("private", 479 * 2)]
    [InlineData("private+uids", 479 * 2)]
    public Task Every_safe_private_element_and_no_other_is_in_the_object_that_comes_out(string options, int count) => CheckPart("private", options, count);

    [SkippableTheory]
    [InlineData("rgb", 3 * 41 * 67 * 3)]
    [InlineData("planes", 2 * 40 * 67 * 3)]
    [InlineData("ct", 40 * 67 * 2)]
    [InlineData("float", 2 * 40 * 67 * 4)]
    public async Task Regions_are_blank_in_the_image_that_comes_out(string kind, int count)
    {
        Python.Require();
        using var folder = new TemporaryFolder();
        var (original, result) = (folder.File("original.dcm"), folder.File("result.dcm"));
        var script = Path.Combine(Samples.Checkout, "tests/Interop/ps315_parts.py");
        Python.Output([script, "pixels-generate", kind, original]);
        var regions = PixelRegions.Parse("""{ "Regions": [ { "Manufacturer": "acme*", "Blank": [ { "X": 5, "Y": 2, "Width": 50, "Height": 11 } ] } ] }""", "regions.json");

        await Deidentify(Plan("basic") with { BurnedIn = BurnedInPolicy.Refuse, PixelRegions = regions, Profile = Profile.Of(new ProfileOptions { CleanPixelData = true }) }, original, result);

        Python.Output([script, "pixels-check", "5,2,50,11", original, result]).Trim().Should().Be(string.Create(CultureInfo.InvariantCulture, $"checked {count}"));
    }

    private static async Task CheckPart(string part, string options, int count)
    {
        var tables = Path.GetFullPath(Path.Combine(Samples.Checkout, "../shared/dicom-ps3.15"));
        Skip.IfNot(Directory.Exists(tables), "The tables of PS3.15 are not at ../shared/dicom-ps3.15.");
        Python.Require();
        using var folder = new TemporaryFolder();
        var (original, result) = (folder.File("original.dcm"), folder.File("result.dcm"));
        var script = Path.Combine(Samples.Checkout, "tests/Interop/ps315_parts.py");
        Python.Output([script, part + "-generate", tables, original]);

        await Deidentify(Plan(options), original, result);

        var lines = Python.Output([script, part + "-check", tables, options, original, result]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().Equal(string.Create(CultureInfo.InvariantCulture, $"checked {count}"));
    }

    private static DeidentificationPlan Plan(string options) =>
        new(Profile.Of(Named.Options(options)), new Pseudonymizer(ProjectSecret.Of(Encoding.ASCII.GetBytes("0123456789abcdefghijklmnopqrstuv"))))
        {
            BurnedIn = BurnedInPolicy.Allow,
            EncapsulatedDocuments = EncapsulatedDocumentPolicy.Replace,
        };

    private static async Task Deidentify(DeidentificationPlan plan, string original, string result)
    {
        await using var input = File.OpenRead(original);
        await using var output = File.Create(result);
        await new Ps315Deidentifier(plan, "tests").DeidentifyAsync(input, output, CancellationToken.None);
    }
}
