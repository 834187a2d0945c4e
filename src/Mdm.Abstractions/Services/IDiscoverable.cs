using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>An instance that clients contact themselves, and which therefore tells them how. Public: whoever reaches the host may read it.</summary>
public interface IDiscoverable
{
    /// <summary>What clients need to know; the same as long as the instance lives. Without endpoints nothing is announced.</summary>
    ServiceAnnouncement Announce();
}

/// <summary>How clients reach a service.</summary>
/// <param name="Type">The protocol, as <c>hydra</c>.</param>
/// <param name="Endpoints">Where, in the order in which they stand in the configuration.</param>
/// <param name="Properties">What else the protocol's clients need, as <c>threshold</c>; no secrets.</param>
public sealed record ServiceAnnouncement(string Type, ImmutableArray<Uri> Endpoints, ImmutableDictionary<string, string> Properties);
