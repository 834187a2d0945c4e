namespace Mdm.Gsi.Trust;

/// <summary>
/// The one place that says how far clocks may differ: five minutes on start times (proxies are made to be used at once, on machines
/// whose clock is ahead), none on end times.
/// </summary>
internal static class ClockSkew
{
    public static readonly TimeSpan OfStarts = TimeSpan.FromMinutes(5);

    public static bool HasStarted(DateTimeOffset start, DateTimeOffset now) => start <= now + OfStarts;

    public static bool HasEnded(DateTimeOffset end, DateTimeOffset now) => end <= now;
}
