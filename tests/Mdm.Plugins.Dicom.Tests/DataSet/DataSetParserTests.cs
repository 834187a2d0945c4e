using System.Buffers;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Tests.DataSet;

public class DataSetParserTests
{
    [Fact]
    public void Refuses_a_nesting_bomb_without_recursion()
    {
        // 225,000 sequences within each other, 3.6 MB.
        var bomb = new ArrayBufferWriter<byte>();
        for (var i = 0; i < 225_000; i++)
        {
            DataSetWriter.Write(bomb, new DataSetToken(TokenKind.SequenceStart, new Tag(0x0040A730), Vr.SQ, 0, 0, DataEncoding.ImplicitLittleEndian));
            DataSetWriter.Write(bomb, new DataSetToken(TokenKind.ItemStart, Tags.Item, Vr.None, 0, 0, DataEncoding.ImplicitLittleEndian));
        }

        var parse = () => AttributeSet.Parse(bomb.WrittenSpan, DataEncoding.ImplicitLittleEndian);
        parse.Should().Throw<MdmException>().Which.Message.Should().Contain("MaxNesting");
    }

    [Fact]
    public void Refuses_more_elements_than_the_limit()
    {
        var many = new ArrayBufferWriter<byte>();
        for (var i = 0; i < 101; i++)
            DataSetWriter.WriteElement(many, new Tag(0x00280010), Vr.US, [1, 0], DataEncoding.ExplicitLittleEndian);

        var parse = () => AttributeSet.Parse(many.WrittenSpan, DataEncoding.ExplicitLittleEndian, new DataSetLimits { MaxElements = 100 });
        parse.Should().Throw<MdmException>().Which.Message.Should().Contain("MaxElements");
    }

    [Theory]
    [InlineData("0800160055490400312E320008001800", MdmErrorKind.Corrupt)] // cut within a header
    [InlineData("0000000155530200 0000", MdmErrorKind.Corrupt)] // a command element
    [InlineData("FEFF00E000000000", MdmErrorKind.Corrupt)] // an item outside of a sequence
    [InlineData("080016003F3F0000", MdmErrorKind.Corrupt)] // no such VR
    [InlineData("08001600554904003132", MdmErrorKind.Corrupt)] // value cut short
    [InlineData("4000750253510000100000000800160055490000", MdmErrorKind.Corrupt)] // an element where an item must stand
    [InlineData("400075025351000008000000FEFF00E010000000", MdmErrorKind.Corrupt)] // an item longer than its sequence
    [InlineData("100010004C540000FFFFFFFF", MdmErrorKind.Corrupt)] // trailing rubbish
    public void Refuses_what_is_malformed(string hex, MdmErrorKind kind)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var parse = () => AttributeSet.Parse(bytes, DataEncoding.ExplicitLittleEndian);
        parse.Should().Throw<MdmException>().Which.Kind.Should().Be(kind);
    }

    [SkippableFact]
    public async Task Writing_what_was_read_and_reading_it_again_changes_nothing()
    {
        foreach (var file in Samples.All().Where(file => file.Contains("rt-sr-seg-ecg/", StringComparison.Ordinal) || file.Contains("charset/", StringComparison.Ordinal)))
        {
            await using var opened = await Part10.OpenAsync(File.OpenRead(file), CancellationToken.None);
            var bytes = new MemoryStream();
            await opened.DataSet.CopyToAsync(bytes);
            var first = AttributeSet.Parse(bytes.ToArray(), opened.TransferSyntax.Encoding);
            if (opened.TransferSyntax.IsEncapsulated)
                continue;
            foreach (var encoding in new[] { DataEncoding.ExplicitLittleEndian, DataEncoding.ExplicitBigEndian })
            {
                var written = first.ToArray(encoding);
                AttributeSet.Parse(written, encoding).ToArray(encoding).Should().Equal(written, "{0} in {1}", file, encoding);
                AttributeSet.Parse(written, encoding).ToArray(DataEncoding.ExplicitLittleEndian).Should().Equal(first.ToArray(DataEncoding.ExplicitLittleEndian));
            }
        }
    }

    [Fact]
    public void Survives_every_byte_flip_of_a_small_object()
    {
        var item = new AttributeSet().Set(Tags.PatientName, "A^B");
        var set = new AttributeSet().Set(Tags.SopClassUid, "1.2").Set(new Tag(0x00400275), [item, item]).Set(new Tag(0x00280010), (ushort)7);
        foreach (var encoding in Enum.GetValues<DataEncoding>())
        {
            var bytes = set.ToArray(encoding);
            for (var i = 0; i < bytes.Length; i++)
            {
                for (var value = 0; value < 256; value += 3)
                {
                    var changed = (byte[])bytes.Clone();
                    changed[i] = (byte)value;
                    try
                    {
                        AttributeSet.Parse(changed, encoding);
                    }
                    catch (MdmException exception)
                    {
                        exception.Kind.Should().BeOneOf(MdmErrorKind.Corrupt, MdmErrorKind.Refused);
                    }
                }
            }
        }
    }
}
