namespace Mdm.Gsi.Tests.Support;

/// <summary>A clock that stands where it is put; its timers run on the machine's.</summary>
public sealed class SetClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
