using System.Globalization;
using System.Numerics;
using System.Text;

namespace Mdm.Plugins.Amga.Tests.Query.Independent;

internal enum Kind
{
    Exact,
    Float,
    Text,
    Time,
    Truth,
}

/// <summary>The kinds of docs/query-language.md.</summary>
internal readonly record struct Sort(Kind Kind, int Scale = 0)
{
    public static readonly Sort Whole = new(Kind.Exact);
    public static readonly Sort Float = new(Kind.Float);
    public static readonly Sort Text = new(Kind.Text);
    public static readonly Sort Time = new(Kind.Time);
    public static readonly Sort Truth = new(Kind.Truth);

    public bool IsNumber => Kind is Kind.Exact or Kind.Float;
}

/// <summary>The rules of docs/query-language.md for values, written from that page alone. Null is null; exact numbers and times are longs, the rest doubles, strings and booleans.</summary>
internal static class Values
{
    public static double Unit(int scale) => double.Parse("1e" + scale.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public static long? Bounded(BigInteger value, int scale) => value > long.MaxValue || value < (scale == 0 ? long.MinValue : -long.MaxValue) ? null : (long)value;

    public static double Double(object value, Sort sort) => sort.Kind == Kind.Float ? (double)value : sort.Scale == 0 ? (long)value : (long)value / Unit(sort.Scale);

    /// <summary>A number as an exact one of that scale, or as a float.</summary>
    public static object? Convert(object? value, Sort from, Sort to) => value is null || from == to ? value
        : to.Kind == Kind.Float ? Double(value, from)
        : Bounded((BigInteger)(long)value * BigInteger.Pow(10, to.Scale - from.Scale), to.Scale);

    public static Sort Common(Sort left, Sort right) => left.Kind == Kind.Float || right.Kind == Kind.Float ? Sort.Float : new Sort(Kind.Exact, Math.Max(left.Scale, right.Scale));

    public static Sort Result(char sign, Sort left, Sort right) => left.Kind == Kind.Float || right.Kind == Kind.Float ? Sort.Float : sign switch
    {
        '*' => left.Scale + right.Scale > 18 ? Sort.Float : new Sort(Kind.Exact, left.Scale + right.Scale),
        '/' => left.Scale == 0 && right.Scale == 0 ? Sort.Whole : Sort.Float,
        _ => Common(left, right),
    };

    public static object? Calculate(char sign, object? left, Sort leftSort, object? right, Sort rightSort)
    {
        if (left is null || right is null)
            return null;
        var result = Result(sign, leftSort, rightSort);
        if (result.Kind == Kind.Float)
        {
            var (a, b) = (Double(left, leftSort), Double(right, rightSort));
            if (!IsModest(a) || !IsModest(b) || (sign == '/' && b == 0))
                return null;
            return sign switch { '+' => a + b, '-' => a - b, '*' => a * b, _ => a / b };
        }
        if (sign is '+' or '-')
            (left, right) = (Convert(left, leftSort, result), Convert(right, rightSort, result));
        if (left is null || right is null)
            return null;
        var (x, y) = ((BigInteger)(long)left, (BigInteger)(long)right);
        if (sign == '/' && y.IsZero)
            return null;
        return Bounded(sign switch { '+' => x + y, '-' => x - y, '*' => x * y, _ => BigInteger.Divide(x, y) }, result.Scale);
    }

    public static int Compare(object left, Sort leftSort, object right, Sort rightSort)
    {
        if (leftSort.Kind == Kind.Text)
            return Bytes((string)left, (string)right);
        if (leftSort.Kind == Kind.Exact && rightSort.Kind == Kind.Exact)
            return Rational((long)left, leftSort.Scale, (long)right, rightSort.Scale);
        return leftSort.IsNumber ? Double(left, leftSort).CompareTo(Double(right, rightSort)) : ((long)left).CompareTo((long)right);
    }

    public static int Rational(BigInteger left, int leftScale, BigInteger right, int rightScale) =>
        (left * BigInteger.Pow(10, rightScale)).CompareTo(right * BigInteger.Pow(10, leftScale));

    public static int Bytes(string left, string right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    /// <summary>Nulls last in both directions.</summary>
    public static int Order(object? left, object? right, Sort sort, bool isDescending)
    {
        if (left is null || right is null)
            return left is null ? right is null ? 0 : 1 : -1;
        var order = sort.Kind == Kind.Truth ? ((bool)left).CompareTo((bool)right) : Compare(left, sort, right, sort);
        return isDescending ? -order : order;
    }

    /// <summary>Of the whole text; <c>%</c>, <c>_</c>, and <c>\</c> before what is meant as it is.</summary>
    public static bool Matches(ReadOnlySpan<Rune> text, ReadOnlySpan<Rune> pattern)
    {
        if (pattern.IsEmpty)
            return text.IsEmpty;
        switch (pattern[0].Value)
        {
            case '%':
                for (var i = 0; i <= text.Length; i++)
                {
                    if (Matches(text[i..], pattern[1..]))
                        return true;
                }
                return false;
            case '_':
                return !text.IsEmpty && Matches(text[1..], pattern[1..]);
            case '\\':
                return !text.IsEmpty && text[0] == pattern[1] && Matches(text[1..], pattern[2..]);
            default:
                return !text.IsEmpty && text[0] == pattern[0] && Matches(text[1..], pattern[1..]);
        }
    }

    /// <summary>A float's value has no sign at zero.</summary>
    public static object? Shown(object? value) => value switch { double and 0 => 0.0, bool truth => truth ? 1L : 0L, _ => value };

    private static bool IsModest(double value) => value == 0 || Math.Abs(value) is >= 1e-100 and <= 1e100;
}
