using Mdm.Abstractions;
using Mdm.Client.Discovery;

namespace Mdm.Client.Keys;

/// <summary>Where keys are: what the user named counts, otherwise what the file's host announces.</summary>
/// <param name="named">What the user named; null for nothing.</param>
/// <param name="make">A source for keystores of an announcement.</param>
internal sealed class KeyPlaces(ServiceAnnouncement? named, Func<ServiceAnnouncement, IContentKeySource> make)
{
    /// <summary>Stands for no host.</summary>
    public static Uri Nowhere { get; } = new("urn:nowhere");

    /// <summary>The keys of a host's files.</summary>
    /// <param name="host">Asks the host; null where there is none to ask.</param>
    public SiteKeys At(SiteDiscovery? host) => new(
        async token => named ?? (host is null ? null : (await host.AskAsync(token).ConfigureAwait(false)).Keys),
        make);
}
