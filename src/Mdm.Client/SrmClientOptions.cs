namespace Mdm.Client;

/// <summary>How patient a client is, and how much it asks at once.</summary>
public sealed record SrmClientOptions
{
    /// <summary>Longest wait for the answer to one call.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a host may take to make a listing that it does not give at once.</summary>
    public TimeSpan ListingTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Entries asked for at a time when a host says that a listing is too long for one answer.</summary>
    public int PageSize { get; init; } = 1000;

    /// <summary>First pause before a host is asked again how far a request is; it doubles up to <see cref="LongestPause"/> and never exceeds what the host estimates.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause before a host is asked again.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(15);
}
