using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Rights as clients write them: <c>rwx</c>, with <c>-</c> or nothing for what is missing.</summary>
internal static class BitText
{
    public static string Of(Bits bits) =>
        $"{((bits & Bits.Read) != 0 ? "r" : "")}{((bits & Bits.Write) != 0 ? "w" : "")}{((bits & Bits.Execute) != 0 ? "x" : "")}";

    public static Bits Parse(string text)
    {
        var bits = Bits.None;
        if (text.Length > 3)
            throw Wrong();
        foreach (var c in text)
            bits |= c switch { 'r' => Bits.Read, 'w' => Bits.Write, 'x' => Bits.Execute, '-' => Bits.None, _ => throw Wrong() };
        return bits;
    }

    private static AmgaException Wrong() => new(AmgaError.IllegalCommand, "Rights are written with r, w and x, as 'rx' or 'r-x'.");
}
