using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Mdm.Host.Door;

/// <summary>
/// The local socket: orders without a certificate, from processes of the service's own user and of root. Both its mode and, at each connection, the kernel's word for who is at the
/// other end keep others out.
/// </summary>
internal static partial class AdminSocket
{
    // SOL_SOCKET and SO_PEERCRED of Linux; the answer is struct ucred: process, user, group.
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int CredentialsSize = 12;
    private const int UserOffset = 4;
    private const uint Root = 0;

    private static readonly PathString[] Served = ["/admin", "/healthz", "/metrics"];

    public static void Listen(KestrelServerOptions kestrel, HostConfiguration configuration, ILogger log)
    {
        if (configuration.AdminSocketPath is { } path)
            kestrel.ListenUnixSocket(path, Serve);
        else
            Log.SocketPathTooLong(log, configuration.Options.State.AdminSocket, HostConfiguration.MaxSocketPathBytes);
    }

    private static void Serve(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => async connection =>
        {
            if (connection.Features.Get<IConnectionSocketFeature>() is not { } sockets || UserOf(sockets.Socket) is not { } user || (user != Root && user != geteuid()))
            {
                connection.Abort(new ConnectionAbortedException("Only the service's own user and root may come by this socket."));
                return;
            }
            connection.Features.Set(new LocalCaller(user));
            await next(connection);
        });
    }

    /// <summary>Makes listening sockets; the local one is open to its owner only from the moment in which it is there.</summary>
    /// <exception cref="IOException">Another process listens there, or something else has that name.</exception>
    public static Socket Bind(EndPoint endpoint)
    {
        if (endpoint is not UnixDomainSocketEndPoint || endpoint.ToString() is not { } path)
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (File.Exists(path))
            RemoveLeftOver(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endpoint);
            // Before anybody can connect: it does not listen yet.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>By the local socket come orders, and nothing else.</summary>
    public static Task OnlyOrdersAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<LocalCaller>() is null || Served.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal)))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static uint? UserOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[CredentialsSize];
        try
        {
            return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == CredentialsSize
                ? MemoryMarshal.Read<uint>(credentials[UserOffset..])
                : null;
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    // A process that was killed leaves its socket behind; one that lives answers.
    private static void RemoveLeftOver(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            if (File.GetAttributes(path).HasFlag(FileAttributes.Directory) || new FileInfo(path).Length > 0)
                throw new IOException($"State:AdminSocket: {path} is there and is no socket; move it away.");
            File.Delete(path);
            return;
        }
        catch (SocketException fault)
        {
            throw new IOException($"State:AdminSocket: {path} cannot be used: {fault.Message}", fault);
        }
        throw new IOException($"State:AdminSocket: another process listens on {path}; two hosts cannot share a state directory.");
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
