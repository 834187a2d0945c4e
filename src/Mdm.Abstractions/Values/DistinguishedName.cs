namespace Mdm.Abstractions;

/// <summary>
/// An X.509 subject name in the slash form of the grid (<c>/DC=org/DC=example/CN=Alice</c>), relative names in encoded order.
/// Compared ordinally.
/// </summary>
/// <remarks>
/// The text form is the one OpenSSL's <c>X509_NAME_oneline</c> gives and Globus, VOMS and LFC use as identity. Immutable, safe for concurrent use.
/// </remarks>
public sealed record DistinguishedName : IComparable<DistinguishedName>
{
    /// <summary>Longest accepted name in UTF-16 units.</summary>
    public const int MaxLength = 1024;

    private readonly string _text;

    private DistinguishedName(string text) => _text = text;

    /// <summary>Parses the slash form.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: not a slash form, too long, or with control characters.</exception>
    public static DistinguishedName Parse(string text) => TryParse(text, out var name)
        ? name
        : throw new MdmException(MdmErrorKind.InvalidName, $"'{Printable.Of(text)}' is not a distinguished name; write it as /DC=org/DC=example/CN=Name.");

    /// <summary>Parses the slash form; false when it is not one.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DistinguishedName? name)
    {
        name = null;
        if (text is null || text.Length is 0 or > MaxLength || text[0] != '/' || !Printable.Is(text))
            return false;
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        // The first part has its type; a value may hold slashes (CN=host/se.example.org), so later parts prove nothing.
        if (equals < 2 || text.AsSpan(1, equals - 1).Contains('/'))
            return false;
        name = new DistinguishedName(text);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(DistinguishedName? other) => string.CompareOrdinal(_text, other?._text);

    /// <summary>The slash form.</summary>
    public override string ToString() => _text;
}
