namespace Mdm.Gsi.Tests.Support;

/// <summary>Waits for a state, with a limit.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>The first value that is as wanted, or the last one when the time is over.</summary>
    public static async Task<T> Async<T>(Func<Task<T>> look, Predicate<T> wanted)
    {
        using var end = new CancellationTokenSource(Limit);
        using var timer = new PeriodicTimer(Step);
        while (true)
        {
            var value = await look();
            if (wanted(value) || end.IsCancellationRequested)
                return value;
            await timer.WaitForNextTickAsync();
        }
    }
}
