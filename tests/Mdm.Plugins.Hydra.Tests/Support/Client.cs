using System.Collections.Concurrent;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Mdm.Plugins.Hydra.Splitting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Plugins.Hydra.Tests.Support;

/// <summary>Somebody who talks to keystores with a credential: a host's plugin, or a user's client.</summary>
internal sealed class Client : PluginContext, IDisposable
{
    /// <summary>Who registers waits for every keystore that is there: which of them have their share is then no question of pace.</summary>
    private static readonly TimeSpan AllOfThem = TimeSpan.FromSeconds(30);

    private readonly TrustStore _trust;
    private readonly GridTlsClient _tls;
    private readonly GridCredential _credential;
    private readonly HttpMessageInvoker _http;

    public Client(TestGrid grid, GridCredential credential)
    {
        _trust = new TrustStore(new TrustOptions { CertificateDirectory = grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
        _tls = new GridTlsClient(_trust);
        _credential = credential;
        _http = KeystoreConnections.Create((endpoint, cancellationToken) => ConnectAsync(endpoint, null, cancellationToken));
    }

    public Client(TestGrid grid, string proxyFile)
        : this(grid, GridCredential.LoadProxy(proxyFile))
    {
    }

    public ConcurrentQueue<KeystoreFinding> Findings { get; } = [];

    public override string InstanceName => "keys";

    public override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    public override TimeProvider TimeProvider => TimeProvider.System;

    public override string BaseDirectory => Path.GetTempPath();

    public KeystoreClient At(Uri address) => new(_http, address);

    public KeystoreGroup Group(IEnumerable<Uri> addresses, int threshold, double seconds = 20) =>
        new(addresses.Select(At), threshold, new KeystoreGroupOptions { TimeLimit = TimeSpan.FromSeconds(seconds), Found = Findings.Enqueue });

    public HydraKeyStore KeyStore(IEnumerable<Uri> addresses, int threshold, double seconds = 20, TimeSpan? repairInterval = null, TimeSpan? grace = null) => new(
        new HydraOptions { Keystores = [.. addresses], Threshold = threshold, TimeLimit = TimeSpan.FromSeconds(seconds), RepairInterval = repairInterval ?? TimeSpan.FromDays(1), Grace = grace ?? AllOfThem }, this);

    public override async ValueTask<Stream> ConnectAsync(Uri endpoint, IGridCredential? credential, CancellationToken cancellationToken) =>
        await _tls.ConnectAsync(endpoint.Host, endpoint.Port, _credential, GridTlsMode.Tls, cancellationToken);

    public void Dispose()
    {
        _http.Dispose();
        _tls.Dispose();
        _trust.Dispose();
        _credential.Dispose();
    }
}
