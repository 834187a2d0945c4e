using Microsoft.AspNetCore.Http;

namespace Mdm.Abstractions;

/// <summary>A protocol of the plugin's own on a port the host opens.</summary>
public interface IGridService : IAsyncDisposable
{
    /// <summary>Serves one connection until it ends. The host closes it afterwards.</summary>
    Task ServeAsync(IGridConnection connection, CancellationToken cancellationToken);
}

/// <summary>A connection that is plain until <see cref="AuthenticateAsync"/> upgrades it.</summary>
public interface IGridConnection
{
    /// <summary>The bytes; replaced by the encrypted ones once authenticated.</summary>
    Stream Stream { get; }

    /// <summary>Who is calling; null until authenticated.</summary>
    GridIdentity? Caller { get; }

    /// <summary>Fires when TCP urgent data arrives (an out-of-band cancel).</summary>
    CancellationToken Urgent { get; }

    /// <summary>Does the TLS handshake as server and tells who is calling.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.AccessDenied"/> with the reason.</exception>
    ValueTask<GridIdentity> AuthenticateAsync(CancellationToken cancellationToken);
}

/// <summary>HTTP of the plugin's own, behind the host's door.</summary>
public interface IGridHttpService : IAsyncDisposable
{
    /// <summary>Answers one request of an authenticated caller.</summary>
    Task HandleAsync(HttpContext context, GridIdentity caller);
}
