using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Pseudonyms;

public class DateShiftTests
{
    [Theory]
    [InlineData("20240301", "20240229")]
    [InlineData("2024.03.01", "20240229")]
    [InlineData("20240301 ", "20240229")]
    [InlineData("20240301-20240302", "20240229-20240301")]
    [InlineData("-20240302", "-20240301")]
    [InlineData("20240301-", "20240229-")]
    public void Dates_and_ranges_move_by_days(string original, string moved) => DateShift.Date(original, -1).Should().Be(moved);

    [Theory]
    [InlineData("20240231")]
    [InlineData("2024-03-01")]
    [InlineData("Wolkenstein")]
    [InlineData("-")]
    [InlineData("00000000")]
    public void What_is_no_date_is_not_moved(string text) => DateShift.Date(text, -1).Should().BeNull();

    [Theory]
    [InlineData("20240301235959.123456+0100", "20240229235959.123456+0100")]
    [InlineData("20240301235959-0500", "20240229235959-0500")]
    [InlineData("202403012359", "202402292359")]
    [InlineData("20240301", "20240229")]
    [InlineData("202403", "202402")]
    [InlineData("2024", "2023")]
    [InlineData("20240301120000-20240302120000", "20240229120000-20240301120000")]
    [InlineData("20240301120000+0100-20240302120000+0100", "20240229120000+0100-20240301120000+0100")]
    public void Instants_keep_their_time_and_zone_and_are_cut_where_they_were(string original, string moved) => DateShift.DateTime(original, -1).Should().Be(moved);

    [Theory]
    [InlineData("2024030125")]
    [InlineData("20240301Wolkenstein")]
    [InlineData("20240301120000.")]
    [InlineData("20240301+01")]
    public void What_is_no_instant_is_not_moved(string text) => DateShift.DateTime(text, -1).Should().BeNull();

    [Theory]
    [InlineData("235959.999999", true)]
    [InlineData("23:59:60", true)]
    [InlineData("0800-1200", true)]
    [InlineData("24", false)]
    [InlineData("noon", false)]
    [InlineData("08.5", false)]
    public void Times_are_told_from_other_text(string text, bool isTime) => DateShift.IsTime(text).Should().Be(isTime);

    [Fact]
    public void An_injection_before_midnight_and_a_scan_after_it_stay_as_far_apart()
    {
        var injected = DateShift.DateTime("20240229233000", -400)!;
        var scanned = DateShift.DateTime("20240301003000", -400)!;
        (Instant(scanned) - Instant(injected)).Should().Be(TimeSpan.FromHours(1));

        static DateTime Instant(string text) => DateTime.ParseExact(text, "yyyyMMddHHmmss", System.Globalization.CultureInfo.InvariantCulture);
    }
}
