using System.Globalization;
using Mdm.Abstractions;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

public class PixelCleanerTests
{
    private static readonly PixelRectangle[] Rectangles =
        [new(0, 0, 9, 2), new(3, 1, 4, 3), new(5, 6, 1, 1), new(60, 4, 500, 500), new(0, 65_535, 10, 10), new(65_535, 0, 1, 65_535)];

    [SkippableTheory]
    [InlineData(7, 5, 3, 1, 0, 1, "MONOCHROME2")] // frames that begin within a byte
    [InlineData(8, 64, 2, 1, 0, 1, "MONOCHROME2")]
    [InlineData(9, 67, 1, 1, 0, 8, "MONOCHROME2")] // an odd length, padded
    [InlineData(11, 62, 3, 1, 0, 8, "PALETTE COLOR")]
    [InlineData(7, 61, 1, 3, 0, 8, "RGB")]
    [InlineData(7, 61, 2, 3, 1, 8, "RGB")]
    [InlineData(7, 62, 2, 3, 0, 8, "YBR_FULL")]
    [InlineData(7, 62, 2, 3, 1, 8, "YBR_FULL")]
    [InlineData(7, 64, 2, 3, 0, 8, "YBR_FULL_422")]
    [InlineData(7, 64, 1, 3, 0, 8, "YBR_PARTIAL_422")]
    [InlineData(7, 63, 2, 1, 0, 16, "MONOCHROME1")]
    [InlineData(7, 63, 2, 3, 1, 16, "RGB")]
    [InlineData(7, 63, 2, 1, 0, 32, "MONOCHROME2")]
    [InlineData(7, 63, 1, 1, 0, 64, "MONOCHROME2")]
    [InlineData(7, 63, 2, 4, 0, 8, "ARGB")]
    public void It_blanks_what_numpy_blanks_in_pieces_of_any_size(int rows, int columns, int frames, int samples, int planar, int bits, string interpretation)
    {
        Python.Require();
        var facts = new PixelFacts
        {
            Rows = rows, Columns = columns, NumberOfFrames = frames, SamplesPerPixel = samples, PlanarConfiguration = planar,
            BitsAllocated = bits, PhotometricInterpretation = interpretation,
        };
        var layout = PixelLayout.Of(facts);
        var original = Pixels(layout.Length + (layout.Length & 1));
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("in"), original);
        string[] arguments =
        [
            Path.Combine(Samples.Checkout, "tests/Interop/blank_pixels.py"), folder.File("in"), folder.File("out"),
            .. new[] { rows, columns, frames, samples, planar, bits }.Select(number => number.ToString(CultureInfo.InvariantCulture)), interpretation,
            .. Rectangles.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.X},{one.Y},{one.Width},{one.Height}")),
        ];
        Python.Output(arguments);
        var expected = File.ReadAllBytes(folder.File("out"));

        expected.Should().NotEqual(original);
        foreach (var size in new[] { 1, 3, 7, 64, 1000, original.Length })
            Clean(layout, original, size).Should().Equal(expected, "pieces have {0} bytes", size);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    public void Pixels_of_another_length_than_the_image_are_refused(int difference)
    {
        var layout = PixelLayout.Of(new PixelFacts { Rows = 4, Columns = 4, BitsAllocated = 8, PhotometricInterpretation = "MONOCHROME2" });

        var make = () => new PixelCleaner(layout, Rectangles, 16 + difference);

        make.Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    [Theory]
    [InlineData(0, 5, 1, 8, 0, "MONOCHROME2", 1)]
    [InlineData(5, 5, 2, 8, 0, "MONOCHROME2", 1)]
    [InlineData(5, 5, 1, 12, 0, "MONOCHROME2", 1)]
    [InlineData(5, 5, 3, 1, 0, "RGB", 1)]
    [InlineData(5, 5, 3, 8, 2, "RGB", 1)]
    [InlineData(5, 5, 3, 8, 0, "YBR_FULL_422", 1)] // an odd number of columns
    [InlineData(5, 4, 3, 8, 0, "YBR_RCT", 1)]
    [InlineData(5, 4, 1, 8, 0, "YBR_FULL", 1)]
    [InlineData(5, 4, 1, 8, 0, "MONOCHROME2", 0)]
    public void A_layout_that_PS3_3_does_not_have_is_told(int rows, int columns, int samples, int bits, int planar, string interpretation, int frames)
    {
        var facts = new PixelFacts
        {
            Rows = rows, Columns = columns, SamplesPerPixel = samples, BitsAllocated = bits, PlanarConfiguration = planar,
            PhotometricInterpretation = interpretation, NumberOfFrames = frames,
        };

        PixelLayout.Fault(facts).Should().NotBeNull();
        var make = () => PixelLayout.Of(facts);
        make.Should().Throw<ArgumentException>();
    }

    private static byte[] Clean(PixelLayout layout, byte[] original, int size)
    {
        var bytes = original.ToArray();
        var cleaner = new PixelCleaner(layout, Rectangles, bytes.Length);
        for (var at = 0; at < bytes.Length; at += size)
            cleaner.Clean(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
        return bytes;
    }

    // Neither zeros nor 128 nor a period that fits a row.
    private static byte[] Pixels(long length)
    {
        var bytes = new byte[length];
        for (var at = 0; at < bytes.Length; at++)
            bytes[at] = (byte)(1 + (at * 37 % 125));
        return bytes;
    }
}
