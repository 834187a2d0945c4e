using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Mdm.Gsi.Native;

/// <summary>
/// Plaintext over a <see cref="TlsEngine"/> and a transport. One reader and one writer at a time, each may run while the other does.
/// </summary>
/// <param name="engine">The connection; disposed with the stream.</param>
/// <param name="transport">Where ciphertext comes from and goes to.</param>
/// <param name="flushEveryWrite">False where the caller flushes (a pipe writer does), so that small writes leave together.</param>
/// <param name="owned">What is disposed with the stream; null where the transport is somebody else's.</param>
internal sealed class TlsStream(TlsEngine engine, IDuplexPipe transport, bool flushEveryWrite, IDisposable? owned = null) : Stream
{
    // Four full records: large enough for few system calls, small enough to stay in the cache on its way.
    private const int Chunk = 64 * 1024;

    private static readonly TimeSpan GoodbyeTimeLimit = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _sending = new(1, 1);

    private ReadOnlyMemory<byte> _putBack;

    public TlsEngine Engine => engine;

    /// <summary>Takes an end of the transport without a close_notify as an error: a client must not take a cut answer for a whole one.</summary>
    public bool RefusesTruncation { get; init; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public async Task HandshakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TlsStatus status;
            try
            {
                status = engine.Handshake();
            }
            catch (IOException)
            {
                // The alert tells the peer why; whether it still arrives does not matter.
                await SendPendingAsync(cancellationToken);
                throw;
            }
            await SendPendingAsync(cancellationToken);
            if (status == TlsStatus.Ok)
                return;
            if (status == TlsStatus.Closed || !await ReceiveAsync(cancellationToken))
                throw new IOException("The peer closed the connection during the TLS handshake.");
        }
    }

    /// <summary>Makes bytes that were read the next ones to be read.</summary>
    public void PutBack(ReadOnlyMemory<byte> plaintext) => _putBack = plaintext;

    /// <summary>Reads from one record at most; 0 at the end.</summary>
    public ValueTask<int> ReadRecordAsync(Memory<byte> buffer, CancellationToken cancellationToken) => ReadAsync(buffer, oneRecord: true, cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ReadAsync(buffer, oneRecord: false, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), oneRecord: false, cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            while (!buffer.IsEmpty)
            {
                var part = buffer[..Math.Min(buffer.Length, Chunk)];
                buffer = buffer[part.Length..];
                Encrypt(part.Span);
                DrainToTransport();
                if (flushEveryWrite || transport.Output.UnflushedBytes >= Chunk)
                    await FlushTransportAsync(cancellationToken);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            DrainToTransport();
            await FlushTransportAsync(cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Says goodbye in TLS; the transport stays open.</summary>
    public Task CloseAsync(CancellationToken cancellationToken)
    {
        engine.Shutdown();
        return FlushAsync(cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads are offered.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous writes are offered.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Says goodbye in TLS where that is possible at once, then ends.</summary>
    public override async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(GoodbyeTimeLimit);
        try
        {
            await CloseAsync(soon.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The peer left first, or does not read: there is nobody to say it to.
            Debug.WriteLine(e.Message);
        }
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            engine.Dispose();
            owned?.Dispose();
        }
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadAsync(Memory<byte> buffer, bool oneRecord, CancellationToken cancellationToken)
    {
        if (!_putBack.IsEmpty)
        {
            var given = _putBack[..Math.Min(_putBack.Length, buffer.Length)];
            given.CopyTo(buffer);
            _putBack = _putBack[given.Length..];
            return given.Length;
        }
        while (true)
        {
            var status = oneRecord ? engine.ReadRecord(buffer.Span, out var count) : engine.Read(buffer.Span, out count);
            // A key update, for instance, is answered.
            if (engine.PendingOutput > 0)
                await SendPendingAsync(cancellationToken);
            if (status == TlsStatus.Ok)
                return count;
            if (status == TlsStatus.Closed)
                return 0;
            if (!await ReceiveAsync(cancellationToken))
                return RefusesTruncation ? throw new IOException("The connection was cut: it ended without the end of its TLS.") : 0;
        }
    }

    // False when the peer closed the transport.
    private async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        var result = await transport.Input.ReadAsync(cancellationToken);
        if (result.IsCanceled)
            throw new OperationCanceledException("The connection is being closed.");
        var received = result.Buffer;
        if (received.IsEmpty)
        {
            transport.Input.AdvanceTo(received.End);
            return false;
        }
        // What is fed is bounded; the rest waits in the pipe, whose own bound holds back the peer.
        var part = received.Length > Chunk ? received.Slice(0, Chunk) : received;
        try
        {
            foreach (var segment in part)
                engine.Feed(segment.Span);
        }
        finally
        {
            transport.Input.AdvanceTo(part.End);
        }
        return true;
    }

    private async ValueTask SendPendingAsync(CancellationToken cancellationToken)
    {
        if (engine.PendingOutput > 0)
            await FlushAsync(cancellationToken);
    }

    private void Encrypt(ReadOnlySpan<byte> plaintext)
    {
        try
        {
            engine.Write(plaintext);
        }
        catch (IOException e)
        {
            throw Gone(e.Message, e);
        }
    }

    // Kestrel logs any other failure of a flush as an error of the server's, which anybody could then cause at will.
    private Exception Gone(string message, IOException? cause) => flushEveryWrite ? new IOException(message, cause) : new ConnectionAbortedException(message, cause!);

    private void DrainToTransport()
    {
        for (var pending = engine.PendingOutput; pending > 0; pending = engine.PendingOutput)
            transport.Output.Advance(engine.Drain(transport.Output.GetSpan(pending)));
    }

    private async ValueTask FlushTransportAsync(CancellationToken cancellationToken)
    {
        var result = await transport.Output.FlushAsync(cancellationToken);
        if (result.IsCompleted || result.IsCanceled)
            throw Gone("The peer closed the connection.", null);
    }
}

/// <summary>Both directions of a connection.</summary>
internal sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
