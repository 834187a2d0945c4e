using Mdm.Srm.Messages;

namespace Mdm.Client;

// SRM v2.2 §5: data transfer functions.
public sealed partial class SrmClient
{
    // How long a goodbye may take when the user is already leaving.
    internal static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The schemes of transfer addresses that are taken: bytes travel no less protected than the request for them.</summary>
    internal string[] DataProtocols => Endpoint.Scheme == Uri.UriSchemeHttp ? [Uri.UriSchemeHttps, Uri.UriSchemeHttp] : [Uri.UriSchemeHttps];

    /// <summary>srmPrepareToGet (§5.1): asks for TURLs of many files at once. The answer's files may be pending.</summary>
    /// <param name="files">What to read.</param>
    /// <param name="protocols">Schemes the caller can read from, in its order of preference.</param>
    /// <param name="pin">How long the files shall stay; the host's default when null.</param>
    /// <param name="giveUp">When the host shall stop trying; its default when null.</param>
    /// <param name="cancellationToken">Ends the call, not the request.</param>
    public Task<PrepareToGetResponse> PrepareToGetAsync(
        IReadOnlyList<Surl> files, IReadOnlyList<string> protocols, TimeSpan? pin, TimeSpan? giveUp, CancellationToken cancellationToken) =>
        CallAsync<PrepareToGetResponse>(
            new PrepareToGetRequest
            {
                FileRequests = [.. files.Select(f => new GetFileRequest(f.ToString()))],
                DesiredPinLifeTime = Seconds(pin),
                DesiredTotalRequestTime = Seconds(giveUp),
                TransferParameters = new TransferParameters { TransferProtocols = protocols },
            },
            cancellationToken);

    /// <summary>srmStatusOfGetRequest (§5.2), of every file in the request.</summary>
    public Task<StatusOfGetRequestResponse> StatusOfGetAsync(string requestToken, CancellationToken cancellationToken) =>
        CallAsync<StatusOfGetRequestResponse>(new StatusOfGetRequestRequest { RequestToken = requestToken }, cancellationToken);

    /// <summary>srmBringOnline and its status until nothing is pending (§5.3, §5.4). One status each; cancelling aborts the request.</summary>
    public async Task<IReadOnlyList<BringOnlineRequestFileStatus>> BringOnlineAsync(IReadOnlyList<Surl> files, TimeSpan? pin, TimeSpan? giveUp, CancellationToken cancellationToken)
    {
        var request = new BringOnlineRequest
        {
            FileRequests = [.. files.Select(f => new GetFileRequest(f.ToString()))],
            DesiredLifeTime = Seconds(pin),
            DesiredTotalRequestTime = Seconds(giveUp),
        };
        var answer = await CallAsync<BringOnlineResponse>(request, cancellationToken).ConfigureAwait(false);
        var (status, statuses) = (answer.ReturnStatus, answer.FileStatuses ?? []);
        try
        {
            for (var round = 0; IsPending(status.StatusCode); round++)
            {
                var token = answer.RequestToken ?? throw new SrmException(null, $"{Endpoint.Authority} queued a request and gave no token to ask for it.");
                await PauseAsync(round, statuses.Where(s => IsPending(s.Status.StatusCode)).Min(s => s.EstimatedWaitTime), cancellationToken).ConfigureAwait(false);
                var progress = await CallAsync<StatusOfBringOnlineRequestResponse>(new StatusOfBringOnlineRequestRequest { RequestToken = token }, cancellationToken).ConfigureAwait(false);
                (status, statuses) = (progress.ReturnStatus, progress.FileStatuses ?? []);
            }
        }
        catch (OperationCanceledException) when (answer.RequestToken is not null)
        {
            await AbortAsync(answer.RequestToken).ConfigureAwait(false);
            throw;
        }
        Demand(status, statuses.Select(s => (s.SourceSurl, s.Status)));
        return statuses;
    }

    /// <summary>srmReleaseFiles (§5.9): the files need not stay for this request any longer.</summary>
    /// <param name="requestToken">The request; null releases the caller's pins on the files in every request.</param>
    /// <param name="surls">As they were sent; null for all of the request.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task ReleaseFilesAsync(string? requestToken, IReadOnlyList<string>? surls, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = requestToken, Surls = surls }, cancellationToken).ConfigureAwait(false);
        Demand(answer.ReturnStatus, (answer.FileStatuses ?? []).Select(f => (f.Surl, f.Status)));
    }

    /// <summary>srmAbortRequest (§5.11).</summary>
    public async Task AbortRequestAsync(string requestToken, CancellationToken cancellationToken) =>
        Demand((await CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = requestToken }, cancellationToken).ConfigureAwait(false)).ReturnStatus, "the request");

    /// <summary>srmAbortFiles (§5.12).</summary>
    public async Task AbortFilesAsync(string requestToken, IReadOnlyList<Surl> files, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<AbortFilesResponse>(new AbortFilesRequest { RequestToken = requestToken, Surls = Texts(files) }, cancellationToken).ConfigureAwait(false);
        Demand(answer.ReturnStatus, (answer.FileStatuses ?? []).Select(f => (f.Surl, f.Status)));
    }

    /// <summary>srmGetSpaceTokens (§2.10).</summary>
    /// <param name="description">The spaces of that description; null for all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<string>> GetSpaceTokensAsync(string? description, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<GetSpaceTokensResponse>(new GetSpaceTokensRequest { UserSpaceTokenDescription = description }, cancellationToken).ConfigureAwait(false);
        Demand(answer.ReturnStatus, description ?? "space tokens");
        return answer.SpaceTokens ?? [];
    }

    /// <summary>srmGetSpaceMetaData (§2.6).</summary>
    public async Task<IReadOnlyList<MetaDataSpace>> GetSpaceMetaDataAsync(IReadOnlyList<string> tokens, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<GetSpaceMetaDataResponse>(new GetSpaceMetaDataRequest { SpaceTokens = tokens }, cancellationToken).ConfigureAwait(false);
        Demand(answer.ReturnStatus, "spaces");
        return answer.SpaceDetails ?? [];
    }

    /// <summary>Ends a request whose user went away; that it could not be told changes nothing for that user.</summary>
    internal async Task AbortAsync(string requestToken)
    {
        using var limit = new CancellationTokenSource(GoodbyeTimeout, Clock);
        try
        {
            await AbortRequestAsync(requestToken, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SrmException or OperationCanceledException)
        {
            // The host ends it by itself when its time is over.
        }
    }

    // 0 would mean the default.
    private static int? Seconds(TimeSpan? time) => time is { } value ? (int)Math.Clamp(Math.Ceiling(value.TotalSeconds), 1, int.MaxValue) : null;
}
