using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mdm.Host.Configuration;

namespace Mdm.Host.Audit;

/// <summary>A connection to the audit receiver.</summary>
internal interface IReceiverConnection : IDisposable
{
    /// <summary>Hands messages to the network.</summary>
    /// <exception cref="IOException">The connection is lost.</exception>
    Task SendAsync(IReadOnlyList<byte[]> messages, CancellationToken cancellationToken);

    /// <summary>Ends when the receiver ends the connection.</summary>
    Task Lost { get; }

    /// <summary>True when the receiver's system has taken all that was sent.</summary>
    bool IsTaken { get; }
}

/// <summary>Opens connections as the configuration says. The platform's TLS: the receiver is a hospital's server, not a grid service, so proxies and signing policies mean nothing to it.</summary>
internal sealed class ReceiverDialer : IDisposable
{
    private const int TlsPort = 6514;
    private const int UdpPort = 514;

    // BCP 195 (RFC 9325), as PS3.15 B.12 asks.
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    private readonly AuditOptions _options;
    private readonly X509Certificate2? _own;
    private readonly X509ChainPolicy? _trust;

    /// <param name="options">With a receiver.</param>
    /// <param name="pathOf">Makes a path of the configuration absolute.</param>
    /// <exception cref="ConfigurationFaultException">A certificate file cannot be used.</exception>
    public ReceiverDialer(AuditOptions options, Func<string, string> pathOf)
    {
        _options = options;
        if (options.CertificateFile is { } certificate)
            _own = Load(nameof(options.CertificateFile), certificate, () => X509Certificate2.CreateFromPemFile(pathOf(certificate), options.KeyFile is { } key ? pathOf(key) : null));
        if (options.TrustFile is { } trust)
        {
            _trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            Load(nameof(options.TrustFile), trust, () =>
            {
                _trust.CustomTrustStore.ImportFromPemFile(pathOf(trust));
                return _trust.CustomTrustStore.Count > 0 ? true : throw new FormatException("no certificate is in it");
            });
        }
    }

    /// <summary>What the constructor would throw; empty when nothing is wrong, or nothing is sent.</summary>
    public static IReadOnlyList<ConfigurationFault> FaultsOf(HostConfiguration configuration)
    {
        if (configuration.Options.Audit.Receiver is null)
            return [];
        try
        {
            using var dialer = new ReceiverDialer(configuration.Options.Audit, configuration.PathOf);
            return [];
        }
        catch (ConfigurationFaultException fault)
        {
            return fault.Faults;
        }
    }

    public Uri Receiver => _options.Receiver!;

    private int Port => Receiver.Port > 0 ? Receiver.Port : Receiver.Scheme == AuditOptions.Tls ? TlsPort : UdpPort;

    /// <exception cref="SocketException">Not reached.</exception>
    /// <exception cref="AuthenticationException">The receiver's certificate, or ours, is not accepted.</exception>
    public async Task<IReceiverConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var host = Receiver.DnsSafeHost;
        if (Receiver.Scheme == AuditOptions.Udp)
        {
            var udp = new UdpClient(host, Port);
            return new UdpReceiver(udp);
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(host, Port, cancellationToken);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = _options.TargetHost ?? host,
                EnabledSslProtocols = Protocols,
                ClientCertificates = _own is null ? null : [_own],
                CertificateChainPolicy = _trust,
            }, cancellationToken);
            return new TlsReceiver(socket, tls);
        }
        catch
        {
            if (tls is not null)
                await tls.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _own?.Dispose();

    private static T Load<T>(string key, string path, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException or FormatException)
        {
            throw new ConfigurationFaultException([new ConfigurationFault($"Audit:{key}", $"'{path}' cannot be used: {fault.Message.TrimEnd('.')}.")]);
        }
    }

    private sealed class TlsReceiver : IReceiverConnection
    {
        // struct tcp_info of linux/tcp.h: bytes not yet acknowledged are in these two.
        private const int ProtocolTcp = 6;
        private const int TcpInfo = 11;
        private const int Unacknowledged = 24;
        private const int NotSent = 144;
        private const int TcpInfoSize = 148;

        private readonly Socket _socket;
        private readonly SslStream _tls;
        private readonly MemoryStream _frames = new();

        public TlsReceiver(Socket socket, SslStream tls)
        {
            (_socket, _tls) = (socket, tls);
            Lost = WatchAsync();
        }

        public Task Lost { get; }

        public bool IsTaken
        {
            get
            {
                try
                {
                    Span<byte> info = stackalloc byte[TcpInfoSize];
                    var length = _socket.GetRawSocketOption(ProtocolTcp, TcpInfo, info);
                    return length >= TcpInfoSize && BinaryPrimitives.ReadUInt32LittleEndian(info[Unacknowledged..]) == 0 && BinaryPrimitives.ReadUInt32LittleEndian(info[NotSent..]) == 0;
                }
                catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
                {
                    return false;
                }
            }
        }

        public async Task SendAsync(IReadOnlyList<byte[]> messages, CancellationToken cancellationToken)
        {
            _frames.SetLength(0);
            foreach (var message in messages)
                SyslogFormat.Frame(_frames, message);
            await _tls.WriteAsync(_frames.GetBuffer().AsMemory(0, (int)_frames.Length), cancellationToken);
        }

        public void Dispose()
        {
            _tls.Dispose();
            _socket.Dispose();
            _frames.Dispose();
        }

        /// <summary>A receiver has nothing to say; whatever it says is thrown away.</summary>
        private async Task WatchAsync()
        {
            var bytes = new byte[256];
            try
            {
                while (await _tls.ReadAsync(bytes) > 0)
                {
                }
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // Lost is all there is to tell.
            }
        }
    }

    /// <summary>RFC 5426: a message each, and nobody ever says whether it came.</summary>
    private sealed class UdpReceiver(UdpClient udp) : IReceiverConnection
    {
        public Task Lost { get; } = new TaskCompletionSource().Task;

        public bool IsTaken => true;

        public async Task SendAsync(IReadOnlyList<byte[]> messages, CancellationToken cancellationToken)
        {
            foreach (var message in messages)
            {
                try
                {
                    await udp.SendAsync(message, cancellationToken);
                }
                catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
                {
                    // ICMP said so of an earlier one; UDP promises nothing.
                }
            }
        }

        public void Dispose() => udp.Dispose();
    }
}
