using System.Collections.Immutable;

namespace Mdm.Host.Access;

/// <summary>Who is at the other end of a request's connection.</summary>
/// <param name="Identity">Who; null when no acceptable certificate was shown.</param>
/// <param name="RefusalReason">Why there is no identity, for the caller.</param>
/// <param name="ValidUntil">When the credential, or the attributes in it, end; null where that is not known.</param>
internal readonly record struct ConnectionCaller(GridIdentity? Identity, string? RefusalReason, DateTimeOffset? ValidUntil = null)
{
    private readonly ImmutableArray<string> _ignored;

    /// <summary>True for one who has no identity because he is banned: he is known, and refused.</summary>
    public bool IsBanned { get; init; }

    /// <summary>Which VOMS attributes the caller showed in vain, and why, one sentence each: whoever is refused for want of them must be told.</summary>
    public ImmutableArray<string> IgnoredAttributes
    {
        get => _ignored.IsDefault ? [] : _ignored;
        init => _ignored = value;
    }
}

/// <summary>Reads the connection's caller off a request.</summary>
internal delegate ConnectionCaller CallerOf(HttpContext context);

/// <summary>A caller and how long his credential speaks for him: what is done for him later is done no later than that.</summary>
internal sealed record GridCaller(GridIdentity Identity, DateTimeOffset? ValidUntil);
