using System.Collections.Immutable;
using Mdm.Host.Configuration;

namespace Mdm.Host.Staging;

/// <summary>How much of a publication's objects may be seen, in the words of its configuration.</summary>
/// <param name="Publication">The publication's name.</param>
/// <param name="Content"><see cref="Original"/> or a de-identifier's configured name.</param>
/// <param name="MaySeeIdentity">The DNs and FQANs that may see originals; must name somebody where the content is original.</param>
/// <param name="Delivery">How the bytes leave this host.</param>
internal sealed record DisclosureRule(string Publication, string Content, ImmutableHashSet<string> MaySeeIdentity, Delivery Delivery)
{
    /// <summary>The word for content as it came.</summary>
    public const string Original = "original";
}

/// <summary>Knows each publication's rule; there is no default.</summary>
internal interface IDisclosureRules
{
    /// <summary>The rule of a publication; null when no such publication is configured.</summary>
    DisclosureRule? Find(string publication);
}

/// <summary>Gives the configured archives and de-identifiers by name.</summary>
internal interface IArchiveSource
{
    /// <summary>The archive of that name; null when none is configured.</summary>
    IStorageBackend? FindArchive(string name);

    /// <summary>The de-identifier of that name; null when none is configured.</summary>
    IDeidentifier? FindDeidentifier(string name);
}
