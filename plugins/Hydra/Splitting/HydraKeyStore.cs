using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Hydra.Splitting;

/// <summary>Content keys split among keystores. The host registers under its own certificate and asks for callers by name: each keystore looks at the caller's rights itself.</summary>
internal sealed class HydraKeyStore : IListableKeyStore, IProbeable, IDiscoverable
{
    private readonly HydraOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _http;
    private readonly KeystoreGroup _group;
    private readonly Mending _mending;
    private long _lastStamp;

    public HydraKeyStore(HydraOptions options, PluginContext context)
    {
        (_options, _clock) = (options, context.TimeProvider);
        var log = context.LoggerFactory.CreateLogger<HydraKeyStore>();
        _http = KeystoreConnections.Create((endpoint, cancellationToken) => context.ConnectAsync(endpoint, null, cancellationToken));
        _group = new KeystoreGroup(options.Keystores.Select(address => new KeystoreClient(_http, address)), options.Threshold, new KeystoreGroupOptions
        {
            TimeLimit = options.TimeLimit,
            Grace = options.Grace,
            Clock = _clock,
            Found = finding => log.WrongShare(finding.Keystore, finding.Key, finding.Verdict),
        });
        _mending = new Mending(_group, options.RepairInterval, _clock, log);
    }

    public async ValueTask<IReadOnlyList<KeyOutcome>> ObtainManyAsync(IReadOnlyList<KeyDraft> drafts, CancellationToken cancellationToken)
    {
        // The same id twice in a batch is one registration.
        var ids = drafts.Select(d => d.Id).Distinct().ToList();
        var stamp = NextStamp();
        var orders = ids.ConvertAll(id => new KeyOrder(id, KeyRights.OfFile(drafts.First(d => d.Id == id)), stamp));
        var registrations = (await _group.RegisterAsync(orders, ContentKey.Size, cancellationToken).ConfigureAwait(false)).ToDictionary(r => r.Id);
        var outcomes = drafts.Select(d => AsOutcome(registrations[d.Id])).ToArray();
        foreach (var registration in registrations.Values)
            registration.Key?.Dispose();
        return outcomes;
    }

    public async ValueTask<ContentKey> GetAsync(KeyId id, GridIdentity caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var outcome = (await _group.GetKeysAsync([id], caller, cancellationToken).ConfigureAwait(false))[0];
        return outcome.Key ?? throw outcome.Failure!;
    }

    public async ValueTask SetRightsManyAsync(IReadOnlyList<KeyDraft> rights, CancellationToken cancellationToken)
    {
        // Of two orders for one key in a batch the later one counts.
        var last = rights.GroupBy(r => r.Id).Select(g => g.Last());
        Demand(await _group.SetRightsAsync([.. last.Select(r => new RightsOrder(r.Id, KeyRights.OfFile(r)))], NextStamp(), null, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask DestroyManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) =>
        Demand(await _group.DestroyAsync([.. ids.Distinct()], cancellationToken).ConfigureAwait(false));

    public async IAsyncEnumerable<KeyRecord> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listing = _group.List(cancellationToken);
        await foreach (var entry in listing.Entries.ConfigureAwait(false))
        {
            if (!entry.IsDestroyed && entry.Widest is { } rights)
                yield return new KeyRecord(rights.ToFile(entry.Id), !KeystoreGroup.NeedsRepair(entry, listing.Failures));
        }
    }

    /// <exception cref="MdmException">Fewer keystores answer than give a key, or they do not know this host.</exception>
    public async ValueTask<string> ProbeAsync(CancellationToken cancellationToken)
    {
        var states = await Task.WhenAll(_group.Keystores.Select(keystore => StateAsync(keystore, cancellationToken))).ConfigureAwait(false);
        var told = string.Join("; ", states.Select(s => s.Told));
        return states.Count(s => s.IsWell) >= _group.Threshold
            ? $"{_group.Threshold} of {_group.Keystores.Count} keystores give a key; {told}"
            : throw new MdmException(MdmErrorKind.Unavailable, $"{_group.Threshold} of {_group.Keystores.Count} keystores give a key; {told}");
    }

    public ServiceAnnouncement Announce() => new("hydra", [.. _options.Keystores],
        ImmutableDictionary<string, string>.Empty.Add("threshold", _options.Threshold.ToString(CultureInfo.InvariantCulture)).Add("protocol", KeystoreOperations.Version));

    public async ValueTask DisposeAsync()
    {
        await _mending.DisposeAsync().ConfigureAwait(false);
        _http.Dispose();
    }

    private static void Demand(IReadOnlyList<ChangeOutcome> outcomes)
    {
        if (outcomes.FirstOrDefault(o => o.Failure is not null) is { Failure: { } failure })
            throw failure;
    }

    private static KeyOutcome AsOutcome(Registration registration) => registration switch
    {
        { Key: null } => new KeyOutcome(registration.Id, null, registration.Failure),
        { Key.Key.Length: ContentKey.Size } => new KeyOutcome(registration.Id, new ContentKey(registration.Key.Key), null),
        _ => new KeyOutcome(registration.Id, null, new MdmException(MdmErrorKind.Refused, $"The key {registration.Id} has {registration.Key.Key.Length * 8} bits and is not the key of a file.")),
    };

    private async Task<(bool IsWell, string Told)> StateAsync(KeystoreClient keystore, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = new CancellationTokenSource(_options.TimeLimit, _clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var status = await keystore.StatusAsync(both.Token).ConfigureAwait(false);
            return status.IsRegistrar
                ? (true, $"{keystore.Name}: {status.Keys} keys")
                : (false, $"{keystore.Name} does not name this host among its Registrars");
        }
        catch (MdmException e)
        {
            return (false, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, $"{keystore.Name} did not answer in time");
        }
    }

    /// <summary>Later than any before, also within a millisecond.</summary>
    private long NextStamp()
    {
        while (true)
        {
            var last = Volatile.Read(ref _lastStamp);
            var next = Math.Max(_clock.GetUtcNow().ToUnixTimeMilliseconds(), last + 1);
            if (Interlocked.CompareExchange(ref _lastStamp, next, last) == last)
                return next;
        }
    }
}
