using System.Runtime.CompilerServices;
using Mdm.Srm.Messages;

namespace Mdm.Client;

// SRM v2.2 §4: directory functions.
public sealed partial class SrmClient
{
    /// <summary>srmLs without its levels (§4.4): describes entries. The result is in the order of <paramref name="surls"/>; each has its own status.</summary>
    public async Task<IReadOnlyList<MetaDataPathDetail>> StatAsync(IReadOnlyList<Surl> surls, CancellationToken cancellationToken)
    {
        var answer = await LsPageAsync(surls, 0, isFull: true, null, null, cancellationToken).ConfigureAwait(false);
        if (answer.Details is { Count: var count } details && count == surls.Count)
            return details;
        Demand(answer.ReturnStatus, surls.Count == 1 ? surls[0].ToString() : "the listing");
        throw new SrmException(null, $"{Endpoint.Authority} described {answer.Details?.Count ?? 0} of {surls.Count} entries.");
    }

    /// <summary>
    /// srmLs with one level: the directory itself, then its entries, page by page where the host wants that; a file lists itself.
    /// </summary>
    /// <param name="directory">What to list.</param>
    /// <param name="isFull">With rights, times, checksums and where the bytes are: four times as much to send and read.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="SrmException">The host refused the listing.</exception>
    public async IAsyncEnumerable<MetaDataPathDetail> ListAsync(Surl directory, bool isFull, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var whole = await LsPageAsync([directory], 1, isFull, null, null, cancellationToken).ConfigureAwait(false);
        if (whole.ReturnStatus.StatusCode != StatusCode.TooManyResults)
        {
            var self = Self(whole, directory);
            yield return self with { SubPaths = null };
            foreach (var entry in self.SubPaths ?? [])
                yield return entry;
            yield break;
        }

        var offset = 0;
        var next = LsPageAsync([directory], 1, isFull, offset, Options.PageSize, cancellationToken);
        while (true)
        {
            var self = Self(await next.ConfigureAwait(false), directory);
            var entries = self.SubPaths ?? [];
            var isLast = entries.Count < Options.PageSize;
            if (!isLast)
                next = LsPageAsync([directory], 1, isFull, offset + Options.PageSize, Options.PageSize, cancellationToken);
            if (offset == 0)
                yield return self with { SubPaths = null };
            foreach (var entry in entries)
                yield return entry;
            if (isLast)
                yield break;
            offset += Options.PageSize;
        }
    }

    /// <summary>srmMkdir (§4.1).</summary>
    public Task MkdirAsync(Surl directory, CancellationToken cancellationToken) =>
        ActAsync<MkdirResponse>(new MkdirRequest { Surl = directory.ToString() }, directory, cancellationToken);

    /// <summary>srmRmdir (§4.2).</summary>
    public Task RmdirAsync(Surl directory, bool recursive, CancellationToken cancellationToken) =>
        ActAsync<RmdirResponse>(new RmdirRequest { Surl = directory.ToString(), Recursive = recursive ? true : null }, directory, cancellationToken);

    /// <summary>srmMv (§4.6).</summary>
    public Task MvAsync(Surl from, Surl to, CancellationToken cancellationToken) =>
        ActAsync<MvResponse>(new MvRequest { FromSurl = from.ToString(), ToSurl = to.ToString() }, from, cancellationToken);

    /// <summary>srmRm (§4.3): removes files from the name space. One status each, in the host's order.</summary>
    public async Task<IReadOnlyList<SurlReturnStatus>> RmAsync(IReadOnlyList<Surl> files, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<RmResponse>(new RmRequest { Surls = Texts(files) }, cancellationToken).ConfigureAwait(false);
        Demand(answer.ReturnStatus, (answer.FileStatuses ?? []).Select(f => (f.Surl, f.Status)));
        return answer.FileStatuses ?? [];
    }

    private static string[] Texts(IReadOnlyList<Surl> surls) => [.. surls.Select(s => s.ToString())];

    private static MetaDataPathDetail Self(LsResponse answer, Surl surl)
    {
        var self = answer.Details is [var first, ..] ? first : null;
        if (self?.Status is { } status && !IsGood(status.StatusCode))
            throw SrmException.Of(status, surl.ToString());
        Demand(answer.ReturnStatus, surl.ToString());
        return self ?? throw new SrmException(null, $"{surl}: the host listed nothing, not even the directory.");
    }

    private async Task<LsResponse> LsPageAsync(IReadOnlyList<Surl> surls, int levels, bool isFull, int? offset, int? count, CancellationToken cancellationToken)
    {
        var request = new LsRequest { Surls = Texts(surls), FullDetailedList = isFull, NumOfLevels = levels, Offset = offset, Count = count };
        var answer = await CallAsync<LsResponse>(request, cancellationToken).ConfigureAwait(false);
        if (!IsPending(answer.ReturnStatus.StatusCode))
            return answer;

        // §4.5: a listing may be promised.
        var token = answer.RequestToken ?? throw new SrmException(null, $"{Endpoint.Authority} promised a listing and gave no token to ask for it.");
        var end = Clock.GetUtcNow() + Options.ListingTimeout;
        for (var round = 0; Clock.GetUtcNow() < end; round++)
        {
            await PauseAsync(round, null, cancellationToken).ConfigureAwait(false);
            var status = await CallAsync<StatusOfLsRequestResponse>(new StatusOfLsRequestRequest { RequestToken = token, Offset = offset, Count = count }, cancellationToken).ConfigureAwait(false);
            if (!IsPending(status.ReturnStatus.StatusCode))
                return answer with { ReturnStatus = status.ReturnStatus, Details = status.Details };
        }
        await AbortAsync(token).ConfigureAwait(false);
        throw new SrmException(StatusCode.RequestTimedOut, $"{surls[0]}: the listing was not ready within {Options.ListingTimeout.TotalSeconds:0} seconds.");
    }
}
