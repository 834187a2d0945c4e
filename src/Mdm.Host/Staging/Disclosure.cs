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

    /// <summary>The archive for as long as something of it is under way: what comes back is given back by disposing it, and stays itself whatever is configured meanwhile.</summary>
    InUse<IStorageBackend>? UseArchive(string name) => FindArchive(name) is { } archive ? new InUse<IStorageBackend>(archive, null) : null;

    /// <summary>As <see cref="UseArchive"/>.</summary>
    InUse<IDeidentifier>? UseDeidentifier(string name) => FindDeidentifier(name) is { } deidentifier ? new InUse<IDeidentifier>(deidentifier, null) : null;
}

/// <summary>An instance that is used for a while.</summary>
internal sealed class InUse<T>(T value, IAsyncDisposable? lease) : IAsyncDisposable
    where T : class
{
    public T Value => value;

    public ValueTask DisposeAsync() => lease?.DisposeAsync() ?? default;
}

/// <summary>Marks the failure of what was disclosed under rules that are no longer those of its publication: it is fetched anew.</summary>
internal sealed class RulesChangedException : Exception;
