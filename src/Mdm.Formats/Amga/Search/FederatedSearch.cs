using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Mdm.Abstractions;

namespace Mdm.Formats.Amga.Search;

/// <summary>
/// One question to any number of collections on any number of servers, all at once: rows are merged, ordered and limited while they arrive, and a file that several of them know comes
/// once. Servers that fail or are late do not keep the others' rows back; <see cref="Reports"/> says which.
/// </summary>
/// <remarks>Enumerated once. Order and limit are exact when all answer. Without an order rows come as they arrive.</remarks>
public sealed class FederatedSearch
{
    private readonly SearchQuestion _question;
    private readonly List<TargetReader> _readers;

    /// <param name="targets">Whom to ask.</param>
    /// <param name="question">What.</param>
    /// <exception cref="MdmException">Refused: nobody to ask, or a limit that is none.</exception>
    public FederatedSearch(IReadOnlyList<SearchTarget> targets, SearchQuestion question)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(question);
        if (targets.Count == 0)
            throw new MdmException(MdmErrorKind.Refused, "There is no metadata server to ask.");
        if (question.Limit is < 0 or > SearchQuestion.MaxRows || question.Offset is < 0 or > SearchQuestion.MaxRows)
            throw new MdmException(MdmErrorKind.Refused, $"A limit and an offset are between 0 and {SearchQuestion.MaxRows} rows ({nameof(SearchQuestion.MaxRows)}).");
        if (question.TimeLimit <= TimeSpan.Zero || question.TimeLimit > SearchQuestion.MaxTimeLimit)
            throw new MdmException(MdmErrorKind.Refused, $"A time limit is more than nothing, and {SearchQuestion.MaxTimeLimit.TotalHours:0} hours at most ({nameof(SearchQuestion.MaxTimeLimit)}).");
        _question = question;
        _readers = [.. targets.Select(target => new TargetReader(target, question))];
    }

    /// <summary>How each target did; complete when the rows have been enumerated.</summary>
    public IReadOnlyList<TargetReport> Reports => [.. _readers.Select(reader => reader.Report)];

    /// <summary>True when some of what there is may be missing.</summary>
    public bool IsPartial => _readers.Exists(reader => reader.Report.Outcome is TargetOutcome.Failed or TargetOutcome.Late);

    /// <summary>The rows.</summary>
    /// <exception cref="MdmException">Refused: more than <see cref="SearchQuestion.MaxRows"/> different entries.</exception>
    public async IAsyncEnumerable<FoundRow> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asking = _readers.ConvertAll(reader => Task.Run(() => reader.RunAsync(stop.Token), CancellationToken.None));
        try
        {
            var (skipped, given) = (0, 0);
            var seen = new HashSet<string>(StringComparer.Ordinal);
            if (_question.Limit == 0)
                yield break;
            await foreach (var row in (_question.Order.IsEmpty ? ArrivingAsync(cancellationToken) : OrderedAsync(cancellationToken)).ConfigureAwait(false))
            {
                if (!seen.Add(KeyOf(row)))
                    continue;
                if (seen.Count > SearchQuestion.MaxRows)
                    throw new MdmException(MdmErrorKind.Refused, $"The search has found more than {SearchQuestion.MaxRows} entries ({nameof(SearchQuestion.MaxRows)}); narrow the condition.");
                if (skipped++ < _question.Offset)
                    continue;
                yield return row;
                if (++given == _question.Limit)
                    yield break;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(asking).ConfigureAwait(false);
        }
    }

    private static string KeyOf(FoundRow row) => row.File?.ToString() ?? $"{row.Target.Server}\n{row.Target.Collection}\n{row.Entry}";

    private async IAsyncEnumerable<FoundRow> ArrivingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var open = _readers.ToDictionary(reader => reader.Rows, reader => reader.Rows.WaitToReadAsync(cancellationToken).AsTask());
        while (open.Count > 0)
        {
            await Task.WhenAny(open.Values).ConfigureAwait(false);
            foreach (var rows in open.Where(waiting => waiting.Value.IsCompleted).Select(waiting => waiting.Key).ToList())
            {
                if (!await open[rows].ConfigureAwait(false))
                {
                    open.Remove(rows);
                    continue;
                }
                while (rows.TryRead(out var row))
                    yield return row;
                open[rows] = rows.WaitToReadAsync(cancellationToken).AsTask();
            }
        }
    }

    /// <summary>The smallest of all first rows, again and again. A target that gives none within its time is left out.</summary>
    private async IAsyncEnumerable<FoundRow> OrderedAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var numeric = await NumericAsync(cancellationToken).ConfigureAwait(false);
        var order = new RowOrder(_question.Order, numeric);
        var heads = new PriorityQueue<ChannelReader<FoundRow>, (FoundRow Row, int Target)>(Comparer<(FoundRow Row, int Target)>.Create((a, b) => order.Compare(a.Row, b.Row) is not 0 and var by ? by : a.Target - b.Target));
        for (var i = 0; i < _readers.Count; i++)
        {
            if (await NextAsync(_readers[i].Rows, cancellationToken).ConfigureAwait(false) is { } first)
                heads.Enqueue(_readers[i].Rows, (first, i));
        }
        while (heads.TryDequeue(out var rows, out var head))
        {
            yield return head.Row;
            if (await NextAsync(rows, cancellationToken).ConfigureAwait(false) is { } next)
                heads.Enqueue(rows, (next, head.Target));
        }
    }

    /// <summary>An attribute is ordered as a number where every collection that has it says so.</summary>
    private async Task<HashSet<string>> NumericAsync(CancellationToken cancellationToken)
    {
        var sets = await Task.WhenAll(_readers.Select(reader => reader.Numeric)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return [.. sets.SelectMany(set => set)];
    }

    private static async ValueTask<FoundRow?> NextAsync(ChannelReader<FoundRow> rows, CancellationToken cancellationToken) =>
        await rows.WaitToReadAsync(cancellationToken).ConfigureAwait(false) && rows.TryRead(out var row) ? row : null;
}
