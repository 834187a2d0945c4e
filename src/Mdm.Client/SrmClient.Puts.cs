using Mdm.Srm.Messages;

namespace Mdm.Client;

// SRM v2.2 §5.5 to §5.7: writing files.
public sealed partial class SrmClient
{
    /// <summary>srmPrepareToPut (§5.5) of one file, and its status until there is an address to write to.</summary>
    /// <param name="file">Its name to be.</param>
    /// <param name="length">Bytes that will come; null when they are not known.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the waiting, and the request.</param>
    /// <returns>The request's name and the address.</returns>
    /// <exception cref="SrmException">The host refused.</exception>
    public async Task<(string Token, Uri Address)> PrepareToPutAsync(Surl file, long? length, PutOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(options);
        var answer = await CallAsync<PrepareToPutResponse>(
            new PrepareToPutRequest
            {
                FileRequests = [new PutFileRequest(file.ToString(), length)],
                OverwriteOption = options.Replaces ? OverwriteMode.Always : OverwriteMode.Never,
                TargetSpaceToken = options.Space,
                DesiredFileLifeTime = Seconds(options.Lifetime),
                DesiredTotalRequestTime = Seconds(options.GiveUp),
                TransferParameters = new TransferParameters { TransferProtocols = DataProtocols },
            },
            cancellationToken).ConfigureAwait(false);
        var (status, files) = (answer.ReturnStatus, answer.FileStatuses ?? []);
        try
        {
            for (var round = 0; IsPending(status.StatusCode); round++)
            {
                var token = answer.RequestToken ?? throw new SrmException(null, $"{Endpoint.Authority} queued a put and gave no token to ask for it.");
                await PauseAsync(round, files.Min(f => f.EstimatedWaitTime), cancellationToken).ConfigureAwait(false);
                var progress = await CallAsync<StatusOfPutRequestResponse>(new StatusOfPutRequestRequest { RequestToken = token }, cancellationToken).ConfigureAwait(false);
                (status, files) = (progress.ReturnStatus, progress.FileStatuses ?? []);
            }
        }
        catch (OperationCanceledException) when (answer.RequestToken is not null)
        {
            await AbortAsync(answer.RequestToken).ConfigureAwait(false);
            throw;
        }
        Demand(status, files.Select(f => (f.Surl, f.Status)));
        return answer.RequestToken is { } name && files is [{ TransferUrl: { } text }] && Uri.TryCreate(text, UriKind.Absolute, out var address) && DataProtocols.Contains(address.Scheme)
            ? (name, address)
            : throw new SrmException(null, $"{file}: the host names no address to write to.");
    }

    /// <summary>srmPutDone (§5.7): all bytes are there, the file may appear.</summary>
    /// <exception cref="SrmException">The host refused; nothing appeared.</exception>
    public async Task PutDoneAsync(string requestToken, Surl file, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        var answer = await CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = requestToken, Surls = [file.ToString()] }, cancellationToken).ConfigureAwait(false);
        Demand(answer.ReturnStatus, (answer.FileStatuses ?? []).Select(f => (f.Surl, f.Status)));
    }
}

/// <summary>How to put a file.</summary>
public sealed record PutOptions
{
    /// <summary>True to take the place of a file that is there.</summary>
    public bool Replaces { get; init; }

    /// <summary>The token of the space that it takes its room from; the host's choice when null.</summary>
    public string? Space { get; init; }

    /// <summary>How long the file shall live; as the host has it when null.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>How long the host may take to make ready, and wait for the bytes.</summary>
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often a transfer that broke off is begun again.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>Longest silence of a transfer before it counts as broken off.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
