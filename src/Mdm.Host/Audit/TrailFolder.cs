using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Host.Audit;

/// <summary>The names in the trail's folder.</summary>
internal static class TrailFolder
{
    /// <summary>Longest line, line feed included. What the host writes is far below; a longer one is not the trail's.</summary>
    public const int MaxLine = 64 * 1024;

    private const string Prefix = "audit-";
    private const string Suffix = ".jsonl";
    private const string DayFormat = "yyyyMMdd";

    public static string FileOf(string directory, DateTimeOffset day) =>
        Path.Combine(directory, $"{Prefix}{day.UtcDateTime.ToString(DayFormat, CultureInfo.InvariantCulture)}{Suffix}");

    /// <summary>The trail's files, the oldest first.</summary>
    public static IReadOnlyList<string> Files(string directory) =>
        [.. Directory.EnumerateFiles(directory, $"{Prefix}*{Suffix}").Order(StringComparer.Ordinal)];

    /// <summary>The last whole line of a file, and where it ends; null and 0 when there is none.</summary>
    public static (byte[]? Line, long End) LastLine(SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        var tail = new byte[(int)Math.Min(length, 2 * MaxLine)];
        var start = length - tail.Length;
        for (var read = 0; read < tail.Length;)
        {
            var count = RandomAccess.Read(file, tail.AsSpan(read), start + read);
            if (count == 0)
                return (null, 0);
            read += count;
        }
        var end = tail.AsSpan().LastIndexOf((byte)'\n');
        if (end < 0)
            return (null, start == 0 ? 0 : length);
        var begin = tail.AsSpan(0, end).LastIndexOf((byte)'\n') + 1;
        return (tail[begin..end], start + end + 1);
    }
}
