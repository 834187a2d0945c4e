using System.Globalization;
using Mdm.Dicom.Confidentiality;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

/// <summary>
/// Every row of PS3.15 tables E.1-1, E.3.4-1 and E.3.10-1 against tests/Interop/ps315_expectations.py, which reads the tables by itself.
/// </summary>
public sealed class TableTests(ExpectationFixture expectations) : IClassFixture<ExpectationFixture>
{
    // (0040,0260) Performed Protocol Code, (0008,2218) Anatomic Region, (0054,0220) View Code: kept by every profile, home of no row.
    private static readonly Tag[] ThreeDeep = [new(0x0040_0260), new(0x0008_2218), new(0x0054_0220)];

    [SkippableFact]
    public void Every_attribute_has_its_action_at_the_top_and_three_sequences_deep()
    {
        var wrong = new List<string>();
        var tags = new HashSet<uint>();
        foreach (var line in expectations.Lines("attribute"))
        {
            var tag = Tag(line[4]);
            tags.Add(tag.Value);
            var resolution = Named.Profile(line[1]).Resolve(new ElementContext
            {
                Tag = tag,
                Vr = DicomDictionary.ImplicitVr(tag),
                SopClassUid = line[2],
                Path = line[3] == "0" ? [] : ThreeDeep,
            });
            if (Named.Action(resolution) != line[5])
                wrong.Add($"{string.Join(' ', line)}, not {Named.Action(resolution)}");
        }

        wrong.Should().BeEmpty();

        // 652 tags, three elements in each of 16 curve groups and two in each of 16 overlay groups; the private row is tested below.
        tags.Should().HaveCount(652 + (16 * 3) + (16 * 2));
    }

    [SkippableFact]
    public void Safe_private_elements_stay_in_whichever_block_their_creator_has_and_only_with_the_option()
    {
        var wrong = new List<string>();
        var elements = new HashSet<(string, string)>();
        foreach (var line in expectations.Lines("private"))
        {
            elements.Add((line[2], line[3]));
            var resolution = Named.Profile(line[1]).Resolve(new ElementContext
            {
                Tag = Tag(line[2]),
                Vr = VrFacts.Parse(line[4]),
                PrivateCreator = line[3],
                Path = line[2][4] == '4' ? ThreeDeep : [],
            });
            if (Named.Action(resolution) != line[5])
                wrong.Add($"{string.Join(' ', line)}, not {Named.Action(resolution)}");
        }

        wrong.Should().BeEmpty();
        elements.Should().HaveCount(479 * 3 * 2);
    }

    [SkippableFact]
    public void Every_concept_has_its_action()
    {
        var wrong = new List<string>();
        var concepts = new HashSet<(string, string, string)>();
        foreach (var line in expectations.Lines("content"))
        {
            concepts.Add((line[2], line[3], line[4]));
            var resolution = new StructuredContent(Named.Options(line[1])).Resolve(new ContentItem(line[2], line[3], line[4]));
            if (Named.Action(resolution) != line[5])
                wrong.Add($"{string.Join(' ', line)}, not {Named.Action(resolution)}");
        }

        wrong.Should().BeEmpty();
        concepts.Should().HaveCount(214);
    }

    [SkippableFact]
    public void The_rule_files_are_what_the_script_makes_of_the_tables()
    {
        var tables = ExpectationFixture.Tables;
        using var folder = new TemporaryFolder();
        Python.Output(
        [
            Path.Combine(Samples.Checkout, "eng/dicom-ps315.py"), Path.Combine(tables, "table_E.1-1_2026c.tsv"),
            Path.Combine(tables, "table_E.3.4-1_clean_structured_content_2026c.tsv"), Path.Combine(tables, "table_E.3.10-1_safe_private_2026c.tsv"), folder.Path,
        ]);

        foreach (var name in new[] { "attributes.txt", "content-items.txt", "safe-private.txt" })
            (name == "attributes.txt" ? RuleFile.Lines(typeof(ConfidentialityTable).Assembly, name) : PluginRules.Lines(name)).Should().Equal(File.ReadAllLines(folder.File(name)));
    }

    private static Tag Tag(string text) => new(uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
}

/// <summary>The second reader's lines, read once.</summary>
public sealed class ExpectationFixture
{
    private readonly Lazy<string[][]> lines = new(Read);

    internal IEnumerable<string[]> Lines(string kind) => lines.Value.Where(line => line[0] == kind);

    internal static string Tables
    {
        get
        {
            var tables = Path.GetFullPath(Path.Combine(Samples.Checkout, "../shared/dicom-ps3.15"));
            Skip.IfNot(Directory.Exists(tables), "The tables of PS3.15 are not at ../shared/dicom-ps3.15.");
            Python.Require();
            return tables;
        }
    }

    private static string[][] Read()
    {
        var tables = Tables;
        Skip.IfNot(File.Exists("/usr/bin/dciodvfy"), "dicom3tools is not installed.");
        return [.. Python.Output([Path.Combine(Samples.Checkout, "tests/Interop/ps315_expectations.py"), tables])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t'))];
    }
}

/// <summary>Options and actions by the names that the second reader gives them.</summary>
internal static class Named
{
    private static readonly Dictionary<string, Profile> Known = [];

    public static Profile Profile(string options)
    {
        lock (Known)
        {
            if (!Known.TryGetValue(options, out var profile))
                Known.Add(options, profile = Plugins.Dicom.Deidentification.Rules.Profile.Of(Options(options)));
            return profile;
        }
    }

    public static ProfileOptions Options(string options)
    {
        var on = options.Split('+');
        return new ProfileOptions
        {
            RetainSafePrivate = on.Contains("private"),
            RetainUids = on.Contains("uids"),
            RetainDeviceIdentity = on.Contains("device"),
            RetainInstitutionIdentity = on.Contains("institution"),
            RetainPatientCharacteristics = on.Contains("patient"),
            CleanDescriptors = on.Contains("descriptors"),
            CleanStructuredContent = on.Contains("content"),
            CleanGraphics = on.Contains("graphics"),
            LongitudinalDates = on.Contains("full") ? LongitudinalDates.Full : on.Contains("modified") ? LongitudinalDates.Modified : LongitudinalDates.Removed,
        };
    }

    public static string Action(Resolution resolution) => resolution switch
    {
        { Action: RuleAction.Keep } => "K",
        { Action: RuleAction.Remove } => "X",
        { Action: RuleAction.Empty } => "Z",
        { Action: RuleAction.Dummy } => "D",
        { Action: RuleAction.MapUid } => "U",
        { Clean: CleanKind.Dates } => "C dates",
        { Clean: CleanKind.Descriptor } => "C descriptor",
        { Clean: CleanKind.Device } => "C device",
        { Clean: CleanKind.PatientCharacteristics } => "C patient",
        { Clean: CleanKind.StructuredContent } => "C content",
        { Clean: CleanKind.Graphics } => "C graphics",
        _ => resolution.ToString(),
    };
}
