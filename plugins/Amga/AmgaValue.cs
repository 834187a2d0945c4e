using System.Globalization;
using System.Numerics;
using System.Text;
using Mdm.Plugins.Amga.Query;

namespace Mdm.Plugins.Amga;

/// <summary>
/// Values between the text that clients send and get and the form the store holds: whole numbers for int, timestamp (microseconds since 1970-01-01) and numeric (units of its last digit), doubles, text.
/// A refused value is not repeated in the message.
/// </summary>
internal static class AmgaValue
{
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMicrosecond;

    private static readonly string[] TimestampFormats =
    [
        "yyyy-MM-dd", "yyyyMMdd", "yyyyMMddHHmmss",
        "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF",
        "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFF",
    ];

    /// <summary>From a client's text to the store's value. A numeric is rounded to its scale, halves away from zero.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.WrongType"/>.</exception>
    public static object Parse(AmgaType type, string text) => type.Kind switch
    {
        AmgaKind.Int => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Refused(type, "a whole number of 64 bits"),
        AmgaKind.Float => ExactNumber.TryParse(text, out _) ? Positive(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)) : throw Refused(type, "a number no larger than a double"),
        AmgaKind.Numeric => ExactNumber.TryParse(text, out var exact) && Fits(type, exact.Round(type.Scale)) ? (long)exact.Round(type.Scale)
            : throw Refused(type, FormattableString.Invariant($"a number of at most {type.Length} digits, {type.Scale} of them after the point")),
        AmgaKind.Timestamp => TryParseTimestamp(text, out var time) ? time : throw Refused(type, "a time as 2020-01-02 03:04:05.000006, 2020-01-02T03:04:05, 2020-01-02 or 20200102"),
        AmgaKind.Varchar => Characters(text) is var length and >= 0 && length <= type.Length ? text : throw Refused(type, FormattableString.Invariant($"a text of at most {type.Length} characters")),
        _ => Characters(text) >= 0 ? text : throw Refused(type, "a text without NUL"),
    };

    /// <summary>From the store's value to what a client is shown; null is the empty text.</summary>
    public static string Format(AmgaType type, object? value) => value switch
    {
        null or DBNull => string.Empty,
        string text => text,
        double number => Positive(number).ToString("R", CultureInfo.InvariantCulture),
        _ => Whole(type, Convert.ToInt64(value, CultureInfo.InvariantCulture)),
    };

    /// <summary>Reads a time, in DICOM's, SQL's or ISO's form, without a zone; false where it is none.</summary>
    public static bool TryParseTimestamp(string text, out long microseconds)
    {
        microseconds = 0;
        if (!DateTime.TryParseExact(text, TimestampFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return false;
        microseconds = Microseconds(time);
        return true;
    }

    /// <summary>Microseconds since 1970-01-01; what is finer is cut off.</summary>
    public static long Microseconds(DateTime time)
    {
        var ticks = time.Ticks - DateTime.UnixEpoch.Ticks;
        return (ticks - (((ticks % TicksPerMicrosecond) + TicksPerMicrosecond) % TicksPerMicrosecond)) / TicksPerMicrosecond;
    }

    /// <summary>Characters of Unicode; -1 where the text holds NUL or half a character, which no store takes.</summary>
    public static int Characters(string text)
    {
        var count = 0;
        for (var rest = text.AsSpan(); rest.Length > 0; count++)
        {
            if (rest[0] == '\0' || Rune.DecodeFromUtf16(rest, out _, out var consumed) != System.Buffers.OperationStatus.Done)
                return -1;
            rest = rest[consumed..];
        }
        return count;
    }

    private static string Whole(AmgaType type, long value)
    {
        switch (type.Kind)
        {
            case AmgaKind.Timestamp:
                var time = DateTime.UnixEpoch.AddTicks(value * TicksPerMicrosecond);
                return time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
            case AmgaKind.Numeric when type.Scale > 0:
                var digits = BigInteger.Abs(value).ToString(CultureInfo.InvariantCulture).PadLeft(type.Scale + 1, '0');
                return string.Concat(value < 0 ? "-" : string.Empty, digits.AsSpan(0, digits.Length - type.Scale), ".", digits.AsSpan(digits.Length - type.Scale));
            case AmgaKind.Float:
                return ((double)value).ToString("R", CultureInfo.InvariantCulture);
            default:
                return value.ToString(CultureInfo.InvariantCulture);
        }
    }

    // Stores differ in whether they keep the sign of zero.
    private static double Positive(double number) => number == 0 ? 0 : number;

    private static bool Fits(AmgaType type, BigInteger units) => BigInteger.Abs(units) < BigInteger.Pow(10, type.Length);

    private static AmgaException Refused(AmgaType type, string expected) => new(AmgaError.WrongType, $"The value does not fit the type {type.Declared}: {expected} was expected.");
}
