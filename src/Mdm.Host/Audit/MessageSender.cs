using System.Net.Sockets;
using System.Security.Authentication;

namespace Mdm.Host.Audit;

/// <summary>
/// Sends the trail's lines as messages to the receiver. The trail is the queue: nobody waits for the receiver, and what it has not had is sent when it is back, also by another process
/// after a restart. RFC 5425 knows no acknowledgement, so a message counts as had when the receiver's system has taken it and the connection stood for <see cref="Settle"/> after that;
/// what was sent later than that is sent again after the connection is lost. A message may come twice; line numbers tell.
/// </summary>
internal sealed class MessageSender(AuditTrail trail, ReceiverDialer dialer, AuditSource source, long maxBacklog, TimeProvider time, ILogger<MessageSender> log) : BackgroundService
{
    /// <summary>How long a connection must stand for what was sent on it to count.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    /// <summary>Lines in one write.</summary>
    private const int MaxBatch = 256;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SendLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>How long the last lines are waited for when the host stops.</summary>
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(3);

    private readonly SentMark _mark = new(trail.Folder);
    private readonly SemaphoreSlim _more = new(0, 1);
    private readonly Queue<(TrailPosition Behind, DateTimeOffset At)> _unsettled = new();
    private readonly CancellationTokenSource _end = new();
    private TrailPosition _settled = new(string.Empty, 0, 0);
    private TrailPosition _sent = new(string.Empty, 0, 0);

    /// <summary>The last line that was handed to the network.</summary>
    public long Sent => Volatile.Read(ref _sent).Number;

    /// <summary>Asked to stop, it has a moment for the last lines: that the host stops is one of them.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _end.CancelAfter(LastWait);
        _ = Wake();
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _more.Dispose();
        _end.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        trail.Written = () => Wake();
        _settled = _mark.Read();
        var pause = FirstPause;
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var connection = await ConnectAsync();
                Log.ReceiverFound(log, dialer.Receiver);
                pause = FirstPause;
                await ServeAsync(connection, stoppingToken);
                return;
            }
            catch (Exception lost) when (lost is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
            {
                if (stoppingToken.IsCancellationRequested || _end.IsCancellationRequested)
                    return;
                Log.ReceiverLost(log, dialer.Receiver, lost is OperationCanceledException ? "no answer in time" : lost.Message, pause, trail.Number - _settled.Number);
            }
#pragma warning disable CA1031 // Whatever it is, the trail goes on being sent.
            catch (Exception fault)
            {
                Log.SenderFailed(log, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
            }
#pragma warning restore CA1031
            AuditMetrics.Waiting.Record(trail.Number - _settled.Number);
            await PauseAsync(pause, stoppingToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private bool Wake()
    {
        try
        {
            // Asked first: an exception for every line would cost more than the line.
            if (_more.CurrentCount == 0)
                _more.Release();
            return true;
        }
        catch (Exception full) when (full is SemaphoreFullException or ObjectDisposedException)
        {
            // Awake already; or gone, while the host still writes its last lines.
            return false;
        }
    }

    private async Task<IReceiverConnection> ConnectAsync()
    {
        using var limit = new CancellationTokenSource(ConnectLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _end.Token);
        return await dialer.ConnectAsync(either.Token);
    }

    /// <summary>Sends until the connection is lost; returns when the host stops and all is sent.</summary>
    private async Task ServeAsync(IReceiverConnection connection, CancellationToken stoppingToken)
    {
        using var reader = new TrailReader(trail.Folder);
        _unsettled.Clear();
        _sent = _settled;
        reader.Seek(_settled);
        while (true)
        {
            if (connection.Lost.IsCompleted)
                throw new IOException("the receiver ended the connection");
            DropWhatIsTooMuch(reader);
            if (await SendBatchAsync(connection, reader))
                continue;
            SettleWhatStood(connection, isLast: stoppingToken.IsCancellationRequested);
            if (stoppingToken.IsCancellationRequested)
                return;
            await WaitAsync(connection);
        }
    }

    private async Task<bool> SendBatchAsync(IReceiverConnection connection, TrailReader reader)
    {
        var messages = new List<byte[]>();
        var (lines, number) = (0, _sent.Number);
        for (; lines < MaxBatch && reader.TryNext(out var line); lines++)
        {
            if (AuditRecord.TryRead(line) is not { } record || record.N <= number)
                continue;
            number = record.N;
            if (AuditMessage.Of(record, source) is { } text)
                messages.Add(SyslogFormat.Message(record.Time, source, text));
        }
        if (lines == 0)
            return false;
        if (messages.Count > 0)
        {
            using var limit = new CancellationTokenSource(SendLimit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _end.Token);
            await connection.SendAsync(messages, either.Token);
            AuditMetrics.Sent.Add(messages.Count);
        }
        Passed(new TrailPosition(reader.File, reader.Offset, number));
        SettleWhatStood(connection, isLast: false);
        return true;
    }

    private void Passed(TrailPosition behind)
    {
        Volatile.Write(ref _sent, behind);
        _unsettled.Enqueue((behind, time.GetUtcNow()));
        AuditMetrics.Waiting.Record(trail.Number - behind.Number);
    }

    private void SettleWhatStood(IReceiverConnection connection, bool isLast)
    {
        var stood = time.GetUtcNow() - (isLast ? TimeSpan.Zero : Settle);
        TrailPosition? settled = null;
        while (_unsettled.TryPeek(out var first) && first.At <= stood && connection.IsTaken && !connection.Lost.IsCompleted)
            settled = _unsettled.Dequeue().Behind;
        if (settled is null)
            return;
        _settled = settled;
        _mark.Write(settled);
    }

    /// <summary>Gives the oldest lines up when too many wait; the trail keeps them.</summary>
    private void DropWhatIsTooMuch(TrailReader reader)
    {
        var last = trail.Number;
        if (last - _sent.Number <= maxBacklog)
            return;
        long dropped = 0;
        var number = _sent.Number;
        while (last - number > maxBacklog && reader.TryNext(out var line))
        {
            if (AuditRecord.TryRead(line) is not { } record || record.N <= number)
                continue;
            number = record.N;
            dropped += AuditMessage.Has(record) ? 1 : 0;
        }
        Passed(new TrailPosition(reader.File, reader.Offset, number));
        if (dropped == 0)
            return;
        AuditMetrics.Dropped.Add(dropped);
        Log.MessagesDropped(log, dropped);
        try
        {
            trail.Happened(AuditAction.MessagesDropped, AuditOutcome.Failed, $"{dropped} messages up to line {number} were not sent");
        }
        catch (MdmException)
        {
            // Logged and counted; the trail says so of itself.
        }
    }

    private async Task WaitAsync(IReceiverConnection connection)
    {
        using var limit = new CancellationTokenSource(Look, time);
        await Task.WhenAny(_more.WaitAsync(limit.Token), connection.Lost);
        // Or one that waits no more would take the next one's call.
        await limit.CancelAsync();
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken stoppingToken)
    {
        using var limit = new CancellationTokenSource(pause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stoppingToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
