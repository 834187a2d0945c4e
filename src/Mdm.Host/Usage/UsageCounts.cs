namespace Mdm.Host.Usage;

/// <summary>What was used.</summary>
/// <param name="Requests">Requests taken.</param>
/// <param name="Fetched">Files that came from an archive.</param>
/// <param name="Staged">Their bytes, as delivered.</param>
/// <param name="Deliveries">Transfers that sent something.</param>
/// <param name="Delivered">Bytes sent.</param>
/// <param name="Puts">Files that were put.</param>
/// <param name="Put">Their bytes.</param>
internal readonly record struct UsageCounts(long Requests = 0, long Fetched = 0, long Staged = 0, long Deliveries = 0, long Delivered = 0, long Puts = 0, long Put = 0)
{
    public static UsageCounts operator +(UsageCounts left, UsageCounts right) =>
        new(left.Requests + right.Requests, left.Fetched + right.Fetched, left.Staged + right.Staged, left.Deliveries + right.Deliveries, left.Delivered + right.Delivered, left.Puts + right.Puts, left.Put + right.Put);
}

/// <summary>Whose use, of what, when.</summary>
/// <param name="Day">In UTC.</param>
/// <param name="Vo">The VO of the user's primary attribute; empty without attributes.</param>
/// <param name="Subject">The user.</param>
/// <param name="Archive">Empty for what is of no archive: a request as such.</param>
internal readonly record struct UsageKey(DateOnly Day, string Vo, string Subject, string Archive);

/// <summary>By what use is added up.</summary>
internal enum UsageBy
{
    Vo,
    User,
    Archive,
    Day,
}

/// <summary>A sum.</summary>
internal sealed record UsageSum(string Name, UsageCounts Counts);
