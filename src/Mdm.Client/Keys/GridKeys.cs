using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Formats.Shares;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;

namespace Mdm.Client.Keys;

/// <summary>
/// Keys at the keystores of a group, with the user's own credential: get those of files, and register, rotate and share keys of one's own. Connections are kept and used again. Safe for
/// concurrent use.
/// </summary>
public sealed class GridKeys : IDisposable
{
    /// <summary>How many of them give a key; more than half when it is not set.</summary>
    public const string ThresholdVariable = "MDM_KEY_THRESHOLD";

    private readonly GridCredential _credential;
    private readonly TrustStore _trust;
    private readonly GridTlsClient _tls;
    private readonly HttpMessageInvoker _http;
    private readonly KeystoreGroupOptions _options;
    private readonly TimeProvider _clock;

    private GridKeys(GridCredential credential, TrustStore trust, IReadOnlyList<Uri> keystores, int threshold, KeystoreGroupOptions? options)
    {
        (_credential, _trust, _tls) = (credential, trust, new GridTlsClient(trust));
        _options = options ?? new KeystoreGroupOptions();
        _clock = _options.Clock;
        _http = KeystoreConnections.Create(async (endpoint, cancellationToken) =>
            await _tls.ConnectAsync(endpoint.Host, endpoint.Port, _credential, GridTlsMode.Tls, cancellationToken).ConfigureAwait(false));
        try
        {
            Group = GroupOf(keystores, threshold);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The keystores.</summary>
    public KeystoreGroup Group { get; }

    /// <summary>Makes a client with the credential and trust of the environment. Connects when first used.</summary>
    /// <param name="environment">Where credential and trust are.</param>
    /// <param name="keystores">In the order in which the host has them.</param>
    /// <param name="threshold">How many give a key; null for more than half.</param>
    /// <param name="options">Limits; the defaults when null.</param>
    /// <exception cref="MdmException">There is no credential or trust, or the numbers do not go together.</exception>
    public static GridKeys Open(GridEnvironment environment, IReadOnlyList<Uri> keystores, int? threshold = null, KeystoreGroupOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(keystores);
        if (environment.CertificateFile is null)
            throw new MdmException(MdmErrorKind.NotFound, $"There is no credential. Make a proxy (voms-proxy-init, or mdm demo-grid), or name one; looked at: {environment.Searched}.");
        var credential = GridCredential.Load(environment.CertificateFile, environment.KeyFile ?? environment.CertificateFile);
        try
        {
            return new GridKeys(credential, GridFiles.Trust(environment.TrustDirectory, options?.Clock), keystores, threshold ?? (keystores.Count / 2) + 1, options);
        }
        catch
        {
            credential.Dispose();
            throw;
        }
    }

    /// <summary>Another group, reached the same way.</summary>
    public KeystoreGroup GroupOf(IReadOnlyList<Uri> keystores, int threshold) => new(keystores.Select(At), threshold, _options);

    /// <summary>One keystore.</summary>
    public KeystoreClient At(Uri keystore) => new(_http, keystore);

    /// <summary>The versions of a name that there are, as far as the caller may see them, the latest last.</summary>
    public async Task<IReadOnlyList<NamedKey>> FindAsync(KeyName name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        var entries = await Group.DescribeAsync(name.Ids, cancellationToken).ConfigureAwait(false);
        return [.. entries.Select((entry, i) => new NamedKey(name, i + 1, entry)).Where(k => k.Entry.Latest is not null)];
    }

    /// <summary>The version in force.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>: there is none, or none that the caller may see.</exception>
    public async Task<NamedKey> LatestAsync(KeyName name, CancellationToken cancellationToken) =>
        (await FindAsync(name, cancellationToken).ConfigureAwait(false)) is [.., var latest] ? latest : throw new MdmException(MdmErrorKind.NotFound, $"There is no key '{name.Text}', or you have no right to see it.");

    /// <summary>The key that a name stands for now, which the caller disposes. It takes the right to get the key, not that to see its rights.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>: there is none, or none that the caller may get; <see cref="MdmErrorKind.Unavailable"/>: too few keystores answer.</exception>
    public async Task<(KeyId Id, ContentKey Key)> GetAsync(KeyName name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        var outcomes = await Group.GetKeysAsync(name.Ids, null, cancellationToken).ConfigureAwait(false);
        var latest = outcomes.LastOrDefault(outcome => outcome.Key is not null);
        foreach (var other in outcomes.Where(outcome => outcome != latest))
            other.Key?.Dispose();
        if (latest?.Key is { } key)
            return (latest.Id, key);
        // That a version cannot be had now says more than that another is not there.
        throw outcomes.Select(outcome => outcome.Failure).OfType<MdmException>().FirstOrDefault(failure => failure.Kind != MdmErrorKind.NotFound)
            ?? new MdmException(MdmErrorKind.NotFound, $"The key '{name.Text}' could not be found, or you have no right to get it.");
    }

    /// <summary>Registers the next version of a name, or the first, with the rights of the version before it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="keyLength">Bytes of the key: 16, 24 or 32.</param>
    /// <param name="owner">Who owns a first version.</param>
    /// <param name="rotates">False: refused where there is one already. True: refused where there is none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.AlreadyExists"/>, <see cref="MdmErrorKind.NotFound"/>, <see cref="MdmErrorKind.AccessDenied"/> or as the keystores say.</exception>
    public async Task<NamedKey> RegisterAsync(KeyName name, int keyLength, GridIdentity owner, bool rotates, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        var before = await FindAsync(name, cancellationToken).ConfigureAwait(false) is [.., var last] ? last : null;
        if (before is not null && (!rotates || name.IsId))
            throw new MdmException(MdmErrorKind.AlreadyExists, $"There is a key '{name.Text}' already{(rotates ? ", and an id has no versions; rotate a key by its name" : "")}.");
        if (before is null && rotates)
            throw new MdmException(MdmErrorKind.NotFound, $"There is no key '{name.Text}', or you have no right to see it.");
        if (before?.Version == KeyName.MaxVersions)
            throw new MdmException(MdmErrorKind.Refused, $"The key '{name.Text}' was rotated {KeyName.MaxVersions - 1} times; take another name.");
        var version = (before?.Version ?? 0) + 1;
        var rights = before?.Entry.Latest!.Rights ?? KeyRights.OfOwner(owner);
        while (true)
        {
            var registration = (await Group.RegisterAsync([new KeyOrder(name.IdOf(version), rights, Now)], keyLength, cancellationToken).ConfigureAwait(false))[0];
            using var key = registration.Key;
            // A version that was destroyed is passed over.
            if (registration.Failure is { Kind: MdmErrorKind.Refused } && !name.IsId && version < KeyName.MaxVersions)
                version++;
            else if (registration.Failure is { } failure)
                throw failure;
            else if (!registration.IsNew)
                throw new MdmException(MdmErrorKind.AlreadyExists, $"Somebody registered the key '{name.Text}' at the same time.");
            else
                return (await FindAsync(name, cancellationToken).ConfigureAwait(false)).First(k => k.Version == version);
        }
    }

    /// <summary>Changes rights on a key, from what they are to what <paramref name="change"/> makes of them; refused if somebody else changed them meanwhile.</summary>
    public async Task ChangeRightsAsync(NamedKey key, Func<KeyRights, KeyRights> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(change);
        var latest = key.Entry.Latest!;
        var order = new RightsOrder(key.Entry.Id, change(latest.Rights!));
        Demand(key.Name, (await Group.SetRightsAsync([order], Math.Max(Now, latest.Item.Stamp + 1), latest.Item.Stamp, cancellationToken).ConfigureAwait(false))[0]);
    }

    /// <summary>Destroys a key for good.</summary>
    public async Task DestroyAsync(KeyName name, KeyId id, CancellationToken cancellationToken) =>
        Demand(name, (await Group.DestroyAsync([id], cancellationToken).ConfigureAwait(false))[0]);

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _tls.Dispose();
        _trust.Dispose();
        _credential.Dispose();
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static void Demand(KeyName name, ChangeOutcome outcome)
    {
        if (outcome.Failure is { } failure)
            throw failure;
        if (outcome.Done == 0)
            throw new MdmException(MdmErrorKind.NotFound, $"The key '{name.Text}' is not there, you have no right to change it, or somebody else changed it meanwhile.");
    }
}

/// <summary>A version of a key.</summary>
/// <param name="Name">What the user calls it.</param>
/// <param name="Version">From 1.</param>
/// <param name="Entry">As the keystores have it.</param>
public sealed record NamedKey(KeyName Name, int Version, GroupEntry Entry);
