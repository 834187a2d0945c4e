using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Mdm.Abstractions;

/// <summary>A protocol of the plugin's own on a port the host opens.</summary>
public interface IGridService : IAsyncDisposable
{
    /// <summary>Serves one connection until it ends. The host closes it afterwards.</summary>
    /// <param name="connection">The connection, of which the host has already counted that it is not one too many.</param>
    /// <param name="cancellationToken">Fires when the client is gone or the host stops.</param>
    Task ServeAsync(IGridConnection connection, CancellationToken cancellationToken);
}

/// <summary>A connection that is plain until <see cref="AuthenticateAsync"/> upgrades it. One reader and one writer at a time.</summary>
public interface IGridConnection
{
    /// <summary>The bytes; replaced by the encrypted ones once TLS is there. A write ends when the client's side has room for more.</summary>
    /// <exception cref="IOException">Out of a write: the client is gone.</exception>
    Stream Stream { get; }

    /// <summary>Where the client is; null when that is not known.</summary>
    IPAddress? RemoteAddress { get; }

    /// <summary>
    /// Who is calling, verified anew whenever it is asked: null before <see cref="AuthenticateAsync"/>, without a client certificate, and once the credential has ended or was revoked.
    /// </summary>
    GridIdentity? Caller { get; }

    /// <summary>Fires when TCP urgent data arrives (an out-of-band cancel). Once it has fired this property gives another, for the next time: read it at the beginning of each piece of work.</summary>
    CancellationToken Urgent { get; }

    /// <summary>Does the TLS handshake as server, on the same connection, and tells who is calling. Nothing that the client sent for it may have been read from <see cref="Stream"/>.</summary>
    /// <returns>Who is calling; null when he showed no certificate.</returns>
    /// <exception cref="MdmException">
    /// <see cref="MdmErrorKind.AccessDenied"/>: his certificate is refused, with the reason; TLS is there all the same, so that he can be told. <see cref="MdmErrorKind.Unsupported"/>: this host has no certificate.
    /// </exception>
    /// <exception cref="IOException">No TLS came about, or not in the time that the host allows.</exception>
    ValueTask<GridIdentity?> AuthenticateAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Tells the host that attributes of patients are searched or read over this connection, before anything of the answer goes out: when it returns, the host's audit trail has its line, with
    /// <see cref="Caller"/> and <see cref="RemoteAddress"/>. Safe for concurrent use.
    /// </summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Unavailable"/>: the audit trail cannot be written; the search is not to be answered.</exception>
    void TellSearch(AttributeSearch search);
}

/// <summary>A search in attributes, as the audit trail has it.</summary>
/// <param name="Account">The service's own name of who searches; null where it has none, as for the anonymous. It is all that is known of who logged in with a password.</param>
/// <param name="Attributes">
/// The attributes that are answered, or that decide what is answered: only names that the service's own description knows and the caller may see. Any order; a name that is none (a letter, then
/// letters, digits and <c>_</c>; at most 64) is not written.
/// </param>
/// <param name="Query">The search as it came. It stands in the trail as a keyed hash.</param>
public sealed record AttributeSearch(string? Account, ImmutableArray<string> Attributes, string Query)
{
    /// <summary>Without the search itself: values in it identify patients.</summary>
    public override string ToString() => $"a search in {(Attributes.IsDefault ? 0 : Attributes.Length)} attributes";
}

/// <summary>HTTP of the plugin's own, behind the host's door.</summary>
public interface IGridHttpService : IAsyncDisposable
{
    /// <summary>Answers one request of an authenticated caller.</summary>
    Task HandleAsync(HttpContext context, GridIdentity caller);
}
