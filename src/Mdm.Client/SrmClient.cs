using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Mdm.Abstractions;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Client;

/// <summary>
/// The operations of SRM v2.2 that reading and tending files needs, one method each, at one endpoint. Safe for concurrent use.
/// Every refusal is an <see cref="SrmException"/>; a request of several files is refused when none of them went well, otherwise each carries its own status.
/// </summary>
/// <param name="http">Sends the calls; its handler brings credential and trust. Not disposed.</param>
/// <param name="endpoint">The service, as <see cref="Surl.Endpoint"/>.</param>
/// <param name="options">Limits; the defaults when null.</param>
/// <param name="timeProvider">The clock that pauses run on; the system's when null.</param>
public sealed partial class SrmClient(HttpClient http, Uri endpoint, SrmClientOptions? options = null, TimeProvider? timeProvider = null)
{
    private static readonly MediaTypeHeaderValue SoapMediaType = MediaTypeHeaderValue.Parse(SoapWriter.ContentType);

    /// <summary>The limits it was made with.</summary>
    public SrmClientOptions Options { get; } = options ?? new SrmClientOptions();

    /// <summary>The service that is asked.</summary>
    public Uri Endpoint => endpoint;

    internal TimeProvider Clock { get; } = timeProvider ?? TimeProvider.System;

    /// <summary>srmPing (§6.2): which version the host speaks, and what it says of itself.</summary>
    public Task<PingResponse> PingAsync(CancellationToken cancellationToken) =>
        CallAsync<PingResponse>(new PingRequest(), cancellationToken);

    /// <summary>srmGetTransferProtocols (§6.1).</summary>
    public async Task<IReadOnlyList<SupportedTransferProtocol>> GetTransferProtocolsAsync(CancellationToken cancellationToken)
    {
        var answer = await CallAsync<GetTransferProtocolsResponse>(new GetTransferProtocolsRequest(), cancellationToken).ConfigureAwait(false);
        Demand(answer.ReturnStatus, "transfer protocols");
        return answer.ProtocolInfo ?? [];
    }

    /// <summary>Sends any request and returns the host's answer, whatever its status.</summary>
    /// <exception cref="SrmException">The host could not be reached, did not speak SRM, or did not answer in time.</exception>
    public async Task<TResponse> CallAsync<TResponse>(SrmRequest request, CancellationToken cancellationToken)
        where TResponse : SrmResponse
    {
        ArgumentNullException.ThrowIfNull(request);
        using var limit = new CancellationTokenSource(Options.CallTimeout, Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var answer = await SendAsync(request, both.Token).ConfigureAwait(false);
            return answer as TResponse
                ?? throw new SrmException(null, $"{endpoint.Authority} answered {request.Operation.Name} with {answer.Operation.Name}.");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SrmException(null, $"{endpoint.Authority} did not answer {request.Operation.Name} within {Options.CallTimeout.TotalSeconds:0} seconds.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or MdmException)
        {
            throw Unreachable(endpoint, e);
        }
    }

    internal static SrmException Unreachable(Uri address, Exception cause)
    {
        // What Mdm.Gsi says is said to users; otherwise the innermost message says most: a refused connection, a reset.
        for (var e = cause; e is not null; e = e.InnerException)
        {
            if (e is MdmException said)
                return new SrmException(null, said.Message, cause);
        }
        return new SrmException(null, $"{address.Authority} cannot be reached: {cause.GetBaseException().Message.TrimEnd('.')}.", cause);
    }

    private async Task<SrmResponse> SendAsync(SrmRequest request, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        SoapWriter.WriteRequest(body, request);
        using var message = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ReadOnlyMemoryContent(body.WrittenMemory) };
        message.Content.Headers.ContentType = SoapMediaType;
        message.Headers.TryAddWithoutValidation("SOAPAction", $"\"{request.Operation.Name}\"");
        using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        // SOAP 1.1 §6.2: a fault comes with 500.
        if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.InternalServerError)
            throw new SrmException(null, $"There is no SRM at {endpoint}: it answered HTTP {(int)response.StatusCode}.");
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                return await SoapReader.ReadResponseAsync(stream, SoapLimits.Response, cancellationToken).ConfigureAwait(false);
            }
            catch (SoapException e)
            {
                throw new SrmException(null, $"{endpoint.Authority} answered {request.Operation.Name}: {e.Message}", e);
            }
        }
    }

    private async Task ActAsync<TResponse>(SrmRequest request, Surl surl, CancellationToken cancellationToken)
        where TResponse : SrmStatusResponse =>
        Demand((await CallAsync<TResponse>(request, cancellationToken).ConfigureAwait(false)).ReturnStatus, surl.ToString());

    private static void Demand(ReturnStatus status, string subject)
    {
        if (!IsGood(status.StatusCode))
            throw SrmException.Of(status, subject);
    }

    // A request's status says little when its one file says why.
    private static void Demand(ReturnStatus status, IEnumerable<(string Surl, ReturnStatus Status)> files)
    {
        if (IsGood(status.StatusCode))
            return;
        foreach (var (surl, file) in files)
        {
            if (!IsGood(file.StatusCode))
                throw SrmException.Of(file, surl);
        }
        throw SrmException.Of(status, "the request");
    }

    /// <summary>True for what went well, in whole or in part.</summary>
    internal static bool IsGood(StatusCode code) => code is StatusCode.Success or StatusCode.PartialSuccess or StatusCode.FilePinned
        or StatusCode.FileInCache or StatusCode.SpaceAvailable or StatusCode.Released or StatusCode.Done or StatusCode.LowerSpaceGranted;

    /// <summary>True for what is still to come.</summary>
    internal static bool IsPending(StatusCode code) => code is StatusCode.RequestQueued or StatusCode.RequestInProgress or StatusCode.RequestSuspended;

    /// <summary>Waits before asking again: what the host estimates, but soon at first, since its estimates are whole seconds.</summary>
    internal async Task PauseAsync(int round, int? estimatedSeconds, CancellationToken cancellationToken)
    {
        // Past thirty doublings any first pause is longer than the longest.
        var pause = Options.FirstPause * Math.Pow(2, Math.Min(round, 30));
        if (estimatedSeconds is > 0 and var seconds)
        {
            var estimate = TimeSpan.FromSeconds(seconds);
            // A wait of more than a moment is believed; asking meanwhile would only cost.
            pause = seconds > 1 && estimate > pause ? estimate : pause < estimate ? pause : estimate;
        }
        await Task.Delay(pause < Options.LongestPause ? pause : Options.LongestPause, Clock, cancellationToken).ConfigureAwait(false);
    }
}
