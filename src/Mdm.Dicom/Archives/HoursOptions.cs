using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Mdm.Dicom.Archives;

/// <summary>When an archive may be asked: time windows in the machine's local time, as <c>20:00-06:00</c>. None means always.</summary>
internal sealed class HoursOptions
{
    /// <summary>For listing.</summary>
    public List<string> Harvest { get; set; } = [];

    /// <summary>For fetching objects.</summary>
    public List<string> Retrieval { get; set; } = [];

    /// <summary>What is wrong with them.</summary>
    /// <param name="member">The key they stand under.</param>
    public IEnumerable<ValidationResult> Faults(string member) => Harvest.Concat(Retrieval).Where(static window => !HourWindow.TryParse(window, out _))
        .Select(window => new ValidationResult($"'{window}' is not a time window such as 20:00-06:00.", [member]));
}

/// <summary>A part of the day; its end may lie on the next day.</summary>
internal readonly record struct HourWindow(TimeOnly From, TimeOnly To)
{
    public static bool TryParse(string text, out HourWindow window)
    {
        window = default;
        var parts = text.Split('-');
        if (parts.Length != 2
            || !TimeOnly.TryParseExact(parts[0].Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var from)
            || !TimeOnly.TryParseExact(parts[1].Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var to))
            return false;
        window = new HourWindow(from, to);
        return true;
    }

    public bool Contains(TimeOnly time) => From == To || time.IsBetween(From, To);
}
