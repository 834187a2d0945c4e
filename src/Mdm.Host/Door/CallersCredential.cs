using Mdm.Gsi.Proxies;
using Mdm.Gsi.Server;

namespace Mdm.Host.Door;

/// <summary>The credential that a caller delegated on his connection: lives in memory as long as the connection, and is never written.</summary>
internal sealed class CallersCredential : IGridCredential
{
    private CallersCredential(DelegatedCredential delegated) => Delegated = delegated;

    public GridIdentity Identity => Delegated.Identity;

    public DateTimeOffset NotAfter => Delegated.NotAfter;

    internal DelegatedCredential Delegated { get; }

    /// <summary>What was delegated on the request's connection; null when nothing was.</summary>
    public static CallersCredential? Of(HttpContext context) =>
        context.Features.Get<IGridConnectionFeature>()?.Delegated is { } delegated ? new CallersCredential(delegated) : null;
}
