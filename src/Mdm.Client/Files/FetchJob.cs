namespace Mdm.Client.Files;

/// <summary>One file to fetch, and what the listing said of it.</summary>
internal sealed record FetchJob(GridEntry Entry, string Destination)
{
    public Surl Surl => Entry.Surl;

    /// <summary>True when a file is in place that may be this one, deciphered: it is compared, not fetched.</summary>
    public bool IsCompared { get; init; }
}
