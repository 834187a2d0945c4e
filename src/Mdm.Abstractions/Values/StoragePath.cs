using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Mdm.Abstractions;

/// <summary>
/// An absolute, normalised path in the name space: <c>/grid/biomed/study</c>. Names may be in any script; they are compared ordinally and case matters.
/// Immutable, safe for concurrent use.
/// </summary>
/// <remarks>Limits: <see cref="MaxNameBytes"/> a name (LFC's column, POSIX NAME_MAX), <see cref="MaxBytes"/> a path, <see cref="MaxDepth"/> names.</remarks>
public sealed record StoragePath : IComparable<StoragePath>
{
    /// <summary>Longest name, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Longest path, in bytes of UTF-8.</summary>
    public const int MaxBytes = 4096;

    /// <summary>Most names in a path.</summary>
    public const int MaxDepth = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private readonly string _text;

    private StoragePath(ImmutableArray<string> names)
    {
        Names = names;
        _text = names.IsEmpty ? "/" : "/" + string.Join('/', names);
    }

    /// <summary>The root, <c>/</c>.</summary>
    public static StoragePath Root { get; } = new(ImmutableArray<string>.Empty);

    /// <summary>
    /// Orders names by their UTF-8 bytes, which is by code point. .NET's ordinal order is by UTF-16 unit and puts what is written in surrogate pairs before U+E000 to U+FFFF.
    /// </summary>
    public static IComparer<string> NameOrder { get; } = Comparer<string>.Create(CompareCodePoints);

    /// <summary>The names from the root down; empty for the root.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>The last name; empty for the root.</summary>
    public string Name => Names.IsEmpty ? string.Empty : Names[^1];

    /// <summary>True for <c>/</c>.</summary>
    public bool IsRoot => Names.IsEmpty;

    /// <summary>The directory that holds this entry; the root is its own parent.</summary>
    public StoragePath Parent => Names.Length <= 1 ? Root : new StoragePath(Names[..^1]);

    /// <summary>Parses a path: repeated and trailing slashes are collapsed; relative paths, <c>.</c>, <c>..</c>, control characters and lone surrogates are refused.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/> with the reason.</exception>
    public static StoragePath Parse(string text) => Read(text, out var why) ?? throw new MdmException(MdmErrorKind.InvalidName, why!);

    /// <summary>Parses a path; false when <see cref="Parse"/> would throw.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out StoragePath? path) => (path = Read(text, out _)) is not null;

    /// <summary>This directory's child of that name.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: the name is not one, or the path grows too long or too deep.</exception>
    public StoragePath Child(string name)
    {
        if (WhyNotAName(name) is { } why)
            throw new MdmException(MdmErrorKind.InvalidName, why);
        var child = new StoragePath(Names.Add(name));
        return child.WhyTooLarge() is { } tooLarge ? throw new MdmException(MdmErrorKind.InvalidName, tooLarge) : child;
    }

    /// <summary>True when this is <paramref name="ancestor"/> or lies below it.</summary>
    public bool IsAtOrBelow(StoragePath ancestor) =>
        Names.Length >= ancestor.Names.Length && Names.AsSpan(0, ancestor.Names.Length).SequenceEqual(ancestor.Names.AsSpan());

    /// <summary>The ancestors from the root down to, and without, this path.</summary>
    public IEnumerable<StoragePath> Ancestors()
    {
        for (var length = 0; length < Names.Length; length++)
            yield return length == 0 ? Root : new StoragePath(Names[..length]);
    }

    /// <summary>True when the text may stand as a name.</summary>
    public static bool IsName(string? name) => WhyNotAName(name) is null;

    /// <inheritdoc/>
    public bool Equals(StoragePath? other) => other is not null && _text == other._text;

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(_text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public int CompareTo(StoragePath? other) => other is null ? 1 : CompareCodePoints(_text, other._text);

    /// <summary>The path as text.</summary>
    public override string ToString() => _text;

    private static int CompareCodePoints(string a, string b)
    {
        var same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length)
            return a.Length.CompareTo(b.Length);
        var (x, y) = (a[same], b[same]);
        // Only where one of the two is half of a pair do the orders differ: what is beyond the basic plane comes last.
        return char.IsSurrogate(x) == char.IsSurrogate(y) ? x.CompareTo(y) : char.IsSurrogate(x) ? 1 : -1;
    }

    private static StoragePath? Read(string? text, out string? why)
    {
        why = null;
        if (string.IsNullOrEmpty(text) || text[0] != '/')
        {
            why = $"'{Printable.Of(text)}' is not a path: it must start with a slash.";
            return null;
        }
        if (text.Length > MaxBytes)
        {
            why = $"The path is longer than {MaxBytes} bytes.";
            return null;
        }
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var name in text.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if ((why = WhyNotAName(name)) is not null)
                return null;
            names.Add(name);
        }
        var path = names.Count == 0 ? Root : new StoragePath(names.DrainToImmutable());
        return (why = path.WhyTooLarge()) is null ? path : null;
    }

    private string? WhyTooLarge() =>
        Names.Length > MaxDepth ? $"The path has more than {MaxDepth} names."
        : Encoding.UTF8.GetByteCount(_text) > MaxBytes ? $"The path is longer than {MaxBytes} bytes."
        : null;

    private static string? WhyNotAName(string? name)
    {
        if (string.IsNullOrEmpty(name) || name is "." or "..")
            return $"'{Printable.Of(name)}' may not stand as a name in a path.";
        if (name.Contains('/', StringComparison.Ordinal) || name.Any(char.IsControl))
            return $"The name '{Printable.Of(name)}' has a slash or a control character.";
        try
        {
            return StrictUtf8.GetByteCount(name) > MaxNameBytes ? $"The name '{Printable.Of(name)}' is longer than {MaxNameBytes} bytes." : null;
        }
        catch (EncoderFallbackException)
        {
            return "The name has half of a surrogate pair.";
        }
    }
}
