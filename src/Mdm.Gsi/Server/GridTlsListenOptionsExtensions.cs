using System.Buffers;
using System.IO.Pipelines;
using Mdm.Gsi.Native;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mdm.Gsi.Server;

/// <summary>Grid connections on a Kestrel port.</summary>
public static class GridTlsListenOptionsExtensions
{
    // Four full TLS records leave in one go.
    private const int WriteBuffer = 64 * 1024;
    private const int ReadBuffer = 16 * 1024;

    /// <summary>
    /// Serves httpg and https on this port. HTTP/1.1 only. Each request's features hold an <see cref="IGridConnectionFeature"/>.
    /// </summary>
    public static ListenOptions UseGridTls(this ListenOptions options, GridTlsServer server)
    {
        options.Protocols = HttpProtocols.Http1;
        options.Use(next => context => RunAsync(server, context, next));
        return options;
    }

    private static async Task RunAsync(GridTlsServer server, ConnectionContext context, ConnectionDelegate next)
    {
        if (!server.TryEnter())
        {
            Log.ConnectionBeyondLimit(server.Logger, server.Options.MaxConnections);
            context.Abort(new ConnectionAbortedException("Too many connections."));
            return;
        }
        try
        {
            await ServeAsync(server, context, next);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            // Anybody can make a connection fail: not worth more than a debug line.
            Log.ConnectionFailed(server.Logger, context.ConnectionId, e.Message);
            context.Abort(new ConnectionAbortedException(e.Message));
        }
        finally
        {
            server.Leave();
        }
    }

    // A failed handshake ends in order, so that the alert which tells the peer why still leaves; it is less than the kernel's buffer and holds nothing up.
    private static async Task<GridConnection?> TryAcceptAsync(GridTlsServer server, ConnectionContext context)
    {
        try
        {
            return await server.AcceptAsync(context.Transport, flushEveryWrite: false, context.ConnectionClosed);
        }
        catch (IOException e)
        {
            Log.ConnectionFailed(server.Logger, context.ConnectionId, e.Message);
            return null;
        }
    }

    // Clients keep connections in reserve on which they have said nothing. A server that stops waits for connections that serve somebody, not for these.
    private static async Task<byte[]?> TryReadGsiByteAsync(GridTlsServer server, GridConnection connection, ConnectionContext context)
    {
        var stopping = context.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().ConnectionClosedRequested;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed, stopping);
        try
        {
            return await server.ReadGsiByteAsync(connection, either.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task ServeAsync(GridTlsServer server, ConnectionContext context, ConnectionDelegate next)
    {
        var transport = context.Transport;
        using var last = LastCall.On(context, server.Clock);
        if (await TryAcceptAsync(server, context) is not { } accepted)
            return;
        await using var connection = accepted;
        if (await TryReadGsiByteAsync(server, connection, context) is not { } first)
            return;
        context.Features.Set<ITlsConnectionFeature>(connection);
        context.Features.Set<ITlsHandshakeFeature>(connection);
        context.Features.Set<IGridConnectionFeature>(connection);
        Log.ConnectionAccepted(server.Logger, context.ConnectionId, connection.TlsVersion, connection.CipherSuite, connection.IsHttpg);

        connection.Tls.PutBack(first);
        Stream stream = connection.IsHttpg ? new HttpgStream(connection.Tls) : connection.Tls;
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBuffer, minimumReadSize: 1, leaveOpen: true, useZeroByteReads: true));
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: WriteBuffer, leaveOpen: true));
        context.Transport = new DuplexPipe(input, output);
        try
        {
            await next(context);
        }
        finally
        {
            context.Transport = transport;
            await input.CompleteAsync();
            await output.CompleteAsync();
        }
    }
}
