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

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static HandleTable Handles { get; } = new();

    /// <summary>Does it, and says how it went.</summary>
    public static int Run(ErrorStruct* error, Func<Kind> call)
    {
        if (error is not null && error->Size < sizeof(ErrorStruct))
            return (int)Kind.BadArgument;
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

    /// <exception cref="CallException">BadArgument: a struct of another size than its caller says, or null.</exception>
    public static void DemandStruct(void* pointer, uint size, int known, string name)
    {
        Demand(pointer, name);
        if (size < known)
            throw new CallException(Kind.BadArgument, $"{name} says that it has {size} bytes, and this library writes or reads {known}: set its size to sizeof before the call.");
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
