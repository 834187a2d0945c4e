using System.Collections.Concurrent;

namespace Mdm.Native.Handles;

/// <summary>Numbers for what C programs hold. None is ever given out twice, so that one that was closed is known as such.</summary>
internal sealed class HandleTable
{
    /// <summary>Handles that are open at once: more are forgotten ones.</summary>
    public const int MaxHandles = 1_000_000;

    private readonly ConcurrentDictionary<ulong, Held> _held = new();
    private ulong _last;
    private int _count;

    /// <summary>A handle for it; from now on the table holds it.</summary>
    /// <exception cref="CallException">Refused: too many.</exception>
    public ulong Add(Held held)
    {
        if (Interlocked.Increment(ref _count) > MaxHandles)
        {
            Interlocked.Decrement(ref _count);
            held.LetGo();
            throw new CallException(Kind.Refused, $"{MaxHandles} handles are open ({nameof(MaxHandles)}); close those that are not needed any more.");
        }
        var handle = Interlocked.Increment(ref _last);
        _held[handle] = held;
        return handle;
    }

    /// <summary>What a handle stands for, for as long as the result is not disposed.</summary>
    /// <exception cref="CallException">BadHandle.</exception>
    public Use<T> Use<T>(ulong handle)
        where T : Held
    {
        var held = Find<T>(handle);
        return held.TryHold() ? new Use<T>(held) : throw Closed(handle);
    }

    /// <exception cref="CallException">BadHandle.</exception>
    public void Close<T>(ulong handle)
        where T : Held
    {
        var held = Find<T>(handle);
        // Of two that close it at once, one comes too late.
        if (!_held.TryRemove(handle, out _))
            throw Closed(handle);
        Interlocked.Decrement(ref _count);
        held.LetGo();
    }

    private T Find<T>(ulong handle)
        where T : Held =>
        !_held.TryGetValue(handle, out var held) ? throw Closed(handle)
        : held as T ?? throw new CallException(Kind.BadHandle, $"The handle {handle} is a {held.Name}, which this call does not take.");

    private static CallException Closed(ulong handle) => new(Kind.BadHandle, $"The handle {handle} was closed, or was never given out.");
}
