using System.Diagnostics;
using System.Globalization;

namespace Mdm.Fuzz;

/// <summary>What a run over many inputs came to.</summary>
internal sealed record FuzzResult(string Target, int Count, int Accepted, TimeSpan Elapsed, TimeSpan Slowest, long MostAllocated)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Target}: {Count} inputs in {Elapsed.TotalSeconds:0.0} s, {Count / Math.Max(Elapsed.TotalSeconds, 1e-3):0} inputs/s, {Accepted} accepted, slowest {Slowest.TotalMilliseconds:0} ms, most allocated {MostAllocated / 1024} KiB, no finding");
}

/// <summary>An input that a parser must not answer so; the same numbers make it again.</summary>
internal sealed class FuzzFailureException(string target, ulong seed, int index, byte[] input, string what, Exception? cause)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"{target}: {what} (--seed {seed} --only {index}, {input.Length} bytes: {Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 400)))})"), cause)
{
    public byte[] Input { get; } = input;
}

/// <summary>Runs a target. Every input is made from the seed and its own number alone, so one of them can be made again without the others.</summary>
internal static class FuzzRun
{
    /// <summary>No parser needs a second for 64 KiB; the rest is for a machine that does other things.</summary>
    public static readonly TimeSpan TimePerInput = TimeSpan.FromSeconds(5);

    /// <summary>After that the process ends itself, saying what hangs.</summary>
    public static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(60);

    public static FuzzResult Run(FuzzTarget target, ulong seed, int first, int count)
    {
        var mutator = new Mutator(target, target.Seeds(new Xorshift(seed)));
        var started = Stopwatch.GetTimestamp();
        var (accepted, slowest, most) = (0, TimeSpan.Zero, 0L);
        var current = first;
        var since = started;
        using var watchdog = new Timer(
            _ =>
            {
                if (Stopwatch.GetElapsedTime(Interlocked.Read(ref since)) > HangLimit)
                    Environment.FailFast(string.Create(CultureInfo.InvariantCulture, $"{target.Name} hangs at --seed {seed} --only {Volatile.Read(ref current)}"));
            },
            null, HangLimit, TimeSpan.FromSeconds(5));
        for (var index = first; index < first + count; index++)
        {
            var input = mutator.Make(new Xorshift(unchecked(seed * 0x9E3779B97F4A7C15 + (ulong)index)));
            Volatile.Write(ref current, index);
            var begun = Stopwatch.GetTimestamp();
            Interlocked.Exchange(ref since, begun);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                accepted += target.Accepts(input) ? 1 : 0;
            }
            catch (Exception exception)
            {
                throw new FuzzFailureException(target.Name, seed, index, input, exception is FindingException ? exception.Message : $"undocumented {exception.GetType().Name}: {exception.Message}", exception);
            }
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            var took = Stopwatch.GetElapsedTime(begun);
            // Once may be the machine's fault.
            for (var again = 0; again < 2 && took > TimePerInput; again++)
            {
                begun = Stopwatch.GetTimestamp();
                Interlocked.Exchange(ref since, begun);
                target.Accepts(input);
                took = Stopwatch.GetElapsedTime(begun);
            }
            if (took > TimePerInput)
                throw new FuzzFailureException(target.Name, seed, index, input, $"took {took.TotalSeconds:0.0} s", null);
            if (allocated > target.MaxAllocated)
                throw new FuzzFailureException(target.Name, seed, index, input, $"allocated {allocated} bytes", null);
            slowest = took > slowest ? took : slowest;
            most = Math.Max(most, allocated);
        }
        return new FuzzResult(target.Name, count, accepted, Stopwatch.GetElapsedTime(started), slowest, most);
    }
}
