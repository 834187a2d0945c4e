namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>How uncompressed pixels lie in (7FE0,0010), (7FE0,0009) or (7FE0,0008) (PS3.5 §8.1, PS3.3 C.7.6.3.1).</summary>
/// <param name="Rows">Of a frame.</param>
/// <param name="Columns">Of a frame.</param>
/// <param name="Planes">Planes of all frames together: one for each frame, or one for each frame and sample.</param>
/// <param name="PlanesPerFrame">1, or the samples where each lies in a plane of its own.</param>
/// <param name="PixelsPerUnit">Pixels that share a group of bytes: 2 where chrominance is halved, else 1.</param>
/// <param name="BytesPerUnit">The bytes of such a group; 0 where eight pixels share a byte.</param>
/// <param name="Fill">What blanked groups hold: <paramref name="BytesPerUnit"/> bytes for each plane of a frame.</param>
internal sealed record PixelLayout(int Rows, int Columns, long Planes, int PlanesPerFrame, int PixelsPerUnit, int BytesPerUnit, byte[] Fill)
{
    private const byte NoColour = 128;
    private const byte Black = 0;

    // ITU-R BT.601 as YBR_PARTIAL_422 has it: black is 16.
    private const byte PartialBlack = 16;

    /// <summary>One bit a pixel, eight to a byte, the first in the lowest bit; frames follow each other without a gap.</summary>
    public bool IsPacked => BytesPerUnit == 0;

    /// <summary>Bytes of a row of a plane; only where pixels have bytes of their own.</summary>
    public long RowLength => (long)(Columns / PixelsPerUnit) * BytesPerUnit;

    /// <summary>Bytes of all frames, without padding.</summary>
    public long Length => IsPacked ? (checked((long)Rows * Columns * Planes) + 7) / 8 : checked(RowLength * Rows * Planes);

    /// <summary>Why such pixels cannot be blanked; null when they can.</summary>
    public static string? Fault(PixelFacts facts)
    {
        var interpretation = facts.PhotometricInterpretation.Trim(' ', '\0');
        var isHalved = interpretation is "YBR_FULL_422" or "YBR_PARTIAL_422";
        return facts switch
        {
            { Rows: < 1 or > ushort.MaxValue } or { Columns: < 1 or > ushort.MaxValue } => "its Rows (0028,0010) and Columns (0028,0011) make no image",
            { NumberOfFrames: < 1 } => "its Number of Frames (0028,0008) is below 1",
            { SamplesPerPixel: not (1 or 3 or 4) } => "its Samples per Pixel (0028,0002) are not 1, 3 or 4",
            { PlanarConfiguration: not (0 or 1) } => "its Planar Configuration (0028,0006) is neither 0 nor 1",
            { BitsAllocated: not (1 or 8 or 16 or 32 or 64) } => "its Bits Allocated (0028,0100) are not 1, 8, 16, 32 or 64",
            { BitsAllocated: 1, SamplesPerPixel: not 1 } => "its pixels are bits of several samples",
            { SamplesPerPixel: 1 } when interpretation.StartsWith("YBR", StringComparison.Ordinal) => "its pixels have one sample of several colours",
            { IsBigEndian: true, BitsAllocated: < 16 } => "its bytes are swapped within words",
            _ when isHalved && (facts.SamplesPerPixel != 3 || facts.BitsAllocated != 8 || facts.PlanarConfiguration != 0 || facts.Columns % 2 != 0) =>
                "its colours are halved in a way that PS3.3 does not have",
            _ when interpretation is "YBR_PARTIAL_420" or "YBR_ICT" or "YBR_RCT" => "its Photometric Interpretation (0028,0004) belongs to compressed pixels",
            _ => null,
        };
    }

    /// <exception cref="ArgumentException">There is a <see cref="Fault"/>.</exception>
    public static PixelLayout Of(PixelFacts facts)
    {
        if (Fault(facts) is { } fault)
            throw new ArgumentException(fault, nameof(facts));
        var interpretation = facts.PhotometricInterpretation.Trim(' ', '\0');
        if (facts.BitsAllocated == 1)
            return new PixelLayout(facts.Rows, facts.Columns, facts.NumberOfFrames, 1, 1, 0, []);
        if (interpretation is "YBR_FULL_422" or "YBR_PARTIAL_422")
        {
            var black = interpretation == "YBR_FULL_422" ? Black : PartialBlack;
            return new PixelLayout(facts.Rows, facts.Columns, facts.NumberOfFrames, 1, 2, 4, [black, black, NoColour, NoColour]);
        }

        var bytes = facts.BitsAllocated / 8;
        var fill = new byte[facts.SamplesPerPixel * bytes];
        if (interpretation == "YBR_FULL" && bytes == 1)
            fill[1] = fill[2] = NoColour;
        var planes = facts.PlanarConfiguration == 1 ? facts.SamplesPerPixel : 1;
        return new PixelLayout(facts.Rows, facts.Columns, (long)facts.NumberOfFrames * planes, planes, 1, fill.Length / planes, fill);
    }
}
