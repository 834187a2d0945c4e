using System.Globalization;
using Mdm.Client;

namespace Mdm.Cli;

/// <summary>Shows a fetch: a line for each file, and a bar on a terminal while it lasts.</summary>
internal sealed class FetchDisplay(Terminal terminal) : IProgress<FetchEvent>, IDisposable
{
    private readonly TerminalBar _bar = new(terminal);
    private int _found;
    private int _settled;
    private long? _total = 0;
    private long _received;
    private FilesAwaited? _awaited;

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
                Line(terminal.Error, $"{terminal.Name}: {TerminalText.Of(file.Reason.Message)}");
                break;
        }
        _bar.Draw(Text);
    }

    public void Dispose() => _bar.Erase();

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
        _bar.Erase();
        writer.WriteLine(text);
        if (terminal.ProgressWidth is not null)
            writer.Flush();
    }

    private string Text(TimeSpan elapsed)
    {
        if (_awaited is { } awaited && _received == 0)
            return $"waiting for {awaited.Files} files{(awaited.Estimate is { } wait ? $", about {wait.TotalSeconds:0} s" : string.Empty)}";
        var share = _total is > 0 and var total ? (double)_received / total : _found > 0 ? (double)_settled / _found : 0;
        return TerminalBar.Line(share, $"{_settled}/{_found} files", _received, elapsed);
    }
}
