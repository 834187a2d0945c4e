namespace Mdm.Plugins.Dicom.Deidentification;

/// <summary>What an object may ask of the de-identifier. Exceeding one is a refusal that names it.</summary>
internal sealed record DeidentificationLimits
{
    public static readonly DeidentificationLimits Default = new();

    /// <summary>
    /// Bytes of values held in memory at once: the header up to and with the patient, and each content tree of a structured report. Everything else passes in
    /// pieces of <see cref="PieceLength"/>.
    /// </summary>
    public int MaxHeaderLength { get; init; } = 32 << 20;

    /// <summary>Bytes of values after which a piece of the header goes out.</summary>
    public int PieceLength { get; init; } = 256 * 1024;

    /// <summary>Bytes: binary values longer than this, beyond the patient's group, are copied through and never held.</summary>
    public int LongestHeldBinary { get; init; } = 64 * 1024;

    /// <summary>Bytes: values of unknown VR longer than this are not looked into for a sequence; they go, unless they are known to be safe.</summary>
    public int LongestHeldUnknown { get; init; } = 8 << 20;

    /// <summary>Bytes of one object.</summary>
    public long MaxObjectLength { get; init; } = 64L << 30;

    /// <summary>Sequences within sequences.</summary>
    public int MaxNesting { get; init; } = 64;

    /// <summary>Different identifying values of one object, and different words of its text. A 60,000-frame object has some 200,000.</summary>
    public int MaxDistinctWords { get; init; } = 4_000_000;

    /// <summary>Bytes of binary values that are not pixels, kept until every identifying value is known; more is searched as it passes.</summary>
    public int MaxHeldBulk { get; init; } = 16 << 20;
}
