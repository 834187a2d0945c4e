using System.Collections.Concurrent;
using Mdm.Abstractions;
using Mdm.Host.Configuration;

namespace Mdm.Host.Plugins;

/// <summary>
/// Every configured archive, catalogue, keystore and so on, made once. Whoever uses one leases it, so that a changed configuration can put another in its place
/// while the old one serves out what it began.
/// </summary>
internal sealed class InstanceSet : IAsyncDisposable
{
    /// <summary>How long the end of the process waits for leases that are still out.</summary>
    private static readonly TimeSpan DisposeLimit = TimeSpan.FromSeconds(30);

    /// <summary>How long an instance may take to be made.</summary>
    private static readonly TimeSpan MakeLimit = TimeSpan.FromMinutes(2);

    /// <summary>A probe that does not end is enough: there is no other before it has.</summary>
    private const int MostProbesLeftBehind = 1;

    private readonly ConcurrentDictionary<(OfferKind Kind, string Name), Instance> _instances = new();
    private readonly PluginSurroundings _surroundings;
    private readonly ILogger _log;

    private InstanceSet(PluginSurroundings surroundings)
    {
        _surroundings = surroundings;
        Calls = new PluginCalls(surroundings.LoggerFactory.CreateLogger<PluginCalls>());
        _log = surroundings.LoggerFactory.CreateLogger<InstanceSet>();
    }

    /// <summary>What of the instances' calls was left behind.</summary>
    public PluginCalls Calls { get; }

    /// <summary>What is configured, sorted by its place in the configuration.</summary>
    public IReadOnlyList<PlannedInstance> Configured => [.. _instances.Values.Select(i => i.Plan).OrderBy(p => p.Path, StringComparer.Ordinal)];

    /// <summary>Makes all instances; those that cannot be made are faults at their place, and then nothing is kept.</summary>
    /// <exception cref="ConfigurationFaultException">At least one factory threw.</exception>
    public static async Task<InstanceSet> CreateAsync(IReadOnlyList<PlannedInstance> plan, PluginSurroundings surroundings)
    {
        var set = new InstanceSet(surroundings);
        var faults = new List<ConfigurationFault>();
        foreach (var planned in plan)
        {
            var (instance, fault) = await set.MakeAsync(planned).ConfigureAwait(false);
            if (instance is not null)
                set._instances[(planned.Kind, planned.Name)] = instance;
            else
                faults.Add(fault!);
        }
        if (faults.Count == 0)
            return set;
        await set.DisposeAsync().ConfigureAwait(false);
        throw new ConfigurationFaultException(faults);
    }

    /// <exception cref="MdmException">There is no archive of that name.</exception>
    public Lease<IStorageBackend> Archive(string name) => Take<IStorageBackend>(OfferKind.Archive, name);

    /// <exception cref="MdmException">There is no de-identifier of that name.</exception>
    public Lease<IDeidentifier> Deidentifier(string name) => Take<IDeidentifier>(OfferKind.Deidentifier, name);

    /// <exception cref="MdmException">This host has no catalogue.</exception>
    public Lease<ICatalog> Catalog() => Take<ICatalog>(OfferKind.Catalog, "Catalog");

    /// <exception cref="MdmException">This host has no keystore.</exception>
    public Lease<IKeyStore> KeyStore() => Take<IKeyStore>(OfferKind.KeyStore, "Keys");

    /// <exception cref="MdmException">This host has no metadata store.</exception>
    public Lease<IMetadataStore> MetadataStore() => Take<IMetadataStore>(OfferKind.MetadataStore, "Metadata");

    /// <exception cref="MdmException">There is no such service.</exception>
    public Lease<IGridService> GridService(string name) => Take<IGridService>(OfferKind.GridService, name);

    /// <exception cref="MdmException">There is no such service.</exception>
    public Lease<IGridHttpService> GridHttpService(string name) => Take<IGridHttpService>(OfferKind.GridHttpService, name);

    /// <summary>True when something of that kind and name is configured.</summary>
    public bool Has(OfferKind kind, string name) => _instances.ContainsKey((kind, name));

    /// <summary>The archive of that name, only to look at what it can do; null when there is none.</summary>
    public object? FindArchive(string name) => _instances.GetValueOrDefault((OfferKind.Archive, name))?.Value;

    /// <summary>Puts a new instance in the place of the old one, which is disposed when its last lease ends.</summary>
    /// <exception cref="ConfigurationFaultException">The new one cannot be made; the old one stays.</exception>
    public async Task ReplaceAsync(PlannedInstance planned)
    {
        var (instance, fault) = await MakeAsync(planned).ConfigureAwait(false);
        if (instance is null)
            throw new ConfigurationFaultException([fault!]);
        Instance? old = null;
        _instances.AddOrUpdate((planned.Kind, planned.Name), instance, (_, present) =>
        {
            old = present;
            return instance;
        });
        Log.InstanceReplaced(_log, planned.Path);
        if (old is not null)
            await old.RetireAsync().ConfigureAwait(false);
    }

    /// <summary>Makes all of these beside those that are there, and then puts them in their places; what is named in <paramref name="removed"/> goes. Old ones are disposed when their last lease ends.</summary>
    /// <param name="planned">What is to be made.</param>
    /// <param name="removed">What is to go.</param>
    /// <param name="faultsOf">What is wrong with archives that would stand there, by name: only an instance knows all that it can do.</param>
    /// <exception cref="ConfigurationFaultException">At least one cannot be made, or cannot do what is asked of it; then everything stays as it was.</exception>
    public async Task ExchangeAsync(IReadOnlyList<PlannedInstance> planned, IReadOnlyList<(OfferKind Kind, string Name)> removed, Func<Func<string, object?>, IEnumerable<ConfigurationFault>> faultsOf)
    {
        var made = new List<Instance>();
        var faults = new List<ConfigurationFault>();
        foreach (var plan in planned)
        {
            var (instance, fault) = await MakeAsync(plan).ConfigureAwait(false);
            if (instance is not null)
                made.Add(instance);
            else
                faults.Add(fault!);
        }
        if (faults.Count == 0)
            faults.AddRange(faultsOf(name => made.Find(instance => instance.Plan.Kind == OfferKind.Archive && instance.Plan.Name == name)?.Value ?? FindArchive(name)));
        if (faults.Count > 0)
        {
            foreach (var instance in made)
                await instance.RetireAsync().ConfigureAwait(false);
            throw new ConfigurationFaultException(faults);
        }
        var old = new List<Instance>();
        foreach (var instance in made)
        {
            if (_instances.TryGetValue((instance.Plan.Kind, instance.Plan.Name), out var before))
                old.Add(before);
            _instances[(instance.Plan.Kind, instance.Plan.Name)] = instance;
            Log.InstanceReplaced(_log, instance.Plan.Path);
        }
        foreach (var place in removed)
        {
            if (_instances.TryRemove(place, out var before))
                old.Add(before);
        }
        foreach (var instance in old)
            await instance.RetireAsync().ConfigureAwait(false);
    }

    /// <summary>Asks everything that can be asked whether it serves, all at once, each within the limit.</summary>
    public async Task<IReadOnlyList<ProbeResult>> ProbeAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var probes = _instances.Values.Where(i => i.Value is IProbeable).OrderBy(i => i.Plan.Path, StringComparer.Ordinal).Select(i => ProbeOneAsync(i, limit, cancellationToken)).ToList();
        return await Task.WhenAll(probes).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        var all = _instances.Values.ToList();
        _instances.Clear();
        await Task.WhenAll(all.Select(instance => instance.RetireAsync().AsTask())).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(DisposeLimit, _surroundings.TimeProvider);
        foreach (var instance in all)
        {
#pragma warning disable CA1031 // The end of the process must not hang on a plugin's fault.
            try
            {
                await instance.Disposed.WaitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Log.InstanceStillLeased(_log, instance.Plan.Path, DisposeLimit);
            }
            catch (Exception fault)
            {
                Log.InstanceDisposalFailed(_log, instance.Plan.Path, fault);
            }
#pragma warning restore CA1031
        }
    }

    private Lease<T> Take<T>(OfferKind kind, string name)
        where T : class
    {
        // Between finding an instance and leasing it a reload may retire it; its successor is there by then.
        while (_instances.TryGetValue((kind, name), out var instance))
        {
            if (instance.TryLease<T>() is { } lease)
                return lease;
        }
        throw new MdmException(MdmErrorKind.Unsupported, $"This host has no {kind} '{name}'.");
    }

    private async Task<(Instance? Instance, ConfigurationFault? Fault)> MakeAsync(PlannedInstance planned)
    {
        InstanceContext? context = null;
        Task<object>? made = null;
#pragma warning disable CA1031 // A plugin's factory may throw anything; whatever it is becomes one line.
        try
        {
            context = _surroundings.ContextOf(planned);
            var given = context;
            made = Task.Run(() => planned.Offer.Create(planned.Options, given));
            if (await made.WaitAsync(MakeLimit, _surroundings.TimeProvider).ConfigureAwait(false) is { } value)
            {
                var instance = new Instance(planned, value, context);
                context = null;
                return (instance, null);
            }
            return (null, new ConfigurationFault(planned.Path, $"plugin '{planned.Offer.Plugin}' made nothing for '{planned.Offer.Type}'."));
        }
        catch (TimeoutException) when (made is { IsCompleted: false })
        {
            // The factory may still use its context; what it makes too late is nobody's.
            _ = EndLateAsync(made, context!);
            context = null;
            return (null, new ConfigurationFault(planned.Path, $"plugin '{planned.Offer.Plugin}' did not make '{planned.Offer.Type}' within {MakeLimit}."));
        }
        catch (Exception fault)
        {
            Log.InstanceNotMade(_log, planned.Path, fault);
            var kind = fault is MdmException mdm ? mdm.Kind.ToString() : fault.GetType().Name;
            return (null, new ConfigurationFault(planned.Path, $"plugin '{planned.Offer.Plugin}' could not make '{planned.Offer.Type}' ({kind}): {fault.Message}"));
        }
#pragma warning restore CA1031
        finally
        {
            context?.Dispose();
        }
    }

    private static async Task EndLateAsync(Task<object> made, InstanceContext context)
    {
        await ((Task)made).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (made.IsCompletedSuccessfully && made.Result is IAsyncDisposable late)
            await late.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Dispose();
    }

    private async Task<ProbeResult> ProbeOneAsync(Instance instance, TimeSpan limit, CancellationToken cancellationToken)
    {
#pragma warning disable CA1031 // A probe may throw anything; whatever it is becomes one line.
        try
        {
            var left = Calls.Of(instance.Plan.Path + " probe", MostProbesLeftBehind);
            var found = await left.RunAsync(token => ((IProbeable)instance.Value).ProbeAsync(token).AsTask(), limit, _surroundings.TimeProvider, cancellationToken).ConfigureAwait(false);
            return new ProbeResult(instance.Plan.Path, true, found);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // Only what is of the contract says nothing of patients.
            return new ProbeResult(instance.Plan.Path, false, fault is MdmException ? fault.Message : $"its probe failed ({fault.GetType()}).");
        }
#pragma warning restore CA1031
    }
}

/// <summary>What a probe found.</summary>
/// <param name="Path">Which instance.</param>
/// <param name="Serves">True when it serves.</param>
/// <param name="Found">The plugin's sentence, for an administrator.</param>
internal sealed record ProbeResult(string Path, bool Serves, string Found)
{
    public override string ToString() => $"{Path}: {(Serves ? "ok, " : "")}{Found}";
}
