using System.Globalization;
using System.Numerics;

namespace Mdm.Plugins.Amga.Query;

/// <summary>A number as somebody wrote it: <paramref name="Digits"/> divided by ten to the power of <paramref name="Scale"/>, which is not negative.</summary>
internal readonly record struct ExactNumber(BigInteger Digits, int Scale)
{
    /// <summary>The largest scale that exact arithmetic has.</summary>
    public const int MaxScale = 18;

    /// <summary>Reads <c>[+-]digits[.digits][e[+-]digits]</c>; false for all else, and for what is too long or larger than any double.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ExactNumber number)
    {
        number = default;
        if (text.Length is 0 or > QueryLimits.MaxNumberLength)
            return false;
        var isNegative = text[0] == '-';
        var rest = text[0] is '-' or '+' ? text[1..] : text;
        var exponent = 0;
        var mark = rest.IndexOfAny('e', 'E');
        if (mark >= 0)
        {
            if (!int.TryParse(rest[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs((long)exponent) > QueryLimits.MaxNumberLength)
                return false;
            rest = rest[..mark];
        }
        var point = rest.IndexOf('.');
        var whole = point < 0 ? rest : rest[..point];
        var fraction = point < 0 ? [] : rest[(point + 1)..];
        if (whole.IsEmpty || (point >= 0 && fraction.IsEmpty) || whole.ContainsAnyExceptInRange('0', '9') || fraction.ContainsAnyExceptInRange('0', '9'))
            return false;
        var digits = BigInteger.Parse(string.Concat(whole, fraction), NumberStyles.None, CultureInfo.InvariantCulture);
        var scale = fraction.Length - exponent;
        if (scale < 0)
            (digits, scale) = (digits * BigInteger.Pow(10, -scale), 0);
        number = new ExactNumber(isNegative ? -digits : digits, scale);
        return double.IsFinite(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
    }

    /// <summary>The whole number of units of 10^-<paramref name="scale"/> that is not above this one.</summary>
    /// <param name="scale">Digits after the point.</param>
    /// <param name="isExact">True when nothing was cut off.</param>
    public BigInteger Floor(int scale, out bool isExact)
    {
        if (scale >= Scale)
        {
            isExact = true;
            return Digits * BigInteger.Pow(10, scale - Scale);
        }
        var unit = BigInteger.Pow(10, Scale - scale);
        var whole = BigInteger.DivRem(Digits, unit, out var rest);
        isExact = rest.IsZero;
        return rest.Sign < 0 ? whole - 1 : whole;
    }

    /// <summary>The nearest whole number of units of 10^-<paramref name="scale"/>; halves go away from zero.</summary>
    public BigInteger Round(int scale)
    {
        if (scale >= Scale)
            return Floor(scale, out _);
        var unit = BigInteger.Pow(10, Scale - scale);
        var whole = BigInteger.DivRem(BigInteger.Abs(Digits), unit, out var rest);
        return Digits.Sign * (rest * 2 >= unit ? whole + 1 : whole);
    }

    public int CompareTo(ExactNumber other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return Floor(scale, out _).CompareTo(other.Floor(scale, out _));
    }
}
