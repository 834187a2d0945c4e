using System.Globalization;
using Mdm.Client;

namespace Mdm.Cli;

/// <summary>Shows a fetch: a line for each file, and a bar on a terminal while it lasts.</summary>
internal sealed class FetchDisplay(Terminal terminal) : IProgress<FetchEvent>, IDisposable
{
    private const int BarLength = 24;

    // A terminal that is drawn more often only flickers.
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(100);
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB", "PB"];

    private readonly long _start = TimeProvider.System.GetTimestamp();
    private long _lastDrawn;
    private int _found;
    private int _settled;
    private long? _total = 0;
    private long _received;
    private FilesAwaited? _awaited;
    private bool _isDrawn;

    public void Report(FetchEvent value)
    {
        switch (value)
        {
            case FilesFound found:
                _found += found.Files;
                _total += found.Bytes;
                break;
            case FilesAwaited awaited:
                _awaited = awaited;
                break;
            case BytesReceived received:
                _received += received.Bytes;
                _awaited = null;
                break;
            case FileFetched { File: var file }:
                _settled++;
                Line(terminal.Output, Sentence(file));
                break;
            case FileMissed { File: var file }:
                _settled++;
                Line(terminal.Error, $"{terminal.Name}: {file.Reason.Message}");
                break;
        }
        Draw();
    }

    public void Dispose() => Erase();

    private static string Sentence(FetchedFile file)
    {
        var how = file.Outcome switch
        {
            FetchOutcome.Resumed => "continued",
            FetchOutcome.AlreadyThere => "was there",
            _ => "fetched",
        };
        var deciphered = file.DecipheredLength is { } length ? string.Create(CultureInfo.InvariantCulture, $"{length} bytes deciphered, sealed ") : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"{how} {file.Path} {deciphered}{file.Length} bytes adler32 {file.Adler32} {(file.IsVerified ? "verified" : "not verified: the host named none")}");
    }

    private void Line(TextWriter writer, string text)
    {
        Erase();
        writer.WriteLine(text);
        if (terminal.ProgressWidth is not null)
            writer.Flush();
    }

    private void Erase()
    {
        if (!_isDrawn)
            return;
        // CSI 2K: clear the line.
        terminal.Error.Write("\r\u001b[2K");
        terminal.Error.Flush();
        _isDrawn = false;
    }

    private void Draw()
    {
        if (terminal.ProgressWidth is not { } width)
            return;
        var now = TimeProvider.System.GetTimestamp();
        if (_isDrawn && TimeProvider.System.GetElapsedTime(_lastDrawn, now) < RedrawEvery)
            return;
        _lastDrawn = now;
        var text = Text(TimeProvider.System.GetElapsedTime(_start, now));
        terminal.Error.Write("\r\u001b[2K" + (text.Length < width ? text : text[..(width - 1)]));
        terminal.Error.Flush();
        _isDrawn = true;
    }

    private string Text(TimeSpan elapsed)
    {
        if (_awaited is { } awaited && _received == 0)
            return $"waiting for {awaited.Files} files{(awaited.Estimate is { } wait ? $", about {wait.TotalSeconds:0} s" : string.Empty)}";
        var share = _total is > 0 and var total ? (double)_received / total : _found > 0 ? (double)_settled / _found : 0;
        var full = (int)(Math.Clamp(share, 0, 1) * BarLength);
        var rate = elapsed > TimeSpan.Zero ? _received / elapsed.TotalSeconds : 0;
        return $"[{new string('#', full)}{new string('.', BarLength - full)}] {_settled}/{_found} files  {Amount(_received)}  {Amount(rate)}/s";
    }

    private static string Amount(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1000 && unit < Units.Length - 1; unit++)
            bytes /= 1000;
        return $"{bytes.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Units[unit]}";
    }
}
