namespace Mdm.Cli;

/// <summary>Shows a put: a bar on a terminal while it lasts.</summary>
internal sealed class PutDisplay(Terminal terminal, string path) : IProgress<long>, IDisposable
{
    private readonly TerminalBar _bar = new(terminal);
    private readonly Lock _gate = new();
    private readonly long _total = File.Exists(path) ? new FileInfo(path).Length : 0;
    private long _sent;

    public void Report(long value)
    {
        lock (_gate)
        {
            _sent += value;
            _bar.Draw(elapsed => TerminalBar.Line(_total > 0 ? (double)_sent / _total : 0, Path.GetFileName(path), _sent, elapsed));
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _bar.Erase();
    }
}
