namespace Mdm.Srm.Soap;

/// <summary>How much of a message from outside is read before it is refused.</summary>
public sealed record SoapLimits
{
    /// <summary>For a host: what one caller may ask in one request.</summary>
    public static SoapLimits Request { get; } = new()
    {
        // 10,000 SURLs of an ordinary length; what clients really send is below 2 KiB.
        MaxBytes = 8 * 1024 * 1024,
        MaxDepth = 16,
        MaxElements = 100_000,
        MaxArrayItems = 10_000,
    };

    /// <summary>For a client: what one reply of a host may hold. A listing without paging is the largest.</summary>
    public static SoapLimits Response { get; } = new()
    {
        MaxBytes = 128 * 1024 * 1024,
        MaxDepth = 256,
        MaxElements = 4_000_000,
        MaxArrayItems = 200_000,
    };

    /// <summary>Bytes of the whole envelope.</summary>
    public required int MaxBytes { get; init; }

    /// <summary>Elements within elements, the envelope counted.</summary>
    public required int MaxDepth { get; init; }

    /// <summary>Elements in the whole envelope.</summary>
    public required int MaxElements { get; init; }

    /// <summary>Items of one array.</summary>
    public required int MaxArrayItems { get; init; }

    /// <summary>Characters of one value. A SURL of a deep directory with names of 255 bytes fits.</summary>
    public int MaxTextLength { get; init; } = 16 * 1024;

    /// <summary>Attributes of one element, namespace declarations counted.</summary>
    public int MaxAttributes { get; init; } = 32;
}
