using System.Collections.Immutable;
using System.Globalization;
using System.Threading.Channels;
using Mdm.Abstractions;

namespace Mdm.Formats.Amga.Search;

/// <summary>Asks one collection and hands its rows over, in bounded memory: who does not take them makes the server wait.</summary>
internal sealed class TargetReader(SearchTarget target, SearchQuestion question)
{
    /// <summary>Rows on their way.</summary>
    private const int MaxAhead = 512;

    private const string PathAttribute = "Path";
    private const string EntryName = "FILE";

    // AMGA's code for an attribute that is not there, or not for this caller.
    private const int NoSuchAttribute = 10;

    private readonly Channel<FoundRow> _rows = Channel.CreateBounded<FoundRow>(new BoundedChannelOptions(MaxAhead) { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource<IReadOnlySet<string>> _numeric = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What came; ends when nothing more does, however it went.</summary>
    public ChannelReader<FoundRow> Rows => _rows.Reader;

    /// <summary>The attributes that are numbers here, once known; empty where the collection cannot be asked.</summary>
    public Task<IReadOnlySet<string>> Numeric => _numeric.Task;

    private long _started;
    private TimeSpan _heldUp;

    public TargetReport Report { get; private set; } = new(target, TargetOutcome.Asked, 0, null, TimeSpan.Zero);

    /// <summary>Asks to the end; does not throw. Cancelled, what was on its way is given up.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReportAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Whatever happened, nobody waits for more.
            _numeric.TrySetResult(ImmutableHashSet<string>.Empty);
            _rows.Writer.TryComplete();
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        _started = question.TimeProvider.GetTimestamp();
        using var clock = new CancellationTokenSource(question.TimeLimit, question.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        var (outcome, reason, code) = (TargetOutcome.Answered, (string?)null, (int?)null);
        try
        {
            if (!await AskAsync(clock, both.Token).ConfigureAwait(false))
                (outcome, reason) = (TargetOutcome.NotThere, "It has not all of the attributes that were asked about.");
        }
        catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            (outcome, reason) = (TargetOutcome.Late, $"It did not answer all within {question.TimeLimit.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s.");
        }
        catch (OperationCanceledException)
        {
            // Nobody wants the rest: what was given was all that was asked for.
        }
        catch (AmgaAnswerException refusal) when (refusal.Code == NoSuchAttribute && !refusal.AfterRows)
        {
            (outcome, reason) = (TargetOutcome.NotThere, refusal.Message);
        }
        catch (AmgaAnswerException refusal)
        {
            (outcome, reason, code) = (TargetOutcome.Failed, refusal.AfterRows ? "It broke off." : refusal.Message, refusal.Code);
        }
#pragma warning disable CA1031 // One server must not spoil the answers of the others, whatever it does.
        catch (Exception failure)
        {
            (outcome, reason) = (TargetOutcome.Failed, failure is MdmException ? failure.Message : "The connection failed: " + failure.Message);
        }
#pragma warning restore CA1031
        Report = Report with { Outcome = outcome, Reason = reason, Code = code, Elapsed = question.TimeProvider.GetElapsedTime(_started) };
    }

    /// <returns>False when the collection lacks what was asked about.</returns>
    private async Task<bool> AskAsync(CancellationTokenSource clock, CancellationToken cancellationToken)
    {
        var connection = await target.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var types = await TypesAsync(connection, cancellationToken).ConfigureAwait(false);
        _numeric.TrySetResult(types.Where(type => RowOrder.IsNumeric(type.Value)).Select(type => type.Key).ToImmutableHashSet(StringComparer.Ordinal));
        if (!question.Order.All(key => types.ContainsKey(key.Attribute)))
            return false;
        if (ConditionOf(types) is not { } condition)
            return false;
        var shown = question.Attributes is { } asked ? asked.Where(types.ContainsKey).ToList() : [.. types.Keys.Where(name => name != PathAttribute)];
        var keys = question.Order.Select(key => key.Attribute).Except(shown, StringComparer.Ordinal).ToList();
        var path = types.ContainsKey(PathAttribute) && !shown.Contains(PathAttribute) ? new[] { PathAttribute } : [];
        List<string> columns = [EntryName, .. path, .. keys, .. shown];
        await ReadAsync(connection, columns, path.Length + keys.Count, condition, clock, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task ReadAsync(AmgaConnection connection, List<string> columns, int hidden, string condition, CancellationTokenSource clock, CancellationToken cancellationToken)
    {
        var row = new List<string>(columns.Count);
        await foreach (var line in connection.RunAsync(["selectattr", .. columns.Select(column => $"{target.Collection}:{column}"), TextOf(condition)], cancellationToken).ConfigureAwait(false))
        {
            row.Add(line);
            if (row.Count < columns.Count)
                continue;
            var values = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            for (var i = 1; i < columns.Count; i++)
            {
                if (row[i].Length > 0)
                    values[columns[i]] = row[i];
            }
            var path = values.GetValueOrDefault(PathAttribute);
            if (hidden > 0 && columns[1] == PathAttribute)
                values.Remove(PathAttribute);
            Report = Report with { Rows = Report.Rows + 1 };
            await GiveAsync(new FoundRow(target, row[0], path, values.ToImmutable()), clock, cancellationToken).ConfigureAwait(false);
            row.Clear();
        }
        if (row.Count > 0)
            throw new MdmException(MdmErrorKind.Corrupt, "The server's answer ends in the middle of a row.");
    }

    /// <summary>Hands a row over. Whoever takes the rows may be slow; the server's time does not pass meanwhile.</summary>
    private async ValueTask GiveAsync(FoundRow row, CancellationTokenSource clock, CancellationToken cancellationToken)
    {
        if (_rows.Writer.TryWrite(row))
            return;
        var since = question.TimeProvider.GetTimestamp();
        clock.CancelAfter(Timeout.InfiniteTimeSpan);
        await _rows.Writer.WriteAsync(row, cancellationToken).ConfigureAwait(false);
        var now = question.TimeProvider.GetTimestamp();
        _heldUp += question.TimeProvider.GetElapsedTime(since, now);
        var left = question.TimeLimit - (question.TimeProvider.GetElapsedTime(_started, now) - _heldUp);
        clock.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    private string? ConditionOf(Dictionary<string, string> types) => target.Condition is { } make ? make(types) : question.Condition;

    /// <summary>The condition with the order and the limit: each server gives its first rows, of which the first of all are taken.</summary>
    private string TextOf(string condition)
    {
        var order = question.Order.IsEmpty ? null : "order by " + string.Join(", ", question.Order.Select(key => $"{target.Collection}:{key.Attribute}{(key.IsDescending ? " desc" : "")}"));
        var limit = question.Limit is { } most ? string.Create(CultureInfo.InvariantCulture, $"limit {(long)most + question.Offset}") : null;
        return string.Join(' ', new[] { condition, order, limit }.Where(part => !string.IsNullOrEmpty(part)));
    }

    private async Task<Dictionary<string, string>> TypesAsync(AmgaConnection connection, CancellationToken cancellationToken)
    {
        var lines = await connection.ExecuteAsync(["listattr", target.Collection], cancellationToken).ConfigureAwait(false);
        if (lines.Count % 2 != 0)
            throw new MdmException(MdmErrorKind.Corrupt, "The server's list of attributes ends in the middle of one.");
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Count; i += 2)
            types[lines[i]] = lines[i + 1];
        // A condition is understood relative to the directory of the session.
        await connection.ExecuteAsync(["cd", target.Collection], cancellationToken).ConfigureAwait(false);
        return types;
    }
}
