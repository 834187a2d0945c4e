namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>What an object says of its pixels and of what made them; empty or 0 where it says nothing.</summary>
internal sealed record PixelFacts
{
    /// <summary>(0008,0016).</summary>
    public string SopClassUid { get; init; } = "";

    /// <summary>(0008,0060).</summary>
    public string Modality { get; init; } = "";

    /// <summary>(0008,0070).</summary>
    public string Manufacturer { get; init; } = "";

    /// <summary>(0008,1090).</summary>
    public string Model { get; init; } = "";

    /// <summary>(0018,1020), values separated by a backslash.</summary>
    public string Software { get; init; } = "";

    /// <summary>(0008,0008), value by value.</summary>
    public IReadOnlyList<string> ImageType { get; init; } = [];

    /// <summary>(0008,0064).</summary>
    public string ConversionType { get; init; } = "";

    /// <summary>(0028,0301).</summary>
    public string BurnedInAnnotation { get; init; } = "";

    /// <summary>(0028,0004).</summary>
    public string PhotometricInterpretation { get; init; } = "";

    /// <summary>(0028,0002), 1 where it is missing.</summary>
    public int SamplesPerPixel { get; init; } = 1;

    /// <summary>(0028,0006).</summary>
    public int PlanarConfiguration { get; init; }

    /// <summary>(0028,0008), 1 where it is missing.</summary>
    public int NumberOfFrames { get; init; } = 1;

    /// <summary>(0028,0010), in pixels.</summary>
    public int Rows { get; init; }

    /// <summary>(0028,0011), in pixels.</summary>
    public int Columns { get; init; }

    /// <summary>(0028,0100), in bits of one sample.</summary>
    public int BitsAllocated { get; init; }

    /// <summary>Whether the transfer syntax compresses pixel data (PS3.5 §8.2).</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Whether the transfer syntax has the high byte first (the retired Explicit VR Big Endian).</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>Whether anything is said of an image.</summary>
    public bool HasPixels => Rows > 0 || Columns > 0 || BitsAllocated > 0;
}
