using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Diagnostics;
using Mdm.Host.Metadata;
using Mdm.Host.Plugins;
using Mdm.Host.Publication;
using Mdm.Host.Staging;
using Mdm.Host.Uploads;

namespace Mdm.Host.Administration;

/// <summary>What a reload did. Names are those of the configuration.</summary>
/// <param name="Changed">Parts that hold from now on: <c>Archives:NAME</c>, <c>Publications:NAME</c>, <c>Operators</c>; added, changed or removed.</param>
/// <param name="NeedRestart">Keys that differ from those the host was started with, and hold only after a restart.</param>
/// <param name="Trouble">What of that which changed does not serve, as its probe says.</param>
internal sealed record ReloadOutcome(IReadOnlyList<string> Changed, IReadOnlyList<string> NeedRestart, IReadOnlyList<string> Trouble);

/// <summary>
/// Reads the configuration anew while the host serves. Archives, de-identifiers, publications, administrators and operators change at once, all of them or, where there is a fault, none;
/// everything else is named and waits for a restart.
/// </summary>
internal sealed class ConfigurationReload(
    Preparation started, HostCommandLine command, InstanceSet instances, ConfiguredArchives archives, StagingArea staging, PublicationBook book, MetadataPlans metadata, InstanceWatch health, ILogger<ConfigurationReload> log) : IDisposable
{
    private static readonly string[] Reloadable = [nameof(HostOptions.Archives), nameof(HostOptions.Deidentifiers), nameof(HostOptions.Publications), nameof(HostOptions.Administrators), nameof(HostOptions.Operators)];
    private static readonly string[] Whole = [nameof(HostOptions.Administrators), nameof(HostOptions.Operators)];

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private Preparation _now = started;

    /// <exception cref="ConfigurationFaultException">All faults at once; everything is as it was.</exception>
    public async Task<ReloadOutcome> RunAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            return await RunAloneAsync(Preparation.ReadAgain(command, Environment.GetEnvironmentVariables()), cancellationToken);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<ReloadOutcome> RunAloneAsync(IReadOnlyDictionary<string, string> read, CancellationToken cancellationToken)
    {
        // The whole file must be sound, also what would hold only after a restart: or that would fail one day.
        Demand(_now.With(read), "");
        var effective = _now.With(read.Where(value => IsReloadable(value.Key)).Concat(_now.Values.Where(value => !IsReloadable(value.Key))).ToDictionary(StringComparer.OrdinalIgnoreCase));
        // Publications of a host that has no keystore until it is started anew, for example.
        Demand(effective, " What was changed elsewhere in the configuration holds only after a restart, and this is checked against what the host runs with.");
        var options = effective.Configuration.Options;
        var changed = PartsOf(read).Union(PartsOf(_now.Values), StringComparer.Ordinal).Where(part => Differs(part, read)).Order(StringComparer.Ordinal).ToList();
        var planned = effective.Plan.Where(plan => changed.Contains(plan.Path)).ToList();
        var removed = instances.Configured.Where(plan => plan.Kind is OfferKind.Archive or OfferKind.Deidentifier && !effective.Plan.Any(other => other.Path == plan.Path)).Select(plan => (plan.Kind, plan.Name)).ToList();
        var nextBook = PublicationBook.Of(options);
        var nextMetadata = MetadataPlans.Of(options);

        await instances.ExchangeAsync(planned, removed, archive => PutPlaces.FaultsOf(options, archive));
        // From here on nothing fails.
        archives.Renew();
        metadata.Become(nextMetadata);
        book.Become(nextBook, options.Publications.Keys.Where(name => !changed.Contains(PartOf(nameof(HostOptions.Publications), name))).ToHashSet(StringComparer.Ordinal));
        staging.Renew(planned.Where(plan => plan.Kind == OfferKind.Archive).Select(plan => plan.Name));
        _now = effective;

        var needRestart = read.Keys.Union(_now.Values.Keys, StringComparer.OrdinalIgnoreCase).Where(key => !IsReloadable(key) && read.GetValueOrDefault(key) != _now.Values.GetValueOrDefault(key)).Order(StringComparer.Ordinal).ToList();
        Log.Reloaded(log, string.Join(", ", changed.DefaultIfEmpty("nothing")), needRestart.Count);
        await health.LookAsync(cancellationToken);
        return new ReloadOutcome(changed, needRestart, [.. planned.Where(plan => health.Of(plan.Path) is { Serves: false }).Select(plan => $"{plan.Path}: {health.Of(plan.Path)!.Found}")]);
    }

    private static void Demand(Preparation preparation, string remark)
    {
        var faults = preparation.Faults.ToList();
        // Only what is bound can be worked out.
        if (faults.Count == 0)
            faults.AddRange(PublicationBook.FaultsOf(preparation.Configuration.Options).Concat(MetadataPlans.FaultsOf(preparation.Configuration.Options))
                .Concat(PutPlaces.FaultsOf(preparation.Configuration.Options, preparation.Configuration.Options.NameOfPool())).Select(fault => fault.ToString()));
        if (faults.Count > 0)
            throw new ConfigurationFaultException([.. faults.Select(fault => new ConfigurationFault(string.Empty, fault + remark))]);
    }

    /// <summary>What changes as one: each archive, de-identifier and publication by itself, the lists of people as a whole.</summary>
    private static IEnumerable<string> PartsOf(IReadOnlyDictionary<string, string> values) => values.Keys.Where(IsReloadable)
        .Select(key => key.Split(':')).Select(names => Whole.Contains(names[0], StringComparer.OrdinalIgnoreCase) || names.Length < 2 ? names[0] : PartOf(names[0], names[1])).Distinct(StringComparer.Ordinal);

    private bool Differs(string part, IReadOnlyDictionary<string, string> read) => !ValuesOf(part, read).SequenceEqual(ValuesOf(part, _now.Values));

    private static IEnumerable<KeyValuePair<string, string>> ValuesOf(string part, IReadOnlyDictionary<string, string> values) =>
        values.Where(value => value.Key.Equals(part, StringComparison.OrdinalIgnoreCase) || value.Key.StartsWith(part + ":", StringComparison.OrdinalIgnoreCase)).OrderBy(value => value.Key, StringComparer.Ordinal);

    private static string PartOf(string section, string name) => $"{section}:{name}";

    private static bool IsReloadable(string key) => Reloadable.Contains(key.Split(':')[0], StringComparer.OrdinalIgnoreCase);
}
