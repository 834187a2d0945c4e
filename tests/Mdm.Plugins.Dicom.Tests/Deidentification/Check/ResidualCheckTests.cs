using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Check;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Check;

/// <summary>Both kinds of error: a leak that is missed, a good object that is refused. What the profile keeps is where a leak can be.</summary>
public class ResidualCheckTests
{
    // Attributes without a row in the table, which the profile keeps.
    private const uint Manufacturer = 0x0008_0070;
    private const uint ModelName = 0x0008_1090;
    private const uint ScanOptions = 0x0018_0022;
    private const uint ConvolutionKernel = 0x0018_1210;
    private const uint KiloVolts = 0x0018_0060;
    private const uint PaletteData = 0x0028_1201;

    [Theory]
    [InlineData("Wolkenstein")]
    [InlineData("for OTTILIE, bed 3")]
    [InlineData("ottilie/ct")]
    [InlineData("QX-4711-08")]
    [InlineData("id 4711")]
    [InlineData("ACC774411")]
    [InlineData("see 774411")]
    [InlineData("19510317")]
    [InlineData("born 1951-03-17")]
    [InlineData("born 17.03.1951")]
    [InlineData("born 03/17/1951")]
    [InlineData("on 20240229 at noon")]
    [InlineData("20240229235959")]
    [InlineData("asked by Zettelmann")]
    [InlineData("Quellental made this")]
    [InlineData("Ｗｏｌｋｅｎｓｔｅｉｎ")]
    [InlineData(Patient.Study)]
    [InlineData("uid=" + Patient.Instance + ";")]
    public async Task A_value_that_was_removed_is_found_in_kept_text(string leak) =>
        await RefusedAsync(Patient.Image().Set(Tags.SpecificCharacterSet, "ISO_IR 192").With(ConvolutionKernel, Vr.SH, leak), "(0018,1210)");

    [Theory]
    [InlineData(ScanOptions, Vr.CS, "WOLKENSTEIN")]
    [InlineData(Manufacturer, Vr.LO, "Wolkenstein")]
    [InlineData(ModelName, Vr.LO, "Ottilie 7")]
    [InlineData(KiloVolts, Vr.DS, "774411")]
    internal async Task Also_where_codes_makers_and_numbers_stand(uint tag, Vr vr, string leak) =>
        await RefusedAsync(Patient.Image().Set(Tags.AccessionNumber, "774411").With(tag, vr, leak), new Tag(tag).ToString());

    [Fact]
    public async Task Also_in_items_and_in_text_that_an_archive_called_unknown()
    {
        await RefusedAsync(Patient.Image().With(0x0018_9346, new AttributeSet().With(0x0008_0104, Vr.LO, "Wolkenstein")), "(0008,0104)");
        await RefusedAsync(Patient.Image().With(ConvolutionKernel, Vr.UN, "Wolkenstein"u8.ToArray()), "(0018,1210)");
    }

    [Theory]
    [InlineData("Wolkenstein")]
    [InlineData("wOLKENstein")]
    public async Task A_value_that_was_removed_is_found_as_bytes_in_binary_data(string leak)
    {
        foreach (var encoding in new[] { Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode })
            await RefusedAsync(Patient.Image().With(PaletteData, Vr.OW, [0, 9, .. encoding.GetBytes(leak), 0, 0, 9, 9]), "rule: bytes");
    }

    [Fact]
    public async Task Uids_and_dates_are_found_in_binary_data()
    {
        await RefusedAsync(Patient.Image().With(PaletteData, Vr.OW, Encoding.ASCII.GetBytes("xx" + Patient.Series)), "rule: bytes");
        await RefusedAsync(Patient.Image().With(PaletteData, Vr.OW, Encoding.ASCII.GetBytes("x 19510317 x")), "rule: bytes");
    }

    [Fact]
    public async Task Long_binary_data_is_searched_as_it_passes_and_across_its_pieces()
    {
        var limits = new DeidentificationLimits { LongestHeldBinary = 100, MaxHeldBulk = 5000 };
        for (var place = 4980; place < 5020; place += 3)
        {
            var data = new byte[20_000];
            "Wolkenstein"u8.CopyTo(data.AsSpan(place));
            var deidentify = () => Patient.DeidentifyAsync(Patient.File(Patient.Image().With(0x5600_0020, Vr.OF, data)), Patient.Plan() with { Limits = limits });
            (await deidentify.Should().ThrowAsync<MdmException>()).WithMessage("*(5600,0020)*rule: bytes*");
        }
    }

    [Fact]
    public async Task What_becomes_known_behind_binary_data_that_is_gone_already_fails_the_object()
    {
        var limits = new DeidentificationLimits { LongestHeldBinary = 100, MaxHeldBulk = 5000 };
        var image = Patient.Image().With(0x5600_0020, Vr.OF, new byte[20_000]).With(0x7001_0010, Vr.PN, "Somebody^Unheard");
        var deidentify = () => Patient.DeidentifyAsync(Patient.File(image), Patient.Plan() with { Limits = limits });
        (await deidentify.Should().ThrowAsync<MdmException>()).WithMessage("*MaxHeldBulk*");
    }

    [Theory]
    [InlineData("ISO_IR 192", "Παπαδόπουλος^Ελένη", "Παπαδόπουλος", "ΠΑΠΑΔΌΠΟΥΛΟΣ")]
    [InlineData("ISO_IR 192", "Yamada^Tarou=山田^太郎=やまだ^たろう", "山田", "撮影は山田太郎様です")]
    [InlineData("ISO_IR 192", "Müller^Zoë", "MÜLLER", "von müller")]
    public async Task Names_in_any_writing_are_found(string set, string name, params string[] leaks)
    {
        foreach (var leak in leaks)
            await RefusedAsync(Patient.Image().Set(Tags.SpecificCharacterSet, set).With(0x0010_0010, Vr.PN, name).With(ConvolutionKernel, Vr.SH, leak), "(0018,1210)");
    }

    [Fact]
    public async Task A_name_in_the_bytes_of_another_character_set_is_found()
    {
        // ISO 2022 IR 87 in the name; the same bytes in an item that says nothing of character sets.
        byte[] name = [0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42, (byte)'^', 0x1B, 0x24, 0x42, 0x42, 0x40, 0x4F, 0x3A, 0x1B, 0x28, 0x42];
        var image = Patient.Image().Set(Tags.SpecificCharacterSet, "\\ISO 2022 IR 87").With(0x0010_0010, Vr.PN, name).With(ConvolutionKernel, Vr.SH, name);
        await RefusedAsync(image, "(0018,1210)");
    }

    [Theory]
    [InlineData(ConvolutionKernel, Vr.SH, "B30f soft 4 of 7")]
    [InlineData(Manufacturer, Vr.LO, "Klinikum Systems")]
    [InlineData(ScanOptions, Vr.CS, "HELICAL_CT")]
    [InlineData(KiloVolts, Vr.DS, "1951.0317")]
    internal async Task Good_objects_pass(uint tag, Vr vr, string value)
    {
        var result = await Patient.DeidentifyAsync(Patient.Image().With(tag, vr, value));
        result.GetText(new Tag(tag)).Should().Be(value);
    }

    [Fact]
    public async Task Words_of_descriptions_may_stand_where_the_profile_keeps_them()
    {
        var image = Patient.Image().Set(Tags.StudyDescription, "Fancyscan protocol by Acmetec").With(Manufacturer, Vr.LO, "Acmetec").With(ConvolutionKernel, Vr.SH, "Fancyscan");
        (await Patient.DeidentifyAsync(image)).GetText(new Tag(ConvolutionKernel)).Should().Be("Fancyscan");
    }

    [Fact]
    public async Task Words_of_the_list_are_no_finding_even_as_a_name()
    {
        // Phantoms are called so, and a site's own words are for that.
        var image = Patient.Image().With(0x0010_0010, Vr.PN, "Head^Phantom").With(0x0018_0015, Vr.CS, "HEAD");
        (await Patient.DeidentifyAsync(image)).GetText(Tags.BodyPartExamined).Should().Be("HEAD");

        var site = Patient.Plan() with { Words = DescriptorCleaner.With(["Wolkenstein"], "test") };
        var result = await Patient.ReadAsync(await Patient.DeidentifyAsync(Patient.File(Patient.Image().With(ConvolutionKernel, Vr.SH, "Wolkenstein")), site));
        result.GetText(new Tag(ConvolutionKernel)).Should().Be("Wolkenstein");
    }

    [Fact]
    public async Task What_an_option_retains_may_stand_elsewhere_too()
    {
        var image = Patient.Image().With(ConvolutionKernel, Vr.SH, "Quellental");
        var result = await Patient.DeidentifyAsync(image, new ProfileOptions { RetainInstitutionIdentity = true });
        result.GetText(new Tag(ConvolutionKernel)).Should().Be("Quellental");
    }

    [Fact]
    public async Task A_newborn_of_the_day_keeps_the_study_date_that_an_option_retains()
    {
        var image = Patient.Image().Set(Tags.PatientBirthDate, "20240229");
        var result = await Patient.DeidentifyAsync(image, new ProfileOptions { LongitudinalDates = LongitudinalDates.Full });
        result.GetText(Tags.StudyDate).Should().Be("20240229");
        result.GetText(Tags.PatientBirthDate).Should().BeEmpty();
    }

    [Fact]
    public async Task Pixels_are_not_searched()
    {
        var image = Patient.Image();
        image.Set(new DicomAttribute(Tags.PixelData, Vr.OB, Encoding.ASCII.GetBytes("Wolkenstein^Ottilie.")));
        (await Patient.DeidentifyAsync(image))[Tags.PixelData]!.Value.Length.Should().Be(20);
    }

    [Fact]
    public async Task A_message_names_attribute_and_rule_and_no_value()
    {
        var deidentify = () => Patient.DeidentifyAsync(Patient.Image().With(ConvolutionKernel, Vr.SH, "Wolkenstein"));
        var message = (await deidentify.Should().ThrowAsync<MdmException>()).Which.Message;
        message.Should().Contain("(0018,1210)").And.Contain("(0010,0010)").And.Contain("rule: words");
        message.Should().NotContainEquivalentOf("Wolkenstein");
    }

    [Theory]
    [InlineData(0x0010_4000u, Vr.LT, "anything")]
    [InlineData(0x0008_0090u, Vr.PN, "Somebody^Else")]
    [InlineData(0x0020_0052u, Vr.UI, "1.2.3.4.5")]
    [InlineData(0x0009_1001u, Vr.LO, "private")]
    internal void The_table_is_held_against_the_bytes_that_were_written(uint tag, Vr vr, string value)
    {
        var header = Part10.CanonicalHeader(Patient.Ct, "1.2.3", TransferSyntax.ExplicitLittleEndianUid);
        var check = new ResidualCheck(Patient.Plan(), Patient.Ct, DataEncoding.ExplicitLittleEndian, header);
        check.Observe(header);
        var write = () => check.Observe(new AttributeSet().With(tag, vr, value).ToArray(DataEncoding.ExplicitLittleEndian));
        write.Should().Throw<MdmException>().WithMessage($"*{new Tag(tag)}*rule: table*");
    }

    [Fact]
    public void Another_file_header_is_found()
    {
        var header = Part10.CanonicalHeader(Patient.Ct, "1.2.3", TransferSyntax.ExplicitLittleEndianUid);
        var check = new ResidualCheck(Patient.Plan(), Patient.Ct, DataEncoding.ExplicitLittleEndian, header);
        var other = Part10.CanonicalHeader(Patient.Ct, "1.2.4", TransferSyntax.ExplicitLittleEndianUid);
        var write = () => check.Observe(other);
        write.Should().Throw<MdmException>().WithMessage("*rule: file header*");
    }

    private static async Task RefusedAsync(AttributeSet set, string says)
    {
        var deidentify = () => Patient.DeidentifyAsync(set);
        var refusal = (await deidentify.Should().ThrowAsync<MdmException>()).Which;
        refusal.Kind.Should().Be(MdmErrorKind.Refused);
        refusal.Message.Should().Contain(says);
    }
}
