namespace Mdm.Dicom.DataSet;

/// <summary>What a data set from outside may ask of us. Exceeding one is an error of the data, said by name.</summary>
internal sealed record DataSetLimits
{
    public static readonly DataSetLimits Default = new();

    /// <summary>Sequences within items within sequences. Real structured reports stay below 20; 3.6 MB of nesting kills common tools.</summary>
    public int MaxNesting { get; init; } = 64;

    /// <summary>Elements, items and fragments of one data set. A 60,000-frame enhanced object has about 3 million.</summary>
    public int MaxElements { get; init; } = 16_000_000;

    /// <summary>Bytes of one data set, headers included.</summary>
    public long MaxLength { get; init; } = 64L << 30;

    /// <summary>Bytes of one value that is read into memory as a whole.</summary>
    public int MaxValueInMemory { get; init; } = 4 << 20;

    /// <summary>Bytes of all values of a data set that is read into memory (a query, a listing entry).</summary>
    public int MaxSetInMemory { get; init; } = 16 << 20;
}
