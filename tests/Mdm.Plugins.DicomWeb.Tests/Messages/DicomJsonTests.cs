using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.DicomWeb.Messages;

namespace Mdm.Plugins.DicomWeb.Tests.Messages;

public sealed class DicomJsonTests
{
    private static readonly HashSet<Tag> Wanted = [Tags.PatientName, Tags.InstanceNumber, Tags.ModalitiesInStudy, Tags.StudyDescription];

    [Theory]
    [InlineData("""{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎","Phonetic":"やまだ^たろう"}]}}""", "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData("""{"00100010":{"Value":[{"Phonetic":"b","Alphabetic":"a"}],"vr":"PN"}}""", "a==b")]
    [InlineData("""{"00100010":{"vr":"PN","Value":[{"Alphabetic":"a"},null,{"Alphabetic":"b","Other":[{}]}]}}""", "a||b")]
    [InlineData("""{"00100010":{"vr":"PN"}}""", "")]
    [InlineData("""{"00200013":{"vr":"IS","Value":[12]}}""", "12")]
    [InlineData("""{"00200013":{"vr":"IS","Value":["12"]}}""", "12")]
    [InlineData("""{"00080061":{"vr":"CS","Value":["CT","MR"]}}""", "CT|MR")]
    [InlineData("""{"00081030":{"vr":"LO","Value":["Sch\u00e4del"]},"0040A730":{"vr":"SQ","Value":[{"00081030":{"vr":"LO","Value":["not this"]}}]}}""", "Schädel")]
    [InlineData("""{"00081110":{"vr":"SQ","Value":[]},"text":5}""", null)]
    public void Reads_the_attributes_that_are_wanted(string answer, string? values)
    {
        var set = DicomJson.Parse(Encoding.UTF8.GetBytes($"[{answer}]"), Wanted).Should().ContainSingle().Subject;

        var found = set.Attributes.Where(attribute => attribute.Tag != Tags.SpecificCharacterSet).ToList();
        (found is [{ } one] ? string.Join('|', set.GetValues(one.Tag)) : null).Should().Be(values);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[")]
    [InlineData("[[]]")]
    [InlineData("[{}]x")]
    [InlineData("[{}] []")]
    [InlineData("""[{"00100010":[]}]""")]
    [InlineData("""[{"00100010":{"Value":5}}]""")]
    [InlineData("""[{"00100010":{"Value":[true]}}]""")]
    [InlineData("""[{"00100010":{"Value":["\ud800"]}}]""")]
    [InlineData("""[{"00100010":{"Value":["cut""")]
    public void Refuses_what_is_no_DICOM_JSON(string json) =>
        FluentActions.Invoking(() => DicomJson.Parse(Encoding.UTF8.GetBytes(json), Wanted)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);

    [Fact]
    public void Refuses_bytes_that_are_no_text()
    {
        byte[] json = [.. """[{"00100010":{"Value":["""u8, (byte)'"', 0xFF, 0xFE, (byte)'"', .. "]}}]"u8];

        FluentActions.Invoking(() => DicomJson.Parse(json, Wanted)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    [Fact]
    public void Bounds_depth_values_and_text()
    {
        static string Said(string json) => FluentActions.Invoking(() => DicomJson.Parse(Encoding.UTF8.GetBytes(json), Wanted)).Should().Throw<MdmException>().Which.Message;

        Said("[{\"0040A730\":" + string.Concat(Enumerable.Repeat("{\"Value\":[", 100_000))).Should().Contain("MaxDepth");
        Said("[{\"00080061\":{\"Value\":[" + string.Join(',', Enumerable.Repeat("\"CT\"", DicomJson.MaxValues + 1)) + "]}}]").Should().Contain("MaxValues");
        Said("[{\"00081030\":{\"Value\":[\"" + new string('x', DicomJson.MaxTextLength + 1) + "\"]}}]").Should().Contain("MaxTextLength");
    }
}
