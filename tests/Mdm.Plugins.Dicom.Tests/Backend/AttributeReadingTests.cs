using System.Buffers;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Backend;
using Mdm.Plugins.Dicom.Services;

namespace Mdm.Plugins.Dicom.Tests.Backend;

public sealed class AttributeReadingTests
{
    [Theory]
    [InlineData("Modality", "CS", false, "image")]
    [InlineData("PixelSpacing", "DS", true, "image")]
    [InlineData("StudyInstanceUID", "UI", false, "identifier")]
    [InlineData("AccessionNumber", "SH", false, "identifier")]
    [InlineData("PatientID", "LO", false, "patient")]
    [InlineData("PatientBirthDate", "DA", false, "patient")]
    [InlineData("ReferringPhysicianName", "PN", false, "patient")]
    [InlineData("StudyDescription", "LO", false, "medical")]
    [InlineData("BodyPartExamined", "CS", false, "medical")]
    [InlineData("Rows", "US", false, "image")]
    public void An_attribute_is_what_the_standard_says(string keyword, string representation, bool isMultiValued, string group) =>
        AttributeReading.Define(keyword).Should().Be(new AttributeDefinition(keyword, representation, isMultiValued, group));

    [Theory]
    [InlineData("PixelData")]
    [InlineData("ReferencedStudySequence")]
    [InlineData("Modalty")]
    public void What_cannot_be_searched_is_no_attribute(string keyword) => AttributeReading.Define(keyword).Should().BeNull();

    [Fact]
    public async Task Values_are_read_as_text_in_their_character_set()
    {
        var found = await AttributeReading.ReadAsync(Object(), ["PatientName", "PixelSpacing", "Rows", "StudyDescription", "Modality"], default);

        found.ToDictionary(attribute => attribute.Keyword, attribute => string.Join('|', attribute.Values)).Should().BeEquivalentTo(new Dictionary<string, string>
        {
            ["PatientName"] = "Müller^Jürgen", ["PixelSpacing"] = "0.5|0.7", ["Rows"] = "512", ["Modality"] = "CT",
        });
    }

    [Theory]
    [InlineData("InstanceNumber", "007 ", "7")]
    [InlineData("InstanceNumber", "+12", "12")]
    [InlineData("InstanceNumber", "-0", "0")]
    [InlineData("InstanceNumber", "none", "none")]
    [InlineData("ReferencedFrameNumber", "01\\ 2", "1|2")]
    [InlineData("PatientName", "Doe^Jane==", "Doe^Jane")]
    [InlineData("PatientName", "Doe^Jane=^=^", "Doe^Jane=^=^")]
    public void Integers_and_names_have_one_spelling_in_listings(string keyword, string text, string values)
    {
        var entry = DicomDictionary.FindKeyword(keyword)!;

        string.Join('|', Listing.Values(new AttributeSet().Set(entry.Tag, text), entry)).Should().Be(values);
    }

    [Fact]
    public async Task Nothing_is_read_out_of_sequences()
    {
        var found = await AttributeReading.ReadAsync(Object(), ["SeriesInstanceUID"], default);

        found.Should().BeEmpty("it stands in an item only");
    }

    [Fact]
    public async Task A_beginning_that_is_cut_anywhere_gives_what_stands_before_the_cut()
    {
        var whole = Object();
        for (var length = 0; length < whole.Length; length += 7)
        {
            var found = await AttributeReading.ReadAsync(whole.AsMemory(0, length), ["Modality", "PatientName", "Rows"], default);
            foreach (var attribute in found)
                attribute.Values.Should().Equal([attribute.Keyword switch { "Modality" => "CT", "Rows" => "512", _ => "Müller^Jürgen" }], "no half value is given at {0}", length);
        }
    }

    [Fact]
    public async Task What_is_no_DICOM_gives_nothing() =>
        (await AttributeReading.ReadAsync("This is a letter."u8.ToArray(), ["Modality"], default)).Should().BeEmpty();

    private static byte[] Object()
    {
        var item = new AttributeSet().Set(Tags.SeriesInstanceUid, "1.2.3");
        var set = new AttributeSet()
            .Set(Tags.SpecificCharacterSet, "ISO_IR 192").Set(Tags.SopClassUid, SopClasses.Ct).Set(Tags.SopInstanceUid, "1.2.3.4").Set(Tags.Modality, "CT")
            .Set(new Tag(0x0008_1115), [item]).Set(new DicomAttribute(Tags.PatientName, Vr.PN, System.Text.Encoding.UTF8.GetBytes("Müller^Jürgen ")))
            .Set(new Tag(0x0028_0030), "0.5\\0.7 ").Set(new Tag(0x0028_0010), (ushort)512);
        var output = new ArrayBufferWriter<byte>();
        output.Write(Part10.CanonicalHeader(SopClasses.Ct, "1.2.3.4", TransferSyntax.ExplicitLittleEndianUid));
        set.Write(output, DataEncoding.ExplicitLittleEndian);
        return output.WrittenSpan.ToArray();
    }
}
