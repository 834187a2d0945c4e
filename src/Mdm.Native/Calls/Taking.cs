using Mdm.Native.Handles;

namespace Mdm.Native.Calls;

/// <summary>The next item of a sequence, for a caller whose buffer may be too small for it.</summary>
internal static class Taking
{
    public static Kind Next<T>(Sequence<T> sequence, ulong cancel, Func<T, bool> write)
        where T : class
    {
        var fits = true;
        var isThere = Boundary.Wait(cancel, token => Task.FromResult(sequence.Next(item => fits = write(item), token)));
        return !isThere ? Kind.End : fits ? Kind.Ok : Kind.TooSmall;
    }
}
