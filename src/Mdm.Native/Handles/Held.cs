namespace Mdm.Native.Handles;

/// <summary>What a handle stands for. It ends when it was closed and nobody uses it any more, whichever comes last.</summary>
internal abstract class Held : IDisposable
{
    // The table itself is the first user.
    private int _users = 1;

    /// <summary>What it is called in messages.</summary>
    public abstract string Name { get; }

    /// <summary>False when it is at its end.</summary>
    public bool TryHold()
    {
        for (var users = Volatile.Read(ref _users); users > 0;)
        {
            var before = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (before == users)
                return true;
            users = before;
        }
        return false;
    }

    /// <summary>The last one ends it, on its own thread.</summary>
    public void LetGo()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            Dispose();
    }

    /// <summary>Ends it. For <see cref="LetGo"/> alone.</summary>
    public abstract void Dispose();
}

/// <summary>A use of what a handle stands for, as long as a call lasts.</summary>
internal readonly struct Use<T>(T value) : IDisposable
    where T : Held
{
    public T Value => value;

    public void Dispose() => value.LetGo();
}
