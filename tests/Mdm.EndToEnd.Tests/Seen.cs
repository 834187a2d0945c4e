using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Mdm.EndToEnd.Tests;

/// <summary>Kinds of what clients of several hosts see.</summary>
internal enum Sight
{
    Accepted,
    Status,
    Read,
    Released,
    NobodyThere,
    CallLost,
    ComeAgain,
    TransferLost,
}

/// <summary>What the clients saw: how often each kind of answer, and how long the longest took, by what was happening meanwhile. Safe for concurrent use.</summary>
internal sealed class Seen
{
    private static readonly (Sight Kind, string Text)[] Rows =
    [
        (Sight.Accepted, "a request is taken, its token told"),
        (Sight.Status, "status is told"),
        (Sight.Read, "a file is read, each byte right"),
        (Sight.Released, "a request is released"),
        (Sight.NobodyThere, "no connection to that host; the next is called"),
        (Sight.CallLost, "the connection ended before the answer; called again"),
        (Sight.ComeAgain, "told to come again (SRM_INTERNAL_ERROR, SRM_FILE_UNAVAILABLE)"),
        (Sight.TransferLost, "a transfer was not to be had or broke off; status asked again"),
    ];

    private readonly ConcurrentDictionary<(string Phase, Sight Kind), (int Count, TimeSpan Longest)> _cells = new();
    private readonly ConcurrentDictionary<string, string> _sums = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Begun, string? Ended)> _requests = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<TimeSpan> _took = new();
    private readonly List<string> _phases = [];
    private volatile string _phase = "";

    /// <summary>What must not have happened.</summary>
    public ConcurrentQueue<string> Wrongs { get; } = new();

    /// <summary>Requests by token, with what was happening when each began and ended.</summary>
    public IReadOnlyDictionary<string, (string Begun, string? Ended)> Requests => _requests;

    public int Finished => _took.Count;

    /// <summary>What is happening now.</summary>
    public void Begin(string phase)
    {
        _phases.Add(phase);
        _phase = phase;
    }

    public void Note(Sight kind, TimeSpan took) => _cells.AddOrUpdate((_phase, kind), (1, took), (_, cell) => (cell.Count + 1, took > cell.Longest ? took : cell.Longest));

    public int Count(string phase, Sight kind) => _cells.TryGetValue((phase, kind), out var cell) ? cell.Count : 0;

    public int Count(Sight kind) => _phases.Sum(phase => Count(phase, kind));

    public void Took(string token) => _requests[token] = (_phase, null);

    public void Finish(string token, TimeSpan took)
    {
        _requests[token] = (_requests[token].Begun, _phase);
        _took.Enqueue(took);
    }

    /// <summary>A whole file came: its bytes are those of every other time, and those that were told.</summary>
    public void Judge(string path, Delivered delivered)
    {
        var first = _sums.GetOrAdd(path, delivered.Adler32);
        if (first != delivered.Adler32 || delivered.Announced != delivered.Bytes.LongLength || delivered.Digest != $"adler32={delivered.Adler32}")
            Wrongs.Enqueue($"{path}: adler32 {delivered.Adler32}, earlier {first}, told {delivered.Digest}; {delivered.Bytes.LongLength} bytes of {delivered.Announced}");
    }

    /// <summary>As docs/operations.md shows it.</summary>
    public string Table()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| what a client saw: how often, the longest in seconds | {string.Join(" | ", _phases)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| --- |{string.Concat(_phases.Select(_ => " --- |"))}");
        foreach (var (kind, row) in Rows)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row} | {string.Join(" | ", _phases.Select(phase => _cells.TryGetValue((phase, kind), out var cell) ? string.Create(CultureInfo.InvariantCulture, $"{cell.Count}, {cell.Longest.TotalSeconds:0.0}") : "0"))} |");
        var took = _took.Order().ToList();
        text.AppendLine(CultureInfo.InvariantCulture, $"requests that came to a good end: {took.Count}; from asking to release: median {(took.Count > 0 ? took[took.Count / 2] : default).TotalSeconds:0.00} s, longest {took.LastOrDefault().TotalSeconds:0.0} s");
        text.AppendLine(CultureInfo.InvariantCulture, $"lost, failed, done twice, or with a wrong byte: {Wrongs.Count}");
        return text.ToString();
    }
}
