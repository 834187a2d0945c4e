using System.Globalization;

namespace Mdm.Bench;

/// <summary>One way to print what was measured: a line each, the ratio and what it must be last.</summary>
internal static class Report
{
    public static void Rate(string what, TimeSpan took, int objects, long bytes) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what,-52} {took.TotalSeconds,8:0.00} s {objects / took.TotalSeconds,8:0} files/s {bytes / 1e6 / took.TotalSeconds,8:0} MB/s"));

    public static void Line(string what, double value, string unit) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-52} {value,8:0.##} {unit}"));

    /// <param name="what">Ours over what.</param>
    /// <param name="ratio">How many times as good.</param>
    /// <param name="least">What it has to be at least; null where nothing is asked.</param>
    public static void Ratio(string what, double ratio, double? least) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-52} {ratio,8:0.00}{(least is { } limit ? string.Create(CultureInfo.InvariantCulture, $" (at least {limit:0.##}: {(ratio >= limit ? "yes" : "NO")})") : "")}"));

    /// <param name="what">Ours over what.</param>
    /// <param name="ratio">How many times as much of it.</param>
    /// <param name="most">What it may be at most.</param>
    public static void RatioAtMost(string what, double ratio, double most) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-52} {ratio,8:0.00} (at most {most:0.##}: {(ratio <= most ? "yes" : "NO")})"));
}
