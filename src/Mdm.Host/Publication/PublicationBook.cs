using System.Collections.Immutable;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>All configured publications, worked out and checked; what the other folders must know of them.</summary>
internal sealed class PublicationBook : IDisclosureRules
{
    private volatile Contents _contents;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PublicationBook(ImmutableSortedDictionary<string, PublicationPlan> plans, IdentityPolicy identity)
    {
        Identity = identity;
        _contents = new Contents(plans, plans.Values.ToImmutableDictionary(
            plan => plan.Name, plan => new DisclosureRule(plan.Name, plan.Options.Content, [.. plan.Options.MaySeeIdentity.Select(rule => rule.ToString())], plan.Options.Delivery), StringComparer.Ordinal));
    }

    /// <summary>Ends when other publications are configured.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>Sorted by name.</summary>
    public IEnumerable<PublicationPlan> Plans => _contents.Plans.Values;

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

    /// <summary>Holds what that one holds, from now on: the configuration was read anew.</summary>
    /// <param name="next">Worked out and sound.</param>
    /// <param name="unchanged">Publications of which nothing changed: their plans stay the same objects.</param>
    public void Become(PublicationBook next, IReadOnlySet<string> unchanged)
    {
        var before = _contents.Plans;
        Identity.Become(next.Identity);
        _contents = next._contents with { Plans = next._contents.Plans.SetItems(before.Where(plan => unchanged.Contains(plan.Key) && next._contents.Plans.ContainsKey(plan.Key))) };
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <exception cref="MdmException">NotFound, with the names there are.</exception>
    public PublicationPlan Get(string name) => _contents.Plans.GetValueOrDefault(name)
        ?? throw new MdmException(MdmErrorKind.NotFound, $"There is no publication of that name. {NearNames.Sentence(name, _contents.Plans.Keys)}");

    public DisclosureRule? Find(string publication) => _contents.Rules.GetValueOrDefault(publication);

    private static IdentityPolicy PolicyOf(HostOptions options) => new(
        options.Publications.Where(p => p.Value.IsOriginal).ToImmutableDictionary(
            p => p.Key, p => p.Value.MaySeeIdentity.Select(rule => rule.ToString()).ToImmutableHashSet(StringComparer.Ordinal), StringComparer.Ordinal),
        options.Administrators.Select(rule => rule.ToString()).ToImmutableHashSet(StringComparer.Ordinal),
        options.Operators.Select(rule => rule.ToString()).ToImmutableHashSet(StringComparer.Ordinal));

    private sealed record Contents(ImmutableSortedDictionary<string, PublicationPlan> Plans, ImmutableDictionary<string, DisclosureRule> Rules);
}
