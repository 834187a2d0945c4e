using System.Net;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mdm.Host.Diagnostics;

/// <summary>Health and metrics: on a plain port of their own for this machine and the configured addresses, at the door for administrators only. Everybody else is told there is nothing.</summary>
internal static class DiagnosticsDoor
{
    public static IServiceCollection AddDiagnostics(this IServiceCollection services) => services
        .AddSingleton<Readiness>()
        .AddSingleton<MetricsBook>()
        .AddSingleton(s => s.GetRequiredService<HostConfiguration>().Options.Diagnostics)
        .AddSingleton<InstanceWatch>()
        .AddHostedService(s => s.GetRequiredService<InstanceWatch>())
        .AddHostedService(SystemdNotifier.OfEnvironment);

    /// <summary>Opens the plain port, where one is configured.</summary>
    public static void ListenForDiagnostics(this KestrelServerOptions kestrel, DiagnosticsOptions options)
    {
        if (options.Port is not { } port)
            return;
        kestrel.Listen(options.Address, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection =>
            {
                connection.Features.Set(new DiagnosticsConnection());
                return next(connection);
            });
        });
    }

    public static void MapDiagnostics(this IEndpointRouteBuilder endpoints)
    {
        // Asked for once so that it listens from the start, not from the first scrape.
        var book = endpoints.ServiceProvider.GetRequiredService<MetricsBook>();
        var readiness = endpoints.ServiceProvider.GetRequiredService<Readiness>();
        var health = endpoints.ServiceProvider.GetRequiredService<InstanceWatch>();
        var lifetime = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>();

        endpoints.MapGet("/healthz/live", Guarded(context => WriteAsync(context, StatusCodes.Status200OK, "live\n")));
        endpoints.MapGet("/healthz/ready", Guarded(context =>
        {
            IReadOnlyList<string> notMet = lifetime.ApplicationStopping.IsCancellationRequested ? ["stopping"]
                : lifetime.ApplicationStarted.IsCancellationRequested ? readiness.NotMet()
                : ["starting"];
            return notMet.Count == 0
                ? WriteAsync(context, StatusCodes.Status200OK, "ready\n" + Degraded())
                : WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"not ready: {string.Join(", ", notMet)}\n" + Degraded());
        }));
        string Degraded() => string.Concat(health.Degraded.Select(one => $"degraded: {one}\n"));
        endpoints.MapGet("/healthz/instances", Guarded(async context =>
        {
            var (allServe, text) = await health.TellAsync(context.RequestAborted);
            await WriteAsync(context, allServe ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, text);
        }));
        endpoints.MapGet("/metrics", Guarded(context => WriteAsync(context, StatusCodes.Status200OK, book.Text(), "text/plain; version=0.0.4; charset=utf-8")));
    }

    private static RequestDelegate Guarded(RequestDelegate answer) => context =>
    {
        if (MayLook(context))
            return answer(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    };

    private static bool MayLook(HttpContext context)
    {
        if (context.Features.Get<LocalCaller>() is not null)
            return true;
        var configuration = context.RequestServices.GetRequiredService<HostConfiguration>();
        if (context.Features.Get<DiagnosticsConnection>() is not null)
        {
            return context.Connection.RemoteIpAddress is { } address
                && (IPAddress.IsLoopback(address) || configuration.Options.Diagnostics.AllowFrom.Any(a => a.Equals(address) || a.Equals(address.MapToIPv4())));
        }
        return context.RequestServices.GetService<CallerOf>()?.Invoke(context).Identity is { } caller && context.RequestServices.GetService<IdentityPolicy>()?.MayOperate(caller) == true;
    }

    private static Task WriteAsync(HttpContext context, int status, string text, string contentType = "text/plain; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }

    /// <summary>Marks a connection of the plain port; the port's number may be the system's choice.</summary>
    private sealed class DiagnosticsConnection;
}
