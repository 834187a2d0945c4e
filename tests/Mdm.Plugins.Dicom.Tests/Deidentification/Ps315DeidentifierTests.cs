using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Engine;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification;

public class Ps315DeidentifierTests
{
    private static readonly string Pseudonym = Patient.Pseudonyms.Patient(PatientKey.Of("QX-4711-08", "", "", ""));

    [Theory]
    [InlineData(DataEncoding.ExplicitLittleEndian)]
    [InlineData(DataEncoding.ImplicitLittleEndian)]
    [InlineData(DataEncoding.ExplicitBigEndian)]
    internal async Task The_basic_profile_takes_identity_out_in_every_encoding(DataEncoding encoding)
    {
        var result = await Patient.DeidentifyAsync(Patient.Image(), encoding: encoding);

        result.GetText(Tags.PatientName).Should().Be(Pseudonym);
        result.GetText(Tags.PatientId).Should().Be(Pseudonym);
        result.GetText(Tags.PatientBirthDate).Should().BeEmpty();
        result.Contains(Tags.StudyDescription).Should().BeFalse();
        result.GetText(Tags.AccessionNumber).Should().Be(Patient.Pseudonyms.Identifier("ACC774411"));
        result.GetText(Tags.StudyId).Should().Be(Patient.Pseudonyms.Identifier("S9"));
        result.GetText(Tags.SopInstanceUid).Should().Be(Patient.Pseudonyms.Uid(Patient.Instance));
        result.GetText(Tags.StudyInstanceUid).Should().Be(Patient.Pseudonyms.Uid(Patient.Study));
        result.GetText(Tags.SopClassUid).Should().Be(Patient.Ct);
        result.GetText(Tags.Modality).Should().Be("CT");
        result.GetUInt16(new Tag(0x0028_0010)).Should().Be(2);
        result[Tags.PixelData]!.Value.ToArray().Should().Equal(1, 2, 3, 4);
    }

    [Fact]
    public async Task It_says_what_was_done()
    {
        var result = await Patient.DeidentifyAsync(Patient.Image(), new ProfileOptions { LongitudinalDates = LongitudinalDates.Modified, CleanDescriptors = true });

        result.GetText(MoreTags.PatientIdentityRemoved).Should().Be("YES");
        result.GetText(MoreTags.DeidentificationMethod).Should().Be(MethodRecord.Method);
        MethodRecord.Method.Length.Should().BeLessThanOrEqualTo(64);
        result.GetText(MoreTags.LongitudinalTemporalInformationModified).Should().Be("MODIFIED");
        result.Contains(MoreTags.BurnedInAnnotation).Should().BeFalse("nobody looked at the pixels");
        Codes(result).Should().Equal("113100", "113105", "113107");
    }

    [Fact]
    public async Task What_an_earlier_run_said_stays_and_is_added_to()
    {
        var once = await Patient.DeidentifyAsync(Patient.Image());
        var twice = await Patient.DeidentifyAsync(once, new ProfileOptions { LongitudinalDates = LongitudinalDates.Full, RetainDeviceIdentity = true });

        Codes(twice).Should().Equal("113100", "113106", "113109");
        twice.GetText(MoreTags.DeidentificationMethod).Should().Be(MethodRecord.Method);
        twice.GetText(MoreTags.LongitudinalTemporalInformationModified).Should().Be("REMOVED");

        var others = await Patient.DeidentifyAsync(Patient.Image().With(0x0012_0063, Vr.LO, "By hand"));
        others.GetValues(MoreTags.DeidentificationMethod).Should().Equal("By hand", MethodRecord.Method);
    }

    [Fact]
    public async Task The_file_header_and_preamble_are_the_canonical_ones_with_the_new_uid()
    {
        var file = Patient.File(Patient.Image());
        "LEAK"u8.CopyTo(file);
        var output = await Patient.DeidentifyAsync(file);
        var header = Part10.CanonicalHeader(Patient.Ct, Patient.Pseudonyms.Uid(Patient.Instance), TransferSyntax.ExplicitLittleEndianUid);
        output.AsSpan(0, header.Length).SequenceEqual(header).Should().BeTrue();
    }

    [Fact]
    public async Task The_same_object_gives_the_same_bytes_and_another_secret_shares_none_that_identify()
    {
        var file = Patient.File(Patient.Image());
        var once = await Patient.DeidentifyAsync(file);
        (await Patient.DeidentifyAsync(file)).Should().Equal(once);

        var other = Patient.Plan() with { Pseudonyms = new Pseudonymizer(ProjectSecret.Of(SHA256.HashData(Patient.SecretBytes))) };
        var elsewhere = await Patient.ReadAsync(await Patient.DeidentifyAsync(file, other));
        var here = await Patient.ReadAsync(once);
        foreach (var tag in new[] { Tags.PatientId, Tags.PatientName, Tags.StudyInstanceUid, Tags.SeriesInstanceUid, Tags.SopInstanceUid, Tags.AccessionNumber, Tags.StudyId })
            elsewhere.GetText(tag).Should().NotBe(here.GetText(tag)).And.NotBeEmpty();
    }

    [Fact]
    public async Task Sequences_are_gone_through_at_every_depth()
    {
        var deep = new AttributeSet().With(0x0010_0010, Vr.PN, "Wolkenstein^Ottilie").With(0x0008_1155, Vr.UI, "1.2.99.1").With(0x0008_1150, Vr.UI, Patient.Ct);
        var result = await Patient.DeidentifyAsync(Patient.Image().With(0x0040_A370, new AttributeSet().With(0x0040_A375, new AttributeSet().With(0x0008_1199, deep))));

        // The reference stays where the profile keeps the sequences around it; the name in it does not.
        var all = result.ToArray(DataEncoding.ExplicitLittleEndian);
        Contains(all, "Wolkenstein").Should().BeFalse();
        Contains(all, "1.2.99.1").Should().BeFalse();
    }

    [Fact]
    public async Task Private_and_unknown_elements_go()
    {
        var result = await Patient.DeidentifyAsync(Patient.Image()
            .With(0x0009_0010, Vr.LO, "ACME 1").With(0x0009_1001, Vr.LO, "Wolkenstein").With(0x0009_1002, new AttributeSet().With(0x0010_0010, Vr.PN, "A^B"))
            .With(0x0018_FFF0, Vr.LO, "never registered"));
        result.Attributes.Should().NotContain(attribute => attribute.Tag.IsPrivate || attribute.Tag == new Tag(0x0018_FFF0));
    }

    [Fact]
    public async Task A_sequence_that_an_archive_called_unknown_is_treated_as_one()
    {
        // Request Attributes with a name in it, kept nowhere; Referenced Series, kept, whose UIDs must be mapped.
        var item = new AttributeSet().With(0x0020_000E, Vr.UI, "1.2.77.5").ToArray(DataEncoding.ImplicitLittleEndian);
        byte[] unknown = [0xFE, 0xFF, 0x00, 0xE0, (byte)item.Length, 0, 0, 0, .. item];
        var result = await Patient.DeidentifyAsync(Patient.Image().With(0x0008_1115, Vr.UN, unknown));

        result[new Tag(0x0008_1115)]!.Items.Should().ContainSingle().Which.GetText(Tags.SeriesInstanceUid).Should().Be(Patient.Pseudonyms.Uid("1.2.77.5"));
        var opaque = await Patient.DeidentifyAsync(Patient.Image().With(0x0008_1115, Vr.UN, [.. unknown, 1, 2]));
        opaque.Contains(new Tag(0x0008_1115)).Should().BeFalse("what does not parse cannot be kept");
    }

    [Fact]
    public async Task Names_dates_and_uids_are_found_by_their_representation_where_the_table_has_no_row()
    {
        // (0040,4052) is listed nowhere as what it is here: an unlisted date, and a name written into a code string's place.
        var result = await Patient.DeidentifyAsync(Patient.Image().With(0x0018_9074, Vr.DT, "20240229235959").With(0x0008_0012, Vr.DA, "20240229").With(0x0028_1199, Vr.UI, "1.2.55.1"));
        Contains(result.ToArray(DataEncoding.ExplicitLittleEndian), "20240229").Should().BeFalse();
        Contains(result.ToArray(DataEncoding.ExplicitLittleEndian), "1.2.55.1").Should().BeFalse();
    }

    [Fact]
    public async Task Modified_dates_move_all_of_a_patients_dates_by_the_same_days_and_keep_times()
    {
        var options = new ProfileOptions { LongitudinalDates = LongitudinalDates.Modified };
        var result = await Patient.DeidentifyAsync(Patient.Image().With(0x0008_0022, Vr.DA, "20240301").With(0x0008_002A, Vr.DT, "20240301003000.5+0100"), options);

        var days = Patient.Pseudonyms.ShiftDays(PatientKey.Of("QX-4711-08", "", "", ""));
        string Moved(int year, int month, int day) => new DateOnly(year, month, day).AddDays(days).ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        result.GetText(Tags.StudyDate).Should().Be(Moved(2024, 2, 29));
        result.GetText(Tags.StudyTime).Should().Be("235959");
        result.GetText(new Tag(0x0008_0022)).Should().Be(Moved(2024, 3, 1));
        result.GetText(new Tag(0x0008_002A)).Should().Be(Moved(2024, 3, 1) + "003000.5+0100");
    }

    [Fact]
    public async Task Overlays_and_curves_go_as_whole_groups()
    {
        var result = await Patient.DeidentifyAsync(Patient.Image()
            .With(0x6002_0010, Vr.US, [2, 0]).With(0x6002_0040, Vr.CS, "G").With(0x6002_0100, Vr.US, [1, 0]).With(0x6002_3000, Vr.OB, new byte[2]).With(0x5000_0005, Vr.US, [1, 0]));
        result.Attributes.Should().NotContain(attribute => attribute.Tag.Group == 0x6002 || attribute.Tag.Group == 0x5000);
    }

    [Fact]
    public async Task Original_attributes_signatures_and_icons_go()
    {
        var result = await Patient.DeidentifyAsync(Patient.Image()
            .With(0x0400_0561, new AttributeSet().With(0x0400_0550, new AttributeSet().With(0x0010_0010, Vr.PN, "A^B")))
            .With(0x0088_0200, new AttributeSet().With(0x7FE0_0010, Vr.OB, [1, 2]))
            .With(0xFFFA_FFFA, new AttributeSet().With(0x0400_0120, Vr.OB, [1, 2])));
        result.Attributes.Select(attribute => attribute.Tag).Should().NotContain([new Tag(0x0400_0561), new Tag(0x0088_0200), new Tag(0xFFFA_FFFA)]);
    }

    [Fact]
    public async Task Cleaned_descriptions_keep_the_words_of_the_list()
    {
        var result = await Patient.DeidentifyAsync(Patient.Image(), new ProfileOptions { CleanDescriptors = true });
        result.GetText(Tags.StudyDescription).Should().Be("Thorax of");
    }

    [Theory]
    [InlineData(0x0028_0301u, Vr.CS, "YES")]
    [InlineData(0x0008_0008u, Vr.CS, "DERIVED\\SECONDARY\\SCREEN SAVE")]
    [InlineData(0x0008_0064u, Vr.CS, "WSD")]
    [InlineData(0x0008_0016u, Vr.UI, "1.2.840.10008.5.1.4.1.1.6.1")]
    [InlineData(0x0008_0016u, Vr.UI, "1.2.840.10008.1.3.10")]
    internal async Task What_may_show_identity_in_its_pixels_is_refused(uint tag, Vr vr, string value)
    {
        var deidentify = () => Patient.DeidentifyAsync(Patient.Image().With(tag, vr, value));
        (await deidentify.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Refused);
    }

    [Fact]
    public async Task Regions_are_blanked_in_the_stored_values_and_said_to_be()
    {
        var plan = Patient.Plan(new ProfileOptions { CleanPixelData = true }) with
        {
            PixelRegions = PixelRegions.Parse("""{ "Regions": [ { "Modality": "CT", "Blank": [ { "X": 0, "Y": 0, "Width": 1, "Height": 2 } ] } ] }""", "test"),
        };
        var result = await Patient.ReadAsync(await Patient.DeidentifyAsync(Patient.File(Patient.Image().With(0x0028_0301, Vr.CS, "YES")), plan));

        result[Tags.PixelData]!.Value.ToArray().Should().Equal(0, 2, 0, 4);
        result.GetText(MoreTags.BurnedInAnnotation).Should().Be("NO");
        Codes(result).Should().Contain("113101");
    }

    [Fact]
    public async Task An_overlay_within_the_pixels_is_refused()
    {
        var deidentify = () => Patient.DeidentifyAsync(Patient.Image().With(0x6000_0100, Vr.US, [16, 0]));
        (await deidentify.Should().ThrowAsync<MdmException>()).WithMessage("*(6000,0100)*");
    }

    [Fact]
    public async Task Documents_are_refused_or_replaced_as_the_option_says()
    {
        var document = new AttributeSet().Set(Tags.SopClassUid, "1.2.840.10008.5.1.4.1.1.104.1").Set(Tags.SopInstanceUid, "1.2.3").Set(Tags.PatientId, "QX-4711-08")
            .With(0x0042_0011, Vr.OB, Encoding.ASCII.GetBytes("%PDF-1.4 Wolkenstein, Ottilie")).With(0x0042_0012, Vr.LO, "application/pdf").With(0x0042_0015, Vr.UL, [29, 0, 0, 0]);
        var refused = () => Patient.DeidentifyAsync(document);
        (await refused.Should().ThrowAsync<MdmException>()).WithMessage("*EncapsulatedDocuments*");

        var plan = Patient.Plan() with { EncapsulatedDocuments = EncapsulatedDocumentPolicy.Replace };
        var result = await Patient.ReadAsync(await Patient.DeidentifyAsync(Patient.File(document), plan));
        var replaced = result[MoreTags.EncapsulatedDocument]!.Value.ToArray();
        replaced.Should().StartWith("%PDF"u8.ToArray());
        Contains(replaced, "Wolkenstein").Should().BeFalse();
        BitConverter.ToUInt32(result[MoreTags.EncapsulatedDocumentLength]!.Value.Span).Should().BeInRange((uint)replaced.Length - 1, (uint)replaced.Length);
    }

    [Fact]
    public async Task References_lead_to_the_objects_that_they_led_to()
    {
        var reference = new AttributeSet().With(0x0008_1150, Vr.UI, Patient.Ct).With(0x0008_1155, Vr.UI, Patient.Instance);
        var report = new AttributeSet().Set(Tags.SopClassUid, Patient.Sr).Set(Tags.SopInstanceUid, "1.3.5.1").Set(Tags.PatientId, "QX-4711-08")
            .With(0x0040_A375, new AttributeSet().With(0x0008_1115, new AttributeSet().With(0x0008_1199, reference).With(0x0020_000E, Vr.UI, Patient.Series)).With(0x0020_000D, Vr.UI, Patient.Study));
        var image = await Patient.DeidentifyAsync(Patient.Image());
        var result = await Patient.DeidentifyAsync(report);

        var evidence = result[new Tag(0x0040_A375)]!.Items!.Single();
        evidence.GetText(Tags.StudyInstanceUid).Should().Be(image.GetText(Tags.StudyInstanceUid));
        var series = evidence[new Tag(0x0008_1115)]!.Items!.Single();
        series.GetText(Tags.SeriesInstanceUid).Should().Be(image.GetText(Tags.SeriesInstanceUid));
        series[new Tag(0x0008_1199)]!.Items!.Single().GetText(new Tag(0x0008_1155)).Should().Be(image.GetText(Tags.SopInstanceUid));
        result.GetText(Tags.PatientId).Should().Be(image.GetText(Tags.PatientId));
    }

    [Fact]
    public async Task An_element_twice_or_out_of_order_is_corrupt()
    {
        var file = Patient.File(Patient.Image());
        byte[] again = [0x10, 0, 0x10, 0, (byte)'P', (byte)'N', 2, 0, (byte)'A', (byte)'B'];
        var deidentify = () => Patient.DeidentifyAsync([.. file, .. again]);
        (await deidentify.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    [Fact]
    public async Task A_header_above_the_limit_is_refused_by_its_name()
    {
        var plan = Patient.Plan() with { Limits = new DeidentificationLimits { MaxHeaderLength = 1000 } };
        var deidentify = () => Patient.DeidentifyAsync(Patient.File(Patient.Image().With(0x0010_4000, Vr.LT, new string('x', 2000))), plan);
        (await deidentify.Should().ThrowAsync<MdmException>()).WithMessage("*MaxHeaderLength*");
    }

    [Fact]
    public async Task Pieces_of_a_header_give_the_bytes_that_the_whole_gives()
    {
        var frames = Enumerable.Range(0, 300).Select(i => new AttributeSet()
            .With(0x0020_9111, new AttributeSet().With(0x0018_9074, Vr.DT, "20240229120000").With(0x0020_9157, Vr.UL, [(byte)i, 0, 0, 0]))
            .With(0x0008_9124, new AttributeSet().With(0x0008_2112, new AttributeSet().With(0x0008_1155, Vr.UI, "1.2.3." + i)))).ToArray();
        var file = Patient.File(Patient.Image().With(0x5200_9230, frames).With(0x5400_1010, Vr.OW, new byte[100_000]));
        var whole = await Patient.DeidentifyAsync(file);
        var pieces = await Patient.DeidentifyAsync(file, Patient.Plan() with { Limits = new DeidentificationLimits { PieceLength = 500, LongestHeldBinary = 64 } });
        pieces.AsSpan().SequenceEqual(whole).Should().BeTrue();
    }

    [Fact]
    public async Task An_unknown_value_too_long_to_be_looked_into_goes()
    {
        var plan = Patient.Plan() with { Limits = new DeidentificationLimits { LongestHeldUnknown = 1000 } };
        var image = Patient.Image().With(0x0029_0010, Vr.LO, "ACME 1").With(0x0029_1010, Vr.UN, new byte[2000]).With(0x0040_0555, Vr.UN, new byte[2000]);
        var result = await Patient.ReadAsync(await Patient.DeidentifyAsync(Patient.File(image), plan));
        result.Attributes.Should().NotContain(attribute => attribute.Tag.Group == 0x0029 || attribute.Tag == new Tag(0x0040_0555));
    }

    // The streams of these two complete at once, so all of the work is on the test's own thread.
    [Fact]
    public async Task A_gigabyte_of_pixels_passes_in_flat_memory()
    {
        const uint Length = 1 << 30;
        var set = Patient.Image();
        set.Remove(Tags.PixelData);
        var head = new System.Buffers.ArrayBufferWriter<byte>();
        System.Buffers.BuffersExtensions.Write(head, Patient.File(set));
        DataSetWriter.Write(head, new DataSetToken(TokenKind.Element, Tags.PixelData, Vr.OW, Length, 0, DataEncoding.ExplicitLittleEndian));
        await using var deidentifier = new Ps315Deidentifier(Patient.Plan(), "test");
        await Patient.DeidentifyAsync(Patient.File(set));
        var output = new CountingStream();
        var before = GC.GetAllocatedBytesForCurrentThread();
        await deidentifier.DeidentifyAsync(new PrefixedStream(head.WrittenMemory.ToArray(), new ZeroStream(Length)), output, CancellationToken.None);
        output.Count.Should().BeGreaterThan(Length);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(16 << 20);
    }

    [Fact]
    public async Task Long_binary_values_pass_in_flat_memory_too()
    {
        const uint Length = 256 << 20;
        var head = new System.Buffers.ArrayBufferWriter<byte>();
        var set = Patient.Image();
        set.Remove(Tags.PixelData);
        System.Buffers.BuffersExtensions.Write(head, Patient.File(set));
        DataSetWriter.Write(head, new DataSetToken(TokenKind.Element, new Tag(0x5600_0020), Vr.OF, Length, 0, DataEncoding.ExplicitLittleEndian));
        await using var deidentifier = new Ps315Deidentifier(Patient.Plan(), "test");
        var before = GC.GetAllocatedBytesForCurrentThread();
        await deidentifier.DeidentifyAsync(new PrefixedStream(head.WrittenMemory.ToArray(), new ZeroStream(Length)), new CountingStream(), CancellationToken.None);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(96 << 20);
    }

    private static IEnumerable<string> Codes(AttributeSet set) => set[MoreTags.DeidentificationMethodCodes]!.Items!.Select(item => item.GetText(MoreTags.CodeValue));

    private static bool Contains(byte[] bytes, string text) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;
}
