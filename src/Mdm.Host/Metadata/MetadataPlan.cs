using System.Collections.Immutable;
using Mdm.Host.Configuration;

namespace Mdm.Host.Metadata;

/// <summary>An attribute that a publication gives to the metadata.</summary>
/// <param name="Name">What it is called there.</param>
/// <param name="Keyword">DICOM keyword.</param>
/// <param name="Type">AMGA type, where the configuration says it.</param>
internal sealed record WantedAttribute(string Name, string Keyword, string? Type)
{
    /// <summary>Reads <c>KEYWORD</c>, <c>NAME=KEYWORD</c>, and either with <c>:TYPE</c> behind it.</summary>
    public static WantedAttribute Parse(string text)
    {
        var (what, type) = text.Split(':', 2) is [var before, var behind] ? (before, behind) : (text, null);
        return what.Split('=', 2) is [var name, var keyword] ? new WantedAttribute(name, keyword, type) : new WantedAttribute(what, what, type);
    }
}

/// <summary>What of one publication goes to the metadata, and who may read it there.</summary>
/// <param name="Publication">Its name.</param>
/// <param name="Archive">The archive it publishes.</param>
/// <param name="Collection">Where its rows stand.</param>
/// <param name="Attributes">The allow-list; never empty.</param>
/// <param name="Readers">Who may read which groups of attributes.</param>
internal sealed record MetadataPlan(string Publication, string Archive, StoragePath Collection, ImmutableArray<WantedAttribute> Attributes, ImmutableArray<MetadataGrant> Readers)
{
    /// <summary>The word for everybody who is known.</summary>
    private const string Everybody = "*";

    // Of an original these groups say who the patient is, or lead to him.
    private static readonly string[] Identifying = ["patient", "identifier"];

    /// <summary>Works a publication out; null where nothing of it goes to the metadata.</summary>
    /// <param name="name">The publication's name.</param>
    /// <param name="options">Its options.</param>
    /// <param name="faults">Takes what is wrong.</param>
    public static MetadataPlan? Of(string name, PublicationOptions options, List<ConfigurationFault> faults)
    {
        if (options.Attributes.Count == 0)
        {
            foreach (var key in new[] { (nameof(options.Collection), options.Collection is not null), (nameof(options.Readers), options.Readers.Count > 0) }.Where(key => key.Item2))
                faults.Add(new ConfigurationFault($"Publications:{name}:{key.Item1}", "means nothing without Attributes."));
            return null;
        }
        var attributes = options.Attributes.Select(WantedAttribute.Parse).ToImmutableArray();
        foreach (var twice in attributes.GroupBy(attribute => attribute.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            faults.Add(new ConfigurationFault($"Publications:{name}:{nameof(options.Attributes)}", $"names '{twice.Key}' twice."));
        foreach (var attribute in attributes.Where(attribute => attribute.Name.Length == 0 || attribute.Keyword.Length == 0))
            faults.Add(new ConfigurationFault($"Publications:{name}:{nameof(options.Attributes)}", $"'{attribute.Name}={attribute.Keyword}' is no attribute: write KEYWORD, or NAME=KEYWORD for one that has another name in the metadata."));
        foreach (var attribute in attributes.Where(attribute => attribute.Type is { } type && !AttributeText.IsType(type)))
            faults.Add(new ConfigurationFault($"Publications:{name}:{nameof(options.Attributes)}", $"'{attribute.Name}:{attribute.Type}' has no type of the metadata: int, float, timestamp, text, varchar(1 to 4000)."));
        var readers = options.Readers.Count > 0 ? options.Readers.Select(reader => Reader(name, options, reader.Key, reader.Value, faults)).OfType<MetadataGrant>() : ReadersOf(options.Acl);
        return new MetadataPlan(name, options.Archive, options.Collection ?? options.Root, attributes, [.. readers]);
    }

    private static MetadataGrant? Reader(string name, PublicationOptions options, string who, IReadOnlyList<string> groups, List<ConfigurationFault> faults)
    {
        var path = $"Publications:{name}:{nameof(options.Readers)}:{who}";
        CallerRule? rule = null;
        try
        {
            rule = who == Everybody ? null : CallerRule.Parse(who);
        }
        catch (FormatException fault)
        {
            faults.Add(new ConfigurationFault(path, $"{fault.Message}, or '{Everybody}' for everybody who is known."));
            return null;
        }
        if (options.IsOriginal && (rule is null || !options.MaySeeIdentity.Contains(rule)) && (groups.Count == 0 || groups.Intersect(Identifying).Any()))
        {
            faults.Add(new ConfigurationFault(path, $"would show identity to whom MaySeeIdentity does not name. Name groups of attributes without '{string.Join("' and '", Identifying)}', as [\"image\"]."));
            return null;
        }
        return new MetadataGrant(rule?.Attribute, rule?.Subject, [.. groups]);
    }

    /// <summary>Whoever may read the files may read all of their attributes: without a say of its own the metadata is as open as they are.</summary>
    private static IEnumerable<MetadataGrant> ReadersOf(IReadOnlyList<AclEntry> entries)
    {
        var mask = entries.FirstOrDefault(entry => entry.Tag == AclTag.Mask)?.Permissions ?? Permissions.Read | Permissions.Write | Permissions.Execute;
        foreach (var entry in entries.Where(entry => entry.Permissions.HasFlag(Permissions.Read)))
        {
            if (entry.Tag == AclTag.Other)
                yield return new MetadataGrant(null, null, []);
            else if (entry.Tag == AclTag.Group && mask.HasFlag(Permissions.Read))
                yield return new MetadataGrant(Fqan.Parse(entry.Qualifier!), null, []);
            else if (entry.Tag == AclTag.User && mask.HasFlag(Permissions.Read))
                yield return new MetadataGrant(null, DistinguishedName.Parse(entry.Qualifier!), []);
        }
    }
}

/// <summary>The plans of all publications that give something to the metadata.</summary>
internal sealed class MetadataPlans
{
    private volatile ImmutableDictionary<string, MetadataPlan> _plans;

    private MetadataPlans(IEnumerable<MetadataPlan> plans) => _plans = plans.ToImmutableDictionary(plan => plan.Publication, StringComparer.Ordinal);

    /// <exception cref="ConfigurationFaultException">All faults at once.</exception>
    public static MetadataPlans Of(HostOptions options)
    {
        var faults = new List<ConfigurationFault>();
        var plans = options.Publications.Select(publication => MetadataPlan.Of(publication.Key, publication.Value, faults)).OfType<MetadataPlan>().ToList();
        // Rights are the collection's: two publications in one would share them.
        foreach (var shared in plans.GroupBy(plan => plan.Collection).Where(group => group.Count() > 1))
            faults.Add(new ConfigurationFault($"Publications:{shared.Last().Publication}:{nameof(PublicationOptions.Collection)}", $"{shared.Key} is the collection of '{shared.First().Publication}' already; each publication has one of its own."));
        return faults.Count == 0 ? new MetadataPlans(plans) : throw new ConfigurationFaultException(faults);
    }

    /// <summary>What <see cref="Of"/> would throw; empty when all is sound.</summary>
    public static IReadOnlyList<ConfigurationFault> FaultsOf(HostOptions options)
    {
        try
        {
            _ = Of(options);
            return [];
        }
        catch (ConfigurationFaultException fault)
        {
            return fault.Faults;
        }
    }

    /// <summary>Holds what that one holds, from now on: the configuration was read anew.</summary>
    public void Become(MetadataPlans next) => _plans = next._plans;

    public IEnumerable<MetadataPlan> All => _plans.Values.OrderBy(plan => plan.Publication, StringComparer.Ordinal);

    public MetadataPlan? Find(string? publication) => publication is null ? null : _plans.GetValueOrDefault(publication);
}
