using System.Text;
using Mdm.Abstractions;
using Mdm.Formats.Amga;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>One connection, and how long each thing on it may take.</summary>
internal sealed class Conversation : IDisposable
{
    /// <summary>So long what comes is passed over before a connection is closed, so that the client reads why: closing with bytes unread would take the answer from it.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private const long DrainBytes = 64 << 20;

    private readonly AmgaService _service;
    private readonly CancellationTokenSource _reading;
    private readonly CancellationTokenSource _sending;
    private readonly CancellationTokenSource _readingOrEnded;
    private readonly CancellationTokenSource _sendingOrEnded;

    public Conversation(AmgaService service, IGridConnection connection, CancellationToken ended)
    {
        (_service, Connection) = (service, connection);
        _sending = new CancellationTokenSource(Timeout.InfiniteTimeSpan, service.Time);
        _sendingOrEnded = CancellationTokenSource.CreateLinkedTokenSource(ended, _sending.Token);
        _reading = new CancellationTokenSource(Timeout.InfiniteTimeSpan, service.Time);
        _readingOrEnded = CancellationTokenSource.CreateLinkedTokenSource(_sendingOrEnded.Token, _reading.Token);
        Writer = new AmgaAnswerWriter(SendAsync);
    }

    public IGridConnection Connection { get; }

    public AmgaAnswerWriter Writer { get; }

    /// <summary>Fires when the client is gone or takes nothing, or the host stops.</summary>
    public CancellationToken Ended => _sendingOrEnded.Token;

    /// <summary>True once nothing can be sent any more.</summary>
    public bool IsBroken { get; private set; }

    public ValueTask SayAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), Ended);

    /// <summary>The next line, if it comes in time.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> AwaitCommandAsync(AmgaInput input)
    {
        _reading.CancelAfter(_service.Options.IdleTimeout);
        var line = await input.ReadLineAsync(_readingOrEnded.Token).ConfigureAwait(false);
        _reading.CancelAfter(Timeout.InfiniteTimeSpan);
        return line;
    }

    /// <summary>Runs what comes before the first command, within its time.</summary>
    public async ValueTask<T> WithinHandshakeAsync<T>(Func<CancellationToken, ValueTask<T>> step)
    {
        _reading.CancelAfter(_service.Options.HandshakeTimeout);
        var result = await step(_readingOrEnded.Token).ConfigureAwait(false);
        _reading.CancelAfter(Timeout.InfiniteTimeSpan);
        return result;
    }

    /// <summary>Passes over what comes for a moment.</summary>
    public async ValueTask DrainAsync(AmgaInput? input)
    {
        input ??= new AmgaInput(Connection.Stream);
        _reading.CancelAfter(DrainTime);
        try
        {
            for (long drained = 0; drained < DrainBytes;)
            {
                var count = await input.DiscardAsync(_readingOrEnded.Token).ConfigureAwait(false);
                if (count == 0)
                    return;
                drained += count;
            }
        }
        catch (OperationCanceledException)
        {
            // It had its time.
        }
    }

    public void Dispose()
    {
        _readingOrEnded.Dispose();
        _sendingOrEnded.Dispose();
        _reading.Dispose();
        _sending.Dispose();
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _sending.CancelAfter(_service.Options.SendTimeout);
        try
        {
            await Connection.Stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            IsBroken = true;
            throw;
        }
        _sending.CancelAfter(Timeout.InfiniteTimeSpan);
    }
}
