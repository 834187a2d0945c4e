namespace Mdm.Fuzz;

/// <summary>What the inputs of a target are made of, which decides the mutations that respect it.</summary>
internal enum InputShape
{
    /// <summary>Binary with length fields.</summary>
    Binary,

    /// <summary>Nested tag, length, value: mutated as a tree whose lengths stay right, and as bytes.</summary>
    Der,

    /// <summary>Text: numbers, brackets, separators.</summary>
    Text,
}

/// <summary>A parser under test.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Shape">What its inputs look like.</param>
/// <param name="Seeds">Well-formed inputs, made when asked for.</param>
/// <param name="Accepts">
/// Runs the parser: true when it took the input, false when it refused in the documented way. Any exception out of it is a finding; so is a broken property,
/// said by <see cref="FindingException"/>.
/// </param>
internal sealed record FuzzTarget(string Name, InputShape Shape, Func<Xorshift, IReadOnlyList<byte[]>> Seeds, Func<byte[], bool> Accepts)
{
    /// <summary>Pieces that mean something to the parser.</summary>
    public IReadOnlyList<byte[]> Tokens { get; init; } = [];

    /// <summary>Bytes of the longest input.</summary>
    public int MaxLength { get; init; } = 64 * 1024;

    /// <summary>Bytes a parser may allocate for one input, its result included.</summary>
    public long MaxAllocated { get; init; } = 64L << 20;
}

/// <summary>A property of a parser that does not hold, such as write-read-write equality.</summary>
internal sealed class FindingException(string message) : Exception(message);
