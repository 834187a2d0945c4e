using System.Globalization;

namespace Mdm.Cli;

/// <summary>A line at the bottom of a terminal that is drawn over and over while something lasts; nothing where there is no terminal.</summary>
internal sealed class TerminalBar(Terminal terminal)
{
    private const int BarLength = 24;

    // A terminal that is drawn more often only flickers.
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(100);
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB", "PB"];

    private readonly long _start = TimeProvider.System.GetTimestamp();
    private long _lastDrawn;
    private bool _isDrawn;

    /// <summary>What such a line says of how far something is.</summary>
    /// <param name="share">0 to 1.</param>
    /// <param name="what">Of what.</param>
    /// <param name="bytes">Bytes so far.</param>
    /// <param name="elapsed">Since it began.</param>
    public static string Line(double share, string what, long bytes, TimeSpan elapsed)
    {
        var full = (int)(Math.Clamp(share, 0, 1) * BarLength);
        var rate = elapsed > TimeSpan.Zero ? bytes / elapsed.TotalSeconds : 0;
        return $"[{new string('#', full)}{new string('.', BarLength - full)}] {what}  {Amount(bytes)}  {Amount(rate)}/s";
    }

    /// <summary>Draws, unless that was done a moment ago.</summary>
    /// <param name="text">What it says by the time that has passed.</param>
    public void Draw(Func<TimeSpan, string> text)
    {
        if (terminal.ProgressWidth is not { } width)
            return;
        var now = TimeProvider.System.GetTimestamp();
        if (_isDrawn && TimeProvider.System.GetElapsedTime(_lastDrawn, now) < RedrawEvery)
            return;
        _lastDrawn = now;
        var line = text(TimeProvider.System.GetElapsedTime(_start, now));
        // CSI 2K: clear the line.
        terminal.Error.Write("\r\u001b[2K" + (line.Length < width ? line : line[..(width - 1)]));
        terminal.Error.Flush();
        _isDrawn = true;
    }

    /// <summary>Takes it away, before something else is written.</summary>
    public void Erase()
    {
        if (!_isDrawn)
            return;
        terminal.Error.Write("\r\u001b[2K");
        terminal.Error.Flush();
        _isDrawn = false;
    }

    private static string Amount(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1000 && unit < Units.Length - 1; unit++)
            bytes /= 1000;
        return $"{bytes.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Units[unit]}";
    }
}
