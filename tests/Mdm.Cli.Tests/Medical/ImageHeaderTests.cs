using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Mdm.Abstractions;
using Mdm.Cli.Medical;
using Mdm.TestKit;

namespace Mdm.Cli.Tests.Medical;

public sealed class ImageHeaderTests : IDisposable
{
    private const string Implicit = "1.2.840.10008.1.2", Explicit = "1.2.840.10008.1.2.1", Deflated = "1.2.840.10008.1.2.1.99", Big = "1.2.840.10008.1.2.2", Jpeg = "1.2.840.10008.1.2.4.50";

    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(Implicit)]
    [InlineData(Explicit)]
    [InlineData(Deflated)]
    [InlineData(Big)]
    [InlineData(Jpeg)]
    public void Reads_the_three_uids_in_every_encoding(string syntax) => Read(File(syntax, Image)).Should().Be(new ImageUids("1.2.3", "1.2.3.4", "1.2.3.4.5"));

    [Theory]
    [InlineData(Implicit)]
    [InlineData(Explicit)]
    public void Reads_what_old_software_left_without_a_header(string syntax) => Read(DataSet(syntax, Image)).Path.Should().Be("1.2.3/1.2.3.4/1.2.3.4.5");

    [Theory]
    [InlineData(Implicit)]
    [InlineData(Explicit)]
    public void Passes_over_sequences_of_whatever_depth_and_form(string syntax)
    {
        void Nested(Writer data)
        {
            data.Element(0x0008_0018, "UI", "1.2.3.4.5\0");
            data.Open(0x0008_1140, "SQ");
            data.Open(Writer.Item);
            // The UIDs of another image: its name is not this one's.
            data.Element(0x0020_000D, "UI", "9.9");
            data.Open(0x0040_0275, "SQ");
            data.Open(Writer.Item);
            data.Close(Writer.ItemEnd);
            data.Close(Writer.SequenceEnd);
            data.Close(Writer.ItemEnd);
            data.Close(Writer.SequenceEnd);
            data.Element(0x0010_0010, "PN", "Doe^Jane");
            data.Element(0x0020_000D, "UI", "1.2.3\0");
            data.Element(0x0020_000E, "UI", "1.2.3.4\0");
        }

        Read(File(syntax, Nested)).Study.Should().Be("1.2.3");
    }

    [Fact]
    public void Reads_a_sequence_that_somebody_did_not_know_as_implicit()
    {
        void Unknown(Writer data)
        {
            data.Element(0x0008_0018, "UI", "1.2.3.4.5\0");
            data.Open(0x0009_1010, "UN");
            data.Open(Writer.Item);
            data.AsImplicit().Element(0x0009_1011, "LO", "text");
            data.Close(Writer.ItemEnd);
            data.Close(Writer.SequenceEnd);
            data.Element(0x0020_000D, "UI", "1.2.3\0");
            data.Element(0x0020_000E, "UI", "1.2.3.4\0");
        }

        Read(File(Explicit, Unknown)).Series.Should().Be("1.2.3.4");
    }

    [Fact]
    public void Refuses_what_is_cut_off_wherever_it_is()
    {
        var whole = File(Explicit, Image);
        for (var length = 0; length < whole.Length; length++)
        {
            var read = () => Read(whole[..length]);
            read.Should().Throw<MdmException>("{0} bytes are no image", length).Which.Kind.Should().Be(MdmErrorKind.Corrupt);
        }
    }

    [Fact]
    public void Refuses_uids_that_could_lead_elsewhere()
    {
        var read = () => Read(File(Explicit, data =>
        {
            data.Element(0x0008_0018, "UI", "1.2.3.4.5\0");
            data.Element(0x0020_000D, "UI", "../../etc\0");
            data.Element(0x0020_000E, "UI", "1.2.3.4\0");
        }));

        read.Should().Throw<MdmException>().WithMessage("*digits and points*");
    }

    [Fact]
    public void Refuses_nesting_without_an_end()
    {
        var read = () => Read(File(Explicit, data =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                data.Open(0x0008_1140, "SQ");
                data.Open(Writer.Item);
            }
        }));

        read.Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    [SkippableFact]
    public void Reads_the_samples_as_dcmdump_does()
    {
        var dcmdump = Here.Tool("dcmdump");
        var samples = Directory.EnumerateFiles(Here.Samples(), "*.dcm", SearchOption.AllDirectories)
            .Where(file => !file.Contains("malformed", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(Here.Soak ? int.MaxValue : 40).ToList();
        samples.Should().NotBeEmpty();
        // Those of the image itself begin their line; those in sequences are set in.
        string[] wanted = ["(0020,000d)", "(0020,000e)", "(0008,0018)"];
        foreach (var sample in samples)
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(dcmdump, ["-q", sample]) { RedirectStandardOutput = true })!;
            var lines = process.StandardOutput.ReadToEnd().Split('\n').Where(line => wanted.Any(tag => line.StartsWith(tag, StringComparison.Ordinal))).ToDictionary(line => line[..11], line => line.Split('[', ']') is [_, var uid, ..] ? uid : string.Empty);
            if (ImageUids.Of(lines.GetValueOrDefault("(0020,000d)", ""), lines.GetValueOrDefault("(0020,000e)", ""), lines.GetValueOrDefault("(0008,0018)", "")) is { } expected)
                ImageHeader.Read(sample).Should().Be(expected, "{0}", sample);
        }
    }

    private static void Image(Writer data)
    {
        data.Element(0x0008_0018, "UI", "1.2.3.4.5\0");
        data.Element(0x0008_1030, "LO", "a description ");
        data.Element(0x0009_1001, "OB", "bytes of a vendor ");
        data.Element(0x0010_0010, "PN", "Doe^Jane");
        data.Element(0x0020_000D, "UI", "1.2.3\0");
        data.Element(0x0020_000E, "UI", "1.2.3.4\0");
    }

    private ImageUids Read(byte[] bytes)
    {
        System.IO.File.WriteAllBytes(_home["image"], bytes);
        return ImageHeader.Read(_home["image"]);
    }

    private static byte[] File(string syntax, Action<Writer> write)
    {
        var meta = new Writer(Explicit);
        meta.Element(0x0002_0010, "UI", syntax.Length % 2 == 0 ? syntax : syntax + "\0");
        var header = new Writer(Explicit);
        header.Element(0x0002_0000, "UL", BitConverter.GetBytes((uint)meta.Bytes.Length));
        return [.. new byte[128], .. "DICM"u8, .. header.Bytes, .. meta.Bytes, .. DataSet(syntax, write)];
    }

    private static byte[] DataSet(string syntax, Action<Writer> write)
    {
        var data = new Writer(syntax);
        write(data);
        if (syntax != Deflated)
            return data.Bytes;
        using var deflated = new MemoryStream();
        using (var deflate = new DeflateStream(deflated, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(data.Bytes);
        return deflated.ToArray();
    }

    /// <summary>PS3.5 §7.1, written by hand so that the reader is not its own judge.</summary>
    private sealed class Writer(string syntax)
    {
        public const uint Item = 0xFFFE_E000, ItemEnd = 0xFFFE_E00D, SequenceEnd = 0xFFFE_E0DD;

        private List<byte> _bytes = [];

        public byte[] Bytes => [.. _bytes];

        /// <summary>The same bytes, written on in another encoding.</summary>
        public Writer AsImplicit() => new(Implicit) { _bytes = _bytes };

        public void Element(uint tag, string vr, string value) => Element(tag, vr, Encoding.ASCII.GetBytes(value));

        public void Element(uint tag, string vr, byte[] value)
        {
            Header(tag, vr, (uint)value.Length);
            _bytes.AddRange(value);
        }

        public void Open(uint tag, string vr = "") => Header(tag, vr, uint.MaxValue);

        public void Close(uint tag) => Header(tag, string.Empty, 0);

        private void Header(uint tag, string vr, uint length)
        {
            UInt16((ushort)(tag >> 16));
            UInt16((ushort)tag);
            if (syntax == Implicit || tag >> 16 == 0xFFFE)
            {
                UInt32(length);
                return;
            }
            _bytes.AddRange(Encoding.ASCII.GetBytes(vr));
            if (vr is "OB" or "SQ" or "UN")
            {
                UInt16(0);
                UInt32(length);
            }
            else
            {
                UInt16((ushort)length);
            }
        }

        private void UInt16(ushort value)
        {
            Span<byte> bytes = stackalloc byte[2];
            if (syntax == Big)
                BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
            else
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
            _bytes.AddRange(bytes);
        }

        private void UInt32(uint value)
        {
            Span<byte> bytes = stackalloc byte[4];
            if (syntax == Big)
                BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            _bytes.AddRange(bytes);
        }
    }
}
