using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

public class ProfileTests
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2";

    [Theory]
    [InlineData("basic", 0x0040A067, "D")] // Document Author (Trial), PN
    [InlineData("patient+uids+full", 0x0040A067, "D")]
    [InlineData("basic", 0x00141020, "D")] // Expiry Date, DA
    [InlineData("full", 0x00141020, "K")]
    [InlineData("modified", 0x00141020, "C dates")]
    [InlineData("modified", 0x0008041F, "C dates")] // Study Update DateTime, DT
    [InlineData("basic", 0x00209312, "U")] // Volume Frame of Reference UID
    [InlineData("uids", 0x00209312, "K")]
    [InlineData("basic", 0x00080016, "K")] // SOP Class UID
    [InlineData("basic", 0x00081150, "K")] // Referenced SOP Class UID
    [InlineData("basic", 0x00280010, "K")] // Rows
    [InlineData("basic", 0x00080060, "K")] // Modality
    public void Names_dates_and_instances_are_found_by_VR_where_the_table_has_no_row(string options, uint tag, string expected) =>
        Action(options, tag).Should().Be(expected);

    [Theory]
    [InlineData(0x00080002, "X")] // PS3.6 does not have it
    [InlineData(0x00041130, "X")] // File-set ID
    [InlineData(0x00080000, "X")] // group length
    [InlineData(0x00020016, "X")] // Source Application Entity Title
    public void What_nobody_knows_or_what_belongs_to_files_goes(uint tag, string expected) => Action("basic", tag).Should().Be(expected);

    [Fact]
    public void An_unlisted_value_that_comes_as_UN_is_what_the_dictionary_says()
    {
        var element = new ElementContext { Tag = new Tag(0x0040_A067), Vr = Vr.UN };

        Named.Profile("basic").Resolve(element).Should().Be(new Resolution(RuleAction.Dummy, DecidedBy.VrRule));
    }

    [Fact]
    public void A_device_s_date_moves_with_the_patient_s_dates()
    {
        // Date of Last Calibration: K under Retain Device Identity, C under Modified Dates.
        Action("device", 0x00181200).Should().Be("K");
        Action("device+modified", 0x00181200).Should().Be("C dates");
        Action("device+full", 0x00181200).Should().Be("K");
    }

    [Theory]
    [InlineData(0x00080096u, "D")] // Referring Physician Identification Sequence: 1C
    [InlineData(0x0040A078u, "Z")] // Author Observer Sequence: 2
    [InlineData(0x0018A001u, "X")] // Contributing Equipment Sequence: 3
    [InlineData(0x00082218u, "D")] // no place for it by any IOD
    public void Institution_Name_follows_its_type_in_the_sequence_around_it(uint sequence, string expected)
    {
        var element = new ElementContext { Tag = new Tag(0x0008_0080), Vr = Vr.LO, SopClassUid = Ct, Path = [new Tag(0x0040_0275), new Tag(sequence)] };

        Named.Action(Named.Profile("basic").Resolve(element)).Should().Be(expected);
    }

    [Fact]
    public void It_says_what_decided()
    {
        By("basic", 0x00100010).Should().Be(DecidedBy.TableRow);
        By("uids", 0x0020000D).Should().Be(DecidedBy.Option);
        By("basic", 0x00080080).Should().Be(DecidedBy.AttributeType);
        By("basic", 0x00080080, "1.2.3").Should().Be(DecidedBy.ValidInAnyCase);
        By("basic", 0x00080002).Should().Be(DecidedBy.Unknown);
        By("basic", 0x00280010).Should().Be(DecidedBy.Default);
    }

    [Fact]
    public void Private_elements_go_unless_they_are_known_to_be_safe()
    {
        var creator = new ElementContext { Tag = new Tag(0x7053_0010), Vr = Vr.LO, PrivateCreator = "Philips PET Private Group " };
        var safe = new ElementContext { Tag = new Tag(0x7053_1000), Vr = Vr.DS, PrivateCreator = "Philips PET Private Group " };
        var other = new ElementContext { Tag = new Tag(0x7053_1001), Vr = Vr.DS, PrivateCreator = "Philips PET Private Group " };
        var stray = new ElementContext { Tag = new Tag(0x7053_1000), Vr = Vr.DS };

        Named.Action(Named.Profile("basic").Resolve(creator)).Should().Be("X");
        Named.Action(Named.Profile("basic").Resolve(safe)).Should().Be("X");
        Named.Action(Named.Profile("private").Resolve(creator)).Should().Be("K");
        Named.Action(Named.Profile("private").Resolve(safe)).Should().Be("K");
        Named.Action(Named.Profile("private").Resolve(other)).Should().Be("X");
        Named.Action(Named.Profile("private").Resolve(stray)).Should().Be("X");
    }

    [Fact]
    public void A_safe_private_sequence_stays_and_its_items_are_resolved_one_by_one()
    {
        Tag[] path = [new(0x2001_105F)];
        var profile = Named.Profile("private");
        var sequence = new ElementContext { Tag = path[0], Vr = Vr.UN, PrivateCreator = "Philips Imaging DD 001" };
        var name = new ElementContext { Tag = Tags.PatientName, Vr = Vr.PN, Path = path };
        var unsafeInside = new ElementContext { Tag = new Tag(0x2001_1099), Vr = Vr.LO, PrivateCreator = "Philips Imaging DD 001", Path = path };

        Named.Action(profile.Resolve(sequence)).Should().Be("K");
        profile.PrivateVr(path[0], "Philips Imaging DD 001").Should().Be(Vr.SQ);
        Named.Action(profile.Resolve(name)).Should().Be("Z");
        Named.Action(profile.Resolve(unsafeInside)).Should().Be("X");
    }

    [Fact]
    public void A_site_s_list_adds_to_the_published_one_and_dates_in_it_follow_their_option()
    {
        var list = SafePrivateElements.Parse(["# ours", "0029 ACME 1.0", " 10 CS", " 11 DA", " 12 PN"], "acme.txt");
        var element = (ushort number) => new ElementContext { Tag = new Tag(0x0029, (ushort)(0x1500 + number)), Vr = Vr.UN, PrivateCreator = "ACME 1.0" };
        var removed = Profile.Of(new ProfileOptions { RetainSafePrivate = true }, list);
        var moved = Profile.Of(new ProfileOptions { RetainSafePrivate = true, LongitudinalDates = LongitudinalDates.Modified }, list);
        var off = Profile.Of(new ProfileOptions(), list);

        Named.Action(removed.Resolve(element(0x10))).Should().Be("K");
        Named.Action(removed.Resolve(element(0x11))).Should().Be("D");
        Named.Action(moved.Resolve(element(0x11))).Should().Be("C dates");
        Named.Action(moved.Resolve(element(0x12))).Should().Be("D");
        Named.Action(off.Resolve(element(0x10))).Should().Be("X");
    }

    private static string Action(string options, uint tag) => Named.Action(Resolve(options, tag, Ct));

    private static DecidedBy By(string options, uint tag, string sopClassUid = Ct) => Resolve(options, tag, sopClassUid).By;

    private static Resolution Resolve(string options, uint tag, string sopClassUid) => Named.Profile(options).Resolve(new ElementContext
    {
        Tag = new Tag(tag),
        Vr = DicomDictionary.ImplicitVr(new Tag(tag)),
        SopClassUid = sopClassUid,
    });
}
