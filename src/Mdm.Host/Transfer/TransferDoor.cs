using Mdm.Formats.Sealed;
using Mdm.Host.Access;
using Mdm.Host.Staging;
using Mdm.Host.Usage;
using Microsoft.AspNetCore.Http.Features;

namespace Mdm.Host.Transfer;

/// <summary>TURL to bytes: GET and HEAD with ranges (RFC 9110), digests (RFC 3230), COPY to another site, and tokens for those who ask with POST.</summary>
internal sealed class TransferDoor(TransferGate gate, StagingArea staging, RemoteSites sites, TransferOptions options, TimeProvider time, ILogger<TransferDoor> log, UsageBook? usage = null)
{
    public const string Allowed = "GET, HEAD, COPY, OPTIONS, POST";

    public async Task HandleAsync(HttpContext context, AuditTrail audit)
    {
        try
        {
            switch (context.Request.Method)
            {
                case "GET" or "HEAD":
                    await SendFileAsync(context, audit);
                    break;
                case "COPY":
                    await SendElsewhereAsync(context, audit);
                    break;
                case "POST" when context.Request.ContentType is { } type && TokenAnswer.IsAskedBy(type):
                    await TokenAnswer.SendAsync(context, options.LongestToken, time, (request, latest) => gate.IssueTokenAsync(context, request, latest));
                    break;
                case "POST":
                    await Refusals.AnswerAsync(context, StatusCodes.Status415UnsupportedMediaType, $"Only {TokenAnswer.MediaType} can be posted here.");
                    break;
                case "OPTIONS":
                    context.Response.Headers.Allow = Allowed;
                    context.Response.StatusCode = StatusCodes.Status204NoContent;
                    break;
                default:
                    context.Response.Headers.Allow = Allowed;
                    await Refusals.AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, $"{context.Request.Method} is not offered on a transfer address; {Allowed} are.");
                    break;
            }
        }
        catch (UnknownCallerException unknown)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            audit.Stranger("transfer", unknown.Shown);
            await Refusals.AnswerAsync(context, StatusCodes.Status401Unauthorized, unknown.Message);
        }
        catch (MdmException refusal) when (!context.Response.HasStarted)
        {
            Log.Refused(log, context.Connection.Id, refusal.Kind, refusal.Message);
            await Refusals.AnswerAsync(context, refusal);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left before there was anything to send.
        }
    }

    private async Task SendFileAsync(HttpContext context, AuditTrail audit)
    {
        var isHead = HttpMethods.IsHead(context.Request.Method);
        var (_, file) = await gate.PassAsync(context, isHead ? TokenActivities.List | TokenActivities.Download : TokenActivities.Download);
        var (staged, reader) = await OpenToldAsync(file, audit, context.RequestAborted);
        using (reader)
        {
            var plan = TransferPlan.Make(context.Request.Headers, staged, reader.IsSealed ? SealedFormat.MediaType : file.Entry.Source!.MediaType, isHead);
            var wishes = WantDigest.Wishes(context.Request.Headers["Want-Digest"]);
            var md5 = wishes.Contains(WantDigest.Md5) ? await Task.Run(() => reader.Md5(context.RequestAborted), context.RequestAborted) : null;
            var isBodySent = plan.HasBody && !isHead;
            var how = new AuditDisclosure(staging.RuleOf(file.Entry).Content, reader.IsSealed ? "sealed" : "clear");
            // Not one byte without its line: what cannot be written down is answered with a refusal.
            if (isBodySent)
                audit.Transferring(file.Caller, file.Entry, how, plan.BodyLength);
            plan.WriteHead(context.Response, WantDigest.Answer(wishes, staged.Facts, md5));
            if (!isBodySent)
                return;
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            var sender = new FileSender(reader, context.Response.BodyWriter);
            var isComplete = false;
            TransferMetrics.Running.Add(1);
            try
            {
                isComplete = await plan.SendAsync(sender, context.RequestAborted);
            }
            catch (Exception failure) when (failure is IOException or MdmException)
            {
                // Somebody wrote into the pool, or the disk lost what it held.
                Log.Broken(log, staged.Id, failure);
                staging.Forget(staged.Id);
                context.Abort();
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client left half-way; the audit line says how far it came.
            }
            finally
            {
                audit.Transferred(file.Caller, file.Entry, how, sender.Sent, isComplete);
                TransferMetrics.Running.Add(-1);
                TransferMetrics.Ended.Add(1, TransferMetrics.Outcome(isComplete));
                TransferMetrics.Bytes.Add(sender.Sent);
                if (sender.Sent > 0)
                    usage?.Delivered(file.Caller, file.Entry.Source!.Archive, sender.Sent);
                Log.Sent(log, staged.Id, file.Caller, sender.Sent, plan.BodyLength);
            }
        }
    }

    /// <summary>Third-party copy: the bytes go to another site, whose token the caller brings.</summary>
    private async Task SendElsewhereAsync(HttpContext context, AuditTrail audit)
    {
        var headers = context.Request.Headers;
        if (headers["Destination"] is not [{ Length: > 0 } text])
            throw new MdmException(MdmErrorKind.InvalidName, "A copy from an address that is read from names its Destination; what is to come here is asked for at the address that it can be written to.");
        var (_, file) = await gate.PassAsync(context, TokenActivities.Download);
        var destination = await sites.AddressAsync(text, context.RequestAborted);
        using var place = sites.Begin();
        var (staged, reader) = await OpenToldAsync(file, audit, context.RequestAborted);
        using (reader)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, (Uri?)null);
            CopyRequest.PassOn(headers, request);
            var how = new AuditDisclosure(staging.RuleOf(file.Entry).Content, reader.IsSealed ? "sealed" : "clear");
            audit.Transferring(file.Caller, file.Entry, how, staged.Facts.Length);
            await using var body = new CountingStream(new StagedStream(reader));
            request.Content = new StreamContent(body, StagedStream.PieceSize);
            request.Content.Headers.ContentLength = staged.Facts.Length;
            request.Headers.ExpectContinue = true;
            if (CopyRequest.VerifiesChecksum(headers))
                request.Headers.TryAddWithoutValidation("Digest", WantDigest.Answer([WantDigest.Adler32], staged.Facts, null));
            TransferMetrics.Running.Add(1);
            var copying = PutAsync(request, destination, () => body.Count, context.RequestAborted);
            try
            {
                await CopyRequest.TellAsync(context, copying, () => body.Count, time);
            }
            finally
            {
                await copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                audit.Transferred(file.Caller, file.Entry, how, body.Count, copying.IsCompletedSuccessfully);
                TransferMetrics.Running.Add(-1);
                TransferMetrics.Ended.Add(1, TransferMetrics.Outcome(copying.IsCompletedSuccessfully));
                TransferMetrics.Bytes.Add(body.Count);
                if (body.Count > 0)
                    usage?.Delivered(file.Caller, file.Entry.Source!.Archive, body.Count);
            }
        }
    }

    private async Task PutAsync(HttpRequestMessage request, Uri destination, Func<long> sent, CancellationToken cancellationToken)
    {
        using var response = await sites.SendAsync(request, destination, cancellationToken, sent);
        if (!response.IsSuccessStatusCode)
            throw new MdmException(MdmErrorKind.Unavailable, $"{destination.Authority} answered {(int)response.StatusCode} {response.ReasonPhrase} to the copy's PUT.");
    }

    private async Task<(StagedFile File, StagedReader Reader)> OpenToldAsync(AuthorizedFile file, AuditTrail audit, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(file, cancellationToken);
        }
        catch (MdmException refusal)
        {
            audit.Refused(file.Caller, AuditAction.Transfer, refusal, file: file.Entry.Id);
            throw;
        }
    }

    /// <summary>The file as it lies in the pool; one that was evicted since it was promised is fetched again.</summary>
    private async Task<(StagedFile File, StagedReader Reader)> OpenAsync(AuthorizedFile file, CancellationToken cancellationToken)
    {
        if (staging.TryFind(file.Entry) is { } found && await staging.TryOpenAsync(file, found, cancellationToken) is { } open)
            return (found, open);
        staging.DemandFetchable(file.Entry);
        using var limit = new CancellationTokenSource(options.FetchAgainWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (true)
            {
                var staged = await staging.StageAsync(file, null, either.Token);
                if (await staging.TryOpenAsync(file, staged, either.Token) is { } reader)
                    return (staged, reader);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Busy, "The file left the pool and is being fetched from its archive again. Try again in a moment, or ask for it anew.");
        }
    }
}
