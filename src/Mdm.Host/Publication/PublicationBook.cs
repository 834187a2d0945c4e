using System.Collections.Immutable;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>All configured publications, worked out and checked; what the other folders must know of them.</summary>
internal sealed class PublicationBook : IDisclosureRules
{
    private readonly ImmutableSortedDictionary<string, PublicationPlan> _plans;
    private readonly ImmutableDictionary<string, DisclosureRule> _rules;

    private PublicationBook(ImmutableSortedDictionary<string, PublicationPlan> plans, IdentityPolicy identity)
    {
        (_plans, Identity) = (plans, identity);
        _rules = plans.Values.ToImmutableDictionary(
            plan => plan.Name, plan => new DisclosureRule(plan.Name, plan.Options.Content, [.. plan.Options.MaySeeIdentity.Select(rule => rule.ToString())], plan.Options.Delivery), StringComparer.Ordinal);
    }

    /// <summary>Sorted by name.</summary>
    public IEnumerable<PublicationPlan> Plans => _plans.Values;

    public IdentityPolicy Identity { get; }

    /// <summary>Works all publications out and checks that none would open originals to others than its MaySeeIdentity names.</summary>
    /// <exception cref="ConfigurationFaultException">All faults at once.</exception>
    public static PublicationBook Of(HostOptions options)
    {
        var plans = ImmutableSortedDictionary.CreateBuilder<string, PublicationPlan>(StringComparer.Ordinal);
        var faults = new List<ConfigurationFault>();
        var identity = PolicyOf(options);
        foreach (var (name, publication) in options.Publications)
        {
            try
            {
                var plan = PublicationPlan.Of(name, publication);
                identity.Check(name, plan.Group, plan.RootAcl);
                plans[name] = plan;
            }
            catch (ConfigurationFaultException fault)
            {
                faults.AddRange(fault.Faults);
            }
            catch (MdmException refusal)
            {
                faults.Add(new ConfigurationFault(PublicationPlan.PathOf(name, nameof(publication.Acl)), refusal.Message));
            }
        }
        return faults.Count == 0 ? new PublicationBook(plans.ToImmutable(), identity) : throw new ConfigurationFaultException(faults);
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

    /// <exception cref="MdmException">NotFound, with the names there are.</exception>
    public PublicationPlan Get(string name) => _plans.GetValueOrDefault(name)
        ?? throw new MdmException(MdmErrorKind.NotFound, $"There is no publication of that name. {NearNames.Sentence(name, _plans.Keys)}");

    public DisclosureRule? Find(string publication) => _rules.GetValueOrDefault(publication);

    private static IdentityPolicy PolicyOf(HostOptions options) => new(
        options.Publications.Where(p => p.Value.IsOriginal).ToImmutableDictionary(
            p => p.Key, p => p.Value.MaySeeIdentity.Select(rule => rule.ToString()).ToImmutableHashSet(StringComparer.Ordinal), StringComparer.Ordinal),
        options.Administrators.Select(rule => rule.ToString()).ToImmutableHashSet(StringComparer.Ordinal),
        options.Operators.Select(rule => rule.ToString()).ToImmutableHashSet(StringComparer.Ordinal));
}
