using System.IO.Pipelines;
using Mdm.Gsi.Native;
using Mdm.Gsi.Proxies;
using Mdm.Gsi.Trust;
using Microsoft.Extensions.Logging;

namespace Mdm.Gsi.Server;

/// <summary>
/// The server's side of grid connections: TLS with a host certificate that is reloaded when its files change, callers verified against a <see cref="TrustStore"/>.
/// A caller that is refused keeps its connection, so that the layer above can say why. Safe for concurrent use.
/// </summary>
public sealed class GridTlsServer : IDisposable
{
    private readonly GridTlsServerOptions _options;
    private readonly TrustStore _trust;
    private readonly ILogger<GridTlsServer> _logger;
    private readonly DelegationAcceptor _delegation;
    private readonly ITimer? _timer;
    private readonly Lock _reloading = new();
    // An old context lives on until the last connection that was made from it is gone, so it is left to them and not disposed.
    private volatile SslContextHandle _context;
    private string _fingerprint;
    private int _connections;

    internal TimeProvider Clock => _trust.Clock;

    /// <param name="options">Certificate and limits.</param>
    /// <param name="trust">Whom to believe; not disposed.</param>
    /// <param name="logger">Takes refusals of connections and reloads.</param>
    /// <exception cref="IOException">Certificate or key cannot be used.</exception>
    public GridTlsServer(GridTlsServerOptions options, TrustStore trust, ILogger<GridTlsServer> logger)
    {
        _options = options;
        _trust = trust;
        _logger = logger;
        _delegation = new DelegationAcceptor(trust);
        _fingerprint = Fingerprint();
        WarnOfReadableKey();
        _context = TlsContext.ForServer(options.CertificateFile, options.KeyFile, options.MaxTls == TlsVersion.Tls13);
        if (trust.ReloadInterval > TimeSpan.Zero)
            _timer = trust.Clock.CreateTimer(_ => ReloadIfChanged(), null, trust.ReloadInterval, trust.ReloadInterval);
    }

    /// <summary>Connections that are open now.</summary>
    public int Connections => Volatile.Read(ref _connections);

    internal GridTlsServerOptions Options => _options;

    internal ILogger Logger => _logger;

    /// <summary>Reads host certificate, key and trust again now. Open connections keep their TLS session; their callers are verified again.</summary>
    /// <exception cref="IOException">Something cannot be used; what was loaded before stays.</exception>
    public async Task ReloadAsync(CancellationToken cancellationToken = default)
    {
        lock (_reloading)
            Replace(Fingerprint());
        await _trust.ReloadAsync(cancellationToken);
    }

    /// <summary>
    /// Accepts TLS on a connection of any protocol and verifies the caller, whether it is then accepted or not. The caller may have sent no certificate.
    /// Whoever opened the port counts these connections; <see cref="GridTlsServerOptions.MaxConnections"/> is for HTTP.
    /// </summary>
    /// <param name="transport">The connection; not closed here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection, to be disposed; writes to its stream leave at once.</returns>
    /// <exception cref="IOException">No TLS connection came about, or not within <see cref="GridTlsServerOptions.HandshakeTimeLimit"/>.</exception>
    public Task<GridConnection> AcceptAsync(IDuplexPipe transport, CancellationToken cancellationToken = default) => AcceptAsync(transport, flushEveryWrite: true, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer?.Dispose();
        _delegation.Dispose();
        _context.Dispose();
    }

    internal bool TryEnter()
    {
        if (Interlocked.Increment(ref _connections) <= _options.MaxConnections)
            return true;
        Leave();
        return false;
    }

    internal void Leave() => Interlocked.Decrement(ref _connections);

    internal async Task<GridConnection> AcceptAsync(IDuplexPipe transport, bool flushEveryWrite, CancellationToken cancellationToken)
    {
        var stream = new TlsStream(TlsEngine.ForServer(_context), transport, flushEveryWrite);
        try
        {
            await WithinAsync(_options.HandshakeTimeLimit, "The TLS handshake took too long.", stream.HandshakeAsync, cancellationToken);
            return new GridConnection(stream, _trust);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads the GSI byte and runs what it asks for; the bytes that belong to HTTP, or null when the client left.</summary>
    internal async Task<byte[]?> ReadGsiByteAsync(GridConnection connection, CancellationToken cancellationToken)
    {
        var first = new byte[16];
        var count = 0;
        await WithinAsync(
            _options.FirstByteTimeLimit,
            "The client did not send anything in time.",
            async token => count = await connection.Tls.ReadRecordAsync(first, token),
            cancellationToken);
        if (count == 0)
            return null;
        if (first[0] == GsiProtocol.NoDelegation)
        {
            connection.IsHttpg = true;
            return first[1..count];
        }
        // HTTP methods begin with D too, but never come alone in their record.
        if (first[0] != GsiProtocol.Delegation || count > 1)
            return first[..count];
        connection.IsHttpg = true;
        string? refusal = null;
        await WithinAsync(
            _options.DelegationTimeLimit,
            "The delegation took too long.",
            async token => (connection.Delegated, refusal) = await _delegation.RunAsync(connection, token),
            cancellationToken);
        if (refusal is not null)
            Log.DelegationRefused(_logger, refusal);
        return [];
    }

    private async Task WithinAsync(TimeSpan limit, string otherwise, Func<CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(limit, _trust.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            await action(both.Token);
        }
        catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException(otherwise);
        }
    }

    private void ReloadIfChanged()
    {
        if (!_reloading.TryEnter())
            return;
        try
        {
            var fingerprint = Fingerprint();
            if (fingerprint != _fingerprint)
                Replace(fingerprint);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.HostCertificateNotReloaded(_logger, e.Message);
        }
        finally
        {
            _reloading.Exit();
        }
    }

    private void Replace(string fingerprint)
    {
        _context = TlsContext.ForServer(_options.CertificateFile, _options.KeyFile, _options.MaxTls == TlsVersion.Tls13);
        _fingerprint = fingerprint;
        WarnOfReadableKey();
        Log.HostCertificateReloaded(_logger, _options.CertificateFile);
    }

    // A group may read it (some installations have one for keys), all the world may not.
    private void WarnOfReadableKey()
    {
        if (!OperatingSystem.IsWindows() && File.Exists(_options.KeyFile) && File.GetUnixFileMode(_options.KeyFile).HasFlag(UnixFileMode.OtherRead))
            Log.KeyReadableByAll(_logger, _options.KeyFile);
    }

    private string Fingerprint() => FileFingerprint.Of([_options.CertificateFile, _options.KeyFile]);
}
