using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Client.Discovery;
using Mdm.Client.Files;
using Mdm.Client.Keys;
using Mdm.Client.Metadata;
using Mdm.Client.Names;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Mdm.Srm.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Client;

/// <summary>
/// Files on the grid as a user sees them: list, describe, fetch one or a tree. Connections are kept and used again. Safe for concurrent use.
/// What hosts refuse is an <see cref="SrmException"/>; a name that cannot be one, or a credential that cannot be used, is an <see cref="MdmException"/>.
/// </summary>
public sealed partial class GridFiles : IDisposable
{
    private readonly HttpClient _http;
    private readonly Func<Surl, Uri> _endpointOf;
    private readonly SrmClientOptions _options;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyList<IDisposable> _owned;
    private readonly ConcurrentDictionary<Uri, SrmClient> _clients = new();
    private readonly (GridCredential Credential, TrustStore Trust)? _identity;

    internal GridFiles(HttpClient http, Func<Surl, Uri> endpointOf, SrmClientOptions? options, TimeProvider? timeProvider, KeyPlaces keys, IReadOnlyList<IDisposable> owned, (GridCredential Credential, TrustStore Trust)? identity = null)
    {
        _identity = identity;
        (_http, _endpointOf, _options, _clock, _owned) = (http, endpointOf, options ?? new SrmClientOptions(), timeProvider ?? TimeProvider.System, owned);
        _keys = keys;
    }

    /// <summary>Makes a client with the credential and trust of the environment. Connects when first used.</summary>
    /// <exception cref="MdmException">There is no credential, it cannot be used, or there is no trust directory.</exception>
    public static GridFiles Open(GridEnvironment environment, SrmClientOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(environment);
        if (environment.CertificateFile is null)
            throw new MdmException(MdmErrorKind.NotFound, $"There is no credential. Make a proxy (voms-proxy-init, or mdm demo-grid), or name one; looked at: {environment.Searched}.");
        var owned = new List<IDisposable>();
        try
        {
            var credential = GridCredential.Load(environment.CertificateFile, environment.KeyFile ?? environment.CertificateFile);
            owned.Add(credential);
            // A client asks soon after it started and ends soon after: what it read at the start is fresh enough.
            var trust = Trust(environment.TrustDirectory, timeProvider);
            owned.Add(trust);
            var tls = new GridTlsClient(trust);
            owned.Add(tls);
            var http = new HttpClient(GridHttp.CreateHandler(tls, credential), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
            var named = environment.Keystores is { } keystores ? KeystoreSetting.Parse(keystores) : null;
            return new GridFiles(http, surl => surl.Endpoint, options, timeProvider, new KeyPlaces(named, keys => KeySources.Of(keys, http, timeProvider ?? TimeProvider.System)), owned, (credential, trust));
        }
        catch
        {
            Close(owned);
            throw;
        }
    }

    /// <summary>Whose the credential is; null where there is none.</summary>
    public DistinguishedName? Subject => _identity?.Credential.Subject;

    /// <summary>True when the credential has ended: no connection is made with it any more.</summary>
    public bool HasCredentialEnded => _identity is { } identity && identity.Credential.NotAfter <= _clock.GetUtcNow();

    /// <summary>A client of metadata servers with the same credential and trust. To be disposed before this is.</summary>
    /// <exception cref="InvalidOperationException">It was made without.</exception>
    public GridMetadata OpenMetadata() => _identity is { } identity ? GridMetadata.With(identity.Credential, identity.Trust, _clock) : throw new InvalidOperationException("There is no credential.");

    /// <summary>The operations of SRM at a SURL's host.</summary>
    public SrmClient At(Surl surl)
    {
        ArgumentNullException.ThrowIfNull(surl);
        return _clients.GetOrAdd(_endpointOf(surl), endpoint => new SrmClient(_http, endpoint, _options, _clock));
    }

    /// <summary>What an administrator may tell a host.</summary>
    /// <param name="host">Any SURL at the host.</param>
    public Administration AdministrationAt(Surl host)
    {
        var endpoint = _endpointOf(host);
        return new Administration(_http, SiteDiscovery.HostOf(endpoint));
    }

    /// <summary>A host's names, as the users of a file catalogue know them.</summary>
    /// <param name="host">Any SURL at the host.</param>
    public GridNames NamesAt(Surl host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new GridNames(_http, SiteDiscovery.HostOf(_endpointOf(host)), _options, _clock);
    }

    /// <summary>The metadata servers that a host announces; none where it announces none.</summary>
    /// <param name="host">Any SURL at the host.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SrmException">The host cannot be reached, or its announcement cannot be read.</exception>
    public async Task<IReadOnlyList<MetadataServer>> MetadataAtAsync(Surl host, CancellationToken cancellationToken)
    {
        var announced = (await new SiteDiscovery(_http, At(host)).AskAsync(cancellationToken).ConfigureAwait(false)).Metadata;
        return announced is null ? [] : [.. announced.Endpoints.Select(endpoint => new MetadataServer(endpoint.IdnHost, endpoint.Port, []))];
    }

    /// <summary>Describes one entry.</summary>
    public async Task<GridEntry> StatAsync(Surl surl, CancellationToken cancellationToken)
    {
        var detail = (await At(surl).StatAsync([surl], cancellationToken).ConfigureAwait(false))[0];
        return detail.Status is { } status && !SrmClient.IsGood(status.StatusCode) ? throw SrmException.Of(status, surl.ToString()) : GridEntry.Of(detail, surl);
    }

    /// <summary>The entries of a directory, in the host's order, with all that is known of them; a file lists itself.</summary>
    public IAsyncEnumerable<GridEntry> ListAsync(Surl directory, CancellationToken cancellationToken) => ListAsync(directory, isFull: true, cancellationToken);

    /// <summary>The same with names, types and lengths only: quicker where a directory is large.</summary>
    public IAsyncEnumerable<GridEntry> ListNamesAsync(Surl directory, CancellationToken cancellationToken) => ListAsync(directory, isFull: false, cancellationToken);

    private async IAsyncEnumerable<GridEntry> ListAsync(Surl directory, bool isFull, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isSelf = true;
        await foreach (var detail in At(directory).ListAsync(directory, isFull, cancellationToken).ConfigureAwait(false))
        {
            if (!isSelf)
                yield return GridEntry.Of(detail, GridEntry.SurlOf(detail, directory));
            else if (detail.Type is FileType.File or FileType.Link)
                yield return GridEntry.Of(detail, directory);
            isSelf = false;
        }
    }

    /// <summary>Everything below a directory, parents first. Symbolic names are not followed.</summary>
    public IAsyncEnumerable<GridEntry> WalkAsync(Surl directory, CancellationToken cancellationToken) =>
        new DirectoryWalk(At(directory)).BelowAsync(directory, cancellationToken);

    /// <summary>Fetches one file. An interrupted fetch is continued by the next one to the same place.</summary>
    /// <param name="file">What.</param>
    /// <param name="destination">The file to write; its directory is made where missing.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="progress">Told what happens, on any thread; null for nobody.</param>
    /// <param name="cancellationToken">Ends the fetch and the host's request.</param>
    public async Task<FetchedFile> FetchAsync(Surl file, string destination, FetchOptions? options, IProgress<FetchEvent>? progress, CancellationToken cancellationToken)
    {
        var entry = await StatAsync(file, cancellationToken).ConfigureAwait(false);
        if (entry.Type == FileType.Directory)
            throw IsDirectory(file);
        var result = await RunAsync(At(file), new[] { new FetchJob(entry, Path.GetFullPath(destination)) }.ToAsyncEnumerable(), options, progress, cancellationToken).ConfigureAwait(false);
        return result.Missed is [var missed, ..] ? throw missed.Reason : result.Files[0];
    }

    /// <summary>The Adler-32 of a file on this machine, eight hexadecimal digits, as listings show it.</summary>
    public static Task<string> Adler32OfAsync(string path, CancellationToken cancellationToken) => Fetch.Adler32OfAsync(path, cancellationToken);

    /// <summary>Fetches everything below a directory. What cannot be had does not stop the rest.</summary>
    /// <param name="directory">What.</param>
    /// <param name="destination">The directory that takes the place of <paramref name="directory"/>; made where missing.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="progress">Told what happens, on any thread; null for nobody.</param>
    /// <param name="cancellationToken">Ends the fetch and the host's requests.</param>
    public Task<FetchResult> FetchTreeAsync(Surl directory, string destination, FetchOptions? options, IProgress<FetchEvent>? progress, CancellationToken cancellationToken) =>
        RunAsync(At(directory), JobsAsync(directory, Path.GetFullPath(destination), cancellationToken), options, progress, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseKeys();
        _http.Dispose();
        Close(_owned);
    }

    private async IAsyncEnumerable<FetchJob> JobsAsync(Surl directory, string destination, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(destination);
        await foreach (var entry in WalkAsync(directory, cancellationToken).ConfigureAwait(false))
        {
            if (!entry.Surl.Path.IsAtOrBelow(directory.Path))
                throw new SrmException(null, $"{directory}: the host lists {entry.Surl.Path}, which is not below it.");
            var here = Path.Combine([destination, .. entry.Surl.Path.Names[directory.Path.Names.Length..]]);
            if (entry.Type == FileType.Directory)
                Directory.CreateDirectory(here);
            else
                yield return new FetchJob(entry, here);
        }
    }

    private async Task<FetchResult> RunAsync(SrmClient srm, IAsyncEnumerable<FetchJob> jobs, FetchOptions? options, IProgress<FetchEvent>? progress, CancellationToken cancellationToken)
    {
        var gate = new Lock();
        options ??= new FetchOptions();
        using var fetch = new Fetch(_http, srm, options, Report, options.KeepSealed ? null : KeysAt(srm));
        return await fetch.RunAsync(jobs, cancellationToken).ConfigureAwait(false);

        void Report(FetchEvent what)
        {
            if (progress is null)
                return;
            lock (gate)
                progress.Report(what);
        }
    }

    internal static TrustStore Trust(string directory, TimeProvider? timeProvider)
    {
        try
        {
            // As Globus has it for clients: a revocation list that is there counts, but few machines of users fetch them.
            var options = new TrustOptions { CertificateDirectory = directory, MissingCrl = MissingCrlPolicy.Accept, ReloadInterval = TimeSpan.Zero };
            return new TrustStore(options, NullLogger<TrustStore>.Instance, timeProvider);
        }
        catch (IOException e)
        {
            throw new MdmException(MdmErrorKind.NotFound, $"There is no directory of trusted CAs at {directory}; set X509_CERT_DIR. {e.Message}", e);
        }
    }

    private static SrmException IsDirectory(Surl place)
    {
        var why = new MdmException(MdmErrorKind.IsADirectory, $"{place} is a directory.");
        return new SrmException(null, why.Message, why);
    }

    private static void Close(IReadOnlyList<IDisposable> owned)
    {
        foreach (var one in owned.Reverse())
            one.Dispose();
    }
}
