using System.Runtime.CompilerServices;

namespace Mdm.Srm.Soap;

/// <summary>The specification's names of an enumeration's members, in the order in which they are declared.</summary>
internal sealed class WireNames<T>(params string[] names)
    where T : struct, Enum
{
    /// <summary>True where the number of a member stands for it too.</summary>
    public bool AcceptsNumbers { get; init; }

    /// <summary>What an unknown name is taken for; null where it is refused.</summary>
    public T? Unknown { get; init; }

    public string this[T value] => names[Unsafe.As<T, int>(ref value)];

    public T? Parse(string text)
    {
        var index = Array.IndexOf(names, text);
        if (index < 0 && AcceptsNumbers && text.Length == 1 && char.IsAsciiDigit(text[0]) && text[0] - '0' < names.Length)
            index = text[0] - '0';
        return index < 0 ? Unknown : Unsafe.As<int, T>(ref index);
    }

    public override string ToString() => string.Join(", ", names);
}
