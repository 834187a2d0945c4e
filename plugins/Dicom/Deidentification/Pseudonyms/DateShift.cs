using System.Globalization;

namespace Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

/// <summary>
/// Retain Longitudinal Temporal Information with Modified Dates (PS3.15 E.3.6): all of a patient's dates move by the same whole number of days. A date and a time
/// that make one instant stay one instant, intervals across midnight stay what they were, and times of day need no change.
/// </summary>
internal static class DateShift
{
    /// <summary>Shifts a DA value: a date, a range, or the form with dots that ACR-NEMA had. Null when it is none of them.</summary>
    public static string? Date(string value, int days)
    {
        var text = value.Trim(' ', '\0');
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
            return Single(text, days);
        // Range matching (PS3.4 C.2.2.2.5): either end may be open.
        var (first, last) = (text[..dash], text[(dash + 1)..]);
        if (first.Length + last.Length == 0)
            return null;
        var from = first.Length == 0 ? "" : Single(first, days);
        var to = last.Length == 0 ? "" : Single(last, days);
        return from is null || to is null ? null : $"{from}-{to}";
    }

    /// <summary>
    /// Shifts a DT value (PS3.5 §6.2: YYYYMMDDHHMMSS.FFFFFF&amp;ZZXX, cut anywhere), or a range of two. A date without day or month is shifted as its first day and
    /// cut as it was. Null when it is no DT.
    /// </summary>
    public static string? DateTime(string value, int days)
    {
        var text = value.Trim(' ', '\0');
        if (Instant(text, days) is { } single)
            return single;
        for (var dash = text.IndexOf('-', StringComparison.Ordinal); dash >= 0; dash = text.IndexOf('-', dash + 1))
        {
            // A dash may also be the sign of a zone: the range is where both sides are instants.
            var from = dash == 0 ? "" : Instant(text[..dash], days);
            var to = dash == text.Length - 1 ? "" : Instant(text[(dash + 1)..], days);
            if (from is not null && to is not null && from.Length + to.Length > 0)
                return $"{from}-{to}";
        }

        return null;
    }

    /// <summary>True for a TM value (PS3.5 §6.2: HHMMSS.FFFFFF, cut anywhere, with colons as ACR-NEMA had), or a range of two.</summary>
    public static bool IsTime(string value)
    {
        var text = value.Trim(' ', '\0');
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash < 0
            ? IsSingleTime(text)
            : text.Length > 1 && (dash == 0 || IsSingleTime(text[..dash])) && (dash == text.Length - 1 || IsSingleTime(text[(dash + 1)..]));
    }

    private static string? Single(string text, int days)
    {
        if (text.Length == 8)
            return Shifted(text, days);
        return text.Length == 10 && text[4] == '.' && text[7] == '.' ? Shifted(text.Remove(7, 1).Remove(4, 1), days) : null;
    }

    private static string? Instant(string text, int days)
    {
        var zone = text.IndexOfAny(['+', '-']);
        var local = zone < 0 ? text : text[..zone];
        if (zone >= 0 && (text.Length != zone + 5 || !Digits(text.AsSpan(zone + 1))))
            return null;
        var point = local.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? local : local[..point];
        if (!Digits(whole) || whole.Length is not (4 or 6 or 8 or 10 or 12 or 14))
            return null;
        if (point >= 0 && (whole.Length != 14 || local.Length - point is < 2 or > 7 || !Digits(local.AsSpan(point + 1))))
            return null;
        if (whole.Length > 8 && !IsSingleTime(whole[8..]))
            return null;
        var date = whole.Length >= 8 ? whole[..8] : string.Concat(whole, "0101".AsSpan(whole.Length - 4));
        return Shifted(date, days) is { } shifted ? string.Concat(shifted.AsSpan(0, Math.Min(8, whole.Length)), text.AsSpan(Math.Min(8, whole.Length))) : null;
    }

    private static string? Shifted(string text, int days)
    {
        if (!DateOnly.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return null;
        var number = date.DayNumber + days;
        return number < 0 ? null : DateOnly.FromDayNumber(number).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
    }

    private static bool IsSingleTime(string text)
    {
        if (text.Length >= 5 && text[2] == ':')
            text = text.Replace(":", "", StringComparison.Ordinal);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? text : text[..point];
        if (whole.Length is not (2 or 4 or 6) || !Digits(whole) || (point >= 0 && (whole.Length != 6 || text.Length - point is < 2 or > 7 || !Digits(text.AsSpan(point + 1)))))
            return false;
        // Sixty is a leap second.
        return Part(whole, 0) < 24 && Part(whole, 2) < 60 && Part(whole, 4) <= 60;
    }

    private static int Part(string digits, int start) =>
        digits.Length > start ? int.Parse(digits.AsSpan(start, 2), CultureInfo.InvariantCulture) : 0;

    private static bool Digits(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExceptInRange('0', '9');
}
