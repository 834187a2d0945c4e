using System.Collections.Concurrent;
using Mdm.Gsi.Server;
using Mdm.Gsi.Trust;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Gsi.Tests.Support;

/// <summary>A real Kestrel with the middleware under test on a free port of the loopback. <c>/who</c> says who is calling, or why nobody.</summary>
public sealed class TestDoor : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _seen;

    private TestDoor(WebApplication app, TrustStore trust, GridTlsServer server, ConcurrentQueue<string> seen, LoudLog loud)
    {
        Loud = loud;
        _app = app;
        _seen = seen;
        Trust = trust;
        Server = server;
    }

    public TrustStore Trust { get; }

    public GridTlsServer Server { get; }

    /// <summary>For each request, its method, path and who sent it.</summary>
    public IEnumerable<string> Seen => _seen;

    /// <summary>What was logged as a warning or worse.</summary>
    public LoudLog Loud { get; }

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<TestDoor> OpenAsync(TestGrid grid, TimeProvider? clock = null, Func<GridTlsServerOptions, GridTlsServerOptions>? change = null, TrustOptions? trustOptions = null)
    {
        var trust = new TrustStore(trustOptions ?? grid.TrustOptions, NullLogger<TrustStore>.Instance, clock);
        var options = new GridTlsServerOptions { CertificateFile = grid.HostCertificateFile, KeyFile = grid.HostKeyFile };
        var server = new GridTlsServer(change?.Invoke(options) ?? options, trust, NullLogger<GridTlsServer>.Instance);
        var builder = WebApplication.CreateSlimBuilder();
        var loud = new LoudLog();
        builder.Logging.ClearProviders().AddProvider(loud);
        builder.WebHost.UseSockets(o => o.MaxWriteBufferSize = 1024 * 1024);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AllowHostHeaderOverride = true;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseGridTls(server));
        });
        // Whoever stops it says how long it may take.
        builder.Services.Configure<HostOptions>(stopping => stopping.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        var app = builder.Build();
        var seen = new ConcurrentQueue<string>();
        app.Use(next => async context =>
        {
            seen.Enqueue($"{context.Request.Method} {context.Request.Path}\n{Who(context)}");
            try
            {
                await next(context);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // An application sees that its caller has left, under TLS as without.
                seen.Enqueue($"gone: {e.Message}");
                context.Abort();
            }
        });
        app.MapGet("/who", (HttpContext context) => Who(context));
        app.MapPost("/who", (HttpContext context) => Who(context));
        app.MapPost("/srm/managerv2", (HttpContext context) => Who(context));
        app.MapPost("/echo", async (HttpContext context) => await context.Request.Body.CopyToAsync(context.Response.Body));
        app.MapPut("/count", async (HttpContext context) =>
        {
            var buffer = new byte[64 * 1024];
            long total = 0;
            for (int n; (n = await context.Request.Body.ReadAsync(buffer)) > 0;)
                total += n;
            return total.ToString(System.Globalization.CultureInfo.InvariantCulture);
        });
        app.MapGet("/bytes/{length:long}", async (HttpContext context, long length) =>
        {
            context.Response.ContentLength = length;
            var buffer = new byte[64 * 1024];
            for (; length > 0; length -= buffer.Length)
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)));
        });
        await app.StartAsync();
        return new TestDoor(app, trust, server, seen, loud);
    }

    /// <summary>Takes no more connections, and ends when those that are open serve nobody.</summary>
    public Task StopAsync(CancellationToken giveUp = default) => _app.StopAsync(giveUp);

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
        Server.Dispose();
        Trust.Dispose();
    }

    private static string Who(HttpContext context)
    {
        var grid = context.Features.Get<IGridConnectionFeature>()!;
        var peer = grid.Peer;
        var who = peer is null ? $"refused: {grid.RefusalReason}" : $"subject: {peer.Identity.Subject}\nfqans: {string.Join(' ', peer.Identity.Fqans)}\nlimited: {peer.IsLimited}\nignored: {string.Join("; ", peer.IgnoredAttributes)}";
        return $"{who}\nhttpg: {grid.IsHttpg}\ndelegated: {grid.Delegated?.Identity.Subject.ToString() ?? "nothing"}\nscheme: {context.Request.Scheme}\ntls: {grid.TlsVersion} {grid.CipherSuite}\n";
    }
}

