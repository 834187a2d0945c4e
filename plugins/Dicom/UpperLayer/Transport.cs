using System.Net.Security;
using System.Net.Sockets;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;

namespace Mdm.Plugins.Dicom.UpperLayer;

/// <summary>
/// A connection to a DICOM peer: TCP or TLS, with one reader and one writer at a time. Every read has a time limit.
/// </summary>
internal sealed class Transport : IDisposable
{
    // IPPROTO_TCP and TCP_QUICKACK of Linux. It must be set again before each receive.
    private const int TcpLevel = 6;
    private const int QuickAcknowledge = 12;
    private static readonly byte[] On = BitConverter.GetBytes(1);

    private readonly Socket _socket;
    private readonly SslStream? _tls;
    private readonly TimeProvider _time;
    private readonly SilenceLimit _silence;

    public Transport(Socket socket, TimeProvider time)
        : this(socket, null, time)
    {
    }

    private Transport(Socket socket, SslStream? tls, TimeProvider time)
    {
        socket.NoDelay = true;
        _socket = socket;
        _tls = tls;
        _time = time;
        _silence = new SilenceLimit(time);
    }

    /// <summary>A read that was cancelled leaves a plain connection as it was, a TLS connection unusable.</summary>
    public bool SurvivesCancellation => _tls is null;

    public System.Net.EndPoint? RemoteEndPoint => _socket.RemoteEndPoint;

    /// <summary>False when the peer has closed, or has said something that nobody asked for.</summary>
    public bool IsQuiet
    {
        get
        {
            try
            {
                return !_socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>Performs the client's part of TLS.</summary>
    /// <exception cref="MdmException">Unavailable: the handshake failed.</exception>
    public static async ValueTask<Transport> ConnectTlsAsync(Socket socket, SslClientAuthenticationOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var tls = new SslStream(new QuickStream(socket));
        await HandshakeAsync(tls, tls.AuthenticateAsClientAsync(options, cancellationToken));
        return new Transport(socket, tls, time);
    }

    /// <summary>Performs the server's part of TLS.</summary>
    /// <exception cref="MdmException">Unavailable: the handshake failed.</exception>
    public static async ValueTask<Transport> AcceptTlsAsync(Socket socket, SslServerAuthenticationOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var tls = new SslStream(new QuickStream(socket));
        await HandshakeAsync(tls, tls.AuthenticateAsServerAsync(options, cancellationToken));
        return new Transport(socket, tls, time);
    }

    /// <summary>True when nothing came in time: the peer may be slow, or gone without a word.</summary>
    public bool WasSilent { get; private set; }

    /// <summary>Reads what is there, at least one byte; 0 when the peer has closed.</summary>
    /// <exception cref="MdmException">Unavailable: nothing came within <paramref name="limit"/>, or the connection broke.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, TimeSpan limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (_tls is null)
                AcknowledgeAtOnce(_socket);
            var ending = _silence.Begin();
            var reading = _tls is null ? _socket.ReceiveAsync(buffer, SocketFlags.None, ending) : _tls.ReadAsync(buffer, ending);
            return await _silence.WaitAsync(reading, limit, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException exception)
        {
            WasSilent = true;
            throw new MdmException(MdmErrorKind.Unavailable, $"The archive was silent for {limit.TotalSeconds:0} s.", exception);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            throw Broken(exception);
        }
    }

    /// <summary>Sends all of it, in one piece as far as the socket allows.</summary>
    /// <exception cref="MdmException">Unavailable: the connection broke, or the peer took nothing within <paramref name="limit"/>.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timed = new CancellationTokenSource(limit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellationToken);
        try
        {
            if (_tls is not null)
            {
                await _tls.WriteAsync(data, both.Token);
                return;
            }

            while (!data.IsEmpty)
                data = data[await _socket.SendAsync(data, SocketFlags.None, both.Token)..];
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"The archive took no data for {limit.TotalSeconds:0} s.", exception);
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            throw Broken(exception);
        }
    }

    /// <summary>Says that nothing more will be sent, so that the peer reads all of it before the connection goes.</summary>
    public void EndSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer was faster; there is nothing left to end.
            _socket.Dispose();
        }
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
        // Not the silence: a read that is under way still sets it, and between reads it holds no timer.
    }

    private static void AcknowledgeAtOnce(Socket socket)
    {
        // A PACS that leaves Nagle's algorithm on stalls some 40 ms on every delayed acknowledgement: see docs/conformance.md.
        if (OperatingSystem.IsLinux())
            socket.SetRawSocketOption(TcpLevel, QuickAcknowledge, On);
    }

    private static async ValueTask HandshakeAsync(SslStream tls, Task handshake)
    {
        try
        {
            await handshake;
        }
        catch (Exception exception) when (exception is System.Security.Authentication.AuthenticationException or IOException or SocketException)
        {
            await tls.DisposeAsync();
            throw new MdmException(MdmErrorKind.Unavailable, "The TLS handshake with the DICOM peer failed.", exception);
        }
    }

    private static MdmException Broken(Exception exception) =>
        new(MdmErrorKind.Unavailable, "The connection to the archive broke.", exception);

    /// <summary>What lies below TLS: the socket, acknowledging at once.</summary>
    private sealed class QuickStream(Socket socket) : NetworkStream(socket, ownsSocket: false)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            AcknowledgeAtOnce(Socket);
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
