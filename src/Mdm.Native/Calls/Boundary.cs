using System.Text;
using Mdm.Native.Handles;

namespace Mdm.Native.Calls;

/// <summary>What every call has in common: nothing thrown crosses into the program that called, and what comes from there is checked.</summary>
internal static unsafe class Boundary
{
    /// <summary>Longest text that is taken, in bytes. MDM_MAX_TEXT.</summary>
    public const int MaxText = 65536;

    /// <summary>Most texts of one list. MDM_MAX_TEXTS.</summary>
    public const int MaxTexts = 1024;

    /// <summary>Longest time limit that is taken: a day. MDM_MAX_TIMEOUT_MS.</summary>
    public const int MaxTimeoutMilliseconds = 86400000;

    /// <summary>Largest struct that is taken, of whichever version of the header: a size beyond is no size.</summary>
    public const int MaxStruct = 16384;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static HandleTable Handles { get; } = new();

    /// <summary>Does it, and says how it went.</summary>
    public static int Run(ErrorStruct* error, Func<Kind> call) => IsSized(error) ? Do(error, call) : (int)Kind.BadArgument;

    /// <summary>Closes a handle, also where the error is none: what is closed in a hurry is closed.</summary>
    public static int Close<T>(ulong handle, ErrorStruct* error)
        where T : Held =>
        Do(IsSized(error) ? error : null, () =>
        {
            Handles.Close<T>(handle);
            return Kind.Ok;
        });

    private static bool IsSized(ErrorStruct* error) => error is null || (error->Size >= ErrorStruct.FirstSize && error->Size <= MaxStruct);

    private static int Do(ErrorStruct* error, Func<Kind> call)
    {
#pragma warning disable CA1031 // An exception that leaves here ends the process of whoever called.
        try
        {
            var kind = call();
            Tell(error, kind, string.Empty);
            return (int)kind;
        }
        catch (Exception exception)
        {
            var (kind, message) = Failure.Of(exception);
            Tell(error, kind, message);
            return (int)kind;
        }
#pragma warning restore CA1031
    }

    /// <exception cref="CallException">BadArgument: it is null.</exception>
    public static void Demand(void* pointer, string name)
    {
        if (pointer is null)
            throw new CallException(Kind.BadArgument, $"{name} must not be NULL.");
    }

    /// <summary>What a caller fills in. Members that its header does not have yet are zero; such as this library does not know must be.</summary>
    /// <param name="pointer">The struct, which begins with its size.</param>
    /// <param name="name">What the header calls it.</param>
    /// <exception cref="CallException">BadArgument: null, of no size, or it asks for what this library does not know.</exception>
    public static T Taken<T>(T* pointer, string name)
        where T : unmanaged, IGrowing
    {
        var size = SizeOf(pointer, name);
        var known = (uint)Math.Min(size, sizeof(T));
        if (new ReadOnlySpan<byte>((byte*)pointer + known, size - (int)known).ContainsAnyExcept((byte)0))
            throw new CallException(Kind.BadArgument, $"{name} asks for what this library does not know: it is of an older version than the program's header.");
        T taken = default;
        Buffer.MemoryCopy(pointer, &taken, sizeof(T), known);
        return taken;
    }

    /// <summary>That there is a struct to write into, of a size that there is.</summary>
    /// <exception cref="CallException">BadArgument.</exception>
    public static void DemandStruct<T>(T* pointer, string name)
        where T : unmanaged, IGrowing => _ = SizeOf(pointer, name);

    /// <summary>Fills what the caller reads, as far as its header goes; what this library does not know of is zero.</summary>
    public static void Give<T>(T* pointer, T filled)
        where T : unmanaged, IGrowing
    {
        var size = *(uint*)pointer;
        new Span<byte>(pointer, (int)size).Clear();
        Buffer.MemoryCopy(&filled, pointer, size, Math.Min(size, (uint)sizeof(T)));
        *(uint*)pointer = size;
    }

    private static int SizeOf<T>(T* pointer, string name)
        where T : unmanaged, IGrowing
    {
        Demand(pointer, name);
        var size = *(uint*)pointer;
        return size >= T.FirstSize && size <= MaxStruct ? (int)size : throw new CallException(Kind.BadArgument, $"{name} says that it has {size} bytes, where {T.FirstSize} to {MaxStruct} can be: set its size to sizeof before the call.");
    }

    /// <summary>A time limit of the caller's; null for the default.</summary>
    /// <exception cref="CallException">BadArgument: too long.</exception>
    public static TimeSpan? TimeLimit(uint milliseconds, string name) => milliseconds switch
    {
        0 => null,
        > MaxTimeoutMilliseconds => throw new CallException(Kind.BadArgument, $"{name} is 0 for the default, or up to {MaxTimeoutMilliseconds} (MDM_MAX_TIMEOUT_MS)."),
        _ => TimeSpan.FromMilliseconds(milliseconds),
    };

    /// <exception cref="CallException">BadArgument: a member that has no meaning is not zero.</exception>
    public static void DemandZero(uint reserved)
    {
        if (reserved != 0)
            throw new CallException(Kind.BadArgument, "reserved must be 0.");
    }

    /// <summary>A text of the caller's.</summary>
    /// <returns>Null where the pointer is.</returns>
    /// <exception cref="CallException">BadArgument: too long, or no UTF-8.</exception>
    public static string? Text(byte* text, string name)
    {
        if (text is null)
            return null;
        var length = 0;
        while (text[length] != 0)
        {
            if (++length > MaxText)
                throw new CallException(Kind.BadArgument, $"{name} is longer than {MaxText} bytes (MDM_MAX_TEXT).");
        }
        try
        {
            return Utf8.GetString(text, length);
        }
        catch (DecoderFallbackException e)
        {
            throw new CallException(Kind.BadArgument, $"{name} is not UTF-8.", e);
        }
    }

    /// <summary>A text of the caller's that there must be.</summary>
    /// <exception cref="CallException">BadArgument.</exception>
    public static string DemandText(byte* text, string name) => Text(text, name) ?? throw new CallException(Kind.BadArgument, $"{name} must not be NULL.");

    /// <summary>A list of texts; null where the pointer is.</summary>
    /// <exception cref="CallException">BadArgument.</exception>
    public static List<string>? Texts(byte** texts, nuint count, string name)
    {
        if (count > MaxTexts)
            throw new CallException(Kind.BadArgument, $"{name} has more than {MaxTexts} texts (MDM_MAX_TEXTS).");
        if (texts is null)
            return count == 0 ? null : throw new CallException(Kind.BadArgument, $"{name} must not be NULL where it has a count.");
        var list = new List<string>((int)count);
        for (nuint i = 0; i < count; i++)
            list.Add(DemandText(texts[i], name));
        return list;
    }

    /// <summary>Waits, on the caller's thread; a cancel that is not 0 calls it off.</summary>
    /// <exception cref="CallException">BadHandle.</exception>
    public static T Wait<T>(ulong cancel, Func<CancellationToken, Task<T>> work)
    {
        if (cancel == 0)
            return work(CancellationToken.None).GetAwaiter().GetResult();
        using var use = Handles.Use<Cancel>(cancel);
        return work(use.Value.Token).GetAwaiter().GetResult();
    }

    private static void Tell(ErrorStruct* error, Kind kind, string message)
    {
        if (error is null)
            return;
        error->Kind = (int)kind;
        var room = new Span<byte>(error->Message, ErrorStruct.MessageSize);
        // Whole characters only, and a zero byte after them.
        Encoding.UTF8.GetEncoder().Convert(message, room[..^1], flush: true, out _, out var written, out _);
        room[written] = 0;
    }
}
