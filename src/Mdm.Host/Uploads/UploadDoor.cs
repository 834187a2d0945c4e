using System.Globalization;
using Mdm.Host.Transfer;
using Microsoft.AspNetCore.Http.Features;

namespace Mdm.Host.Uploads;

/// <summary>Bytes to TURL: PUT (RFC 9110 §9.3.4), COPY from another site, DELETE of what came, HEAD on it, and tokens for those who ask with POST.</summary>
internal sealed class UploadDoor(UploadGate gate, ComingBytes bytes, RemoteSites sites, TransferOptions options, AuditTrail audit, TimeProvider time, ILogger<UploadDoor> log)
{
    public const string Allowed = "PUT, COPY, DELETE, HEAD, OPTIONS, POST";

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            switch (context.Request.Method)
            {
                case "PUT":
                    await TakeAsync(context);
                    break;
                case "COPY":
                    await FetchAsync(context);
                    break;
                case "DELETE":
                    await DropAsync(context);
                    break;
                case "HEAD":
                    await TellAsync(context);
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
                    await Refusals.AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, $"{context.Request.Method} is not offered on an upload address; {Allowed} are.");
                    break;
            }
        }
        catch (UnknownCallerException unknown)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            audit.Stranger("upload", unknown.Shown);
            await Refusals.AnswerAsync(context, StatusCodes.Status401Unauthorized, unknown.Message);
        }
        catch (MdmException refusal) when (!context.Response.HasStarted)
        {
            Log.Refused(log, context.Connection.Id, refusal.Kind, refusal.Message);
            // What came is not what was said of it: the client's doing, not that of a system behind.
            await Refusals.AnswerAsync(context, refusal, refusal.Kind == MdmErrorKind.Corrupt ? StatusCodes.Status422UnprocessableEntity : null);
        }
        catch (BadHttpRequestException malformed) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await Refusals.AnswerAsync(context, malformed.StatusCode, "The request's body ended early, or is malformed; nothing of it was kept.");
        }
        catch (Exception gone) when (context.RequestAborted.IsCancellationRequested && gone is OperationCanceledException or IOException)
        {
            // Who brought the bytes has left; what came is erased already.
            context.Abort();
        }
    }

    private async Task TakeAsync(HttpContext context)
    {
        var request = context.Request;
        // As large as areas and options say: Kestrel's own limit is one for forms.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        if (request.Headers.ContentRange.Count > 0)
            throw new MdmException(MdmErrorKind.Unsupported, "A file is put as a whole; Content-Range is not offered.");
        if (request.Headers.ContentEncoding.Count > 0)
            throw new MdmException(MdmErrorKind.Unsupported, "A file is put as it is; Content-Encoding is not offered.");
        var passed = await gate.PassAsync(context, TokenActivities.Upload);
        if (request.Headers.IfNoneMatch.Count > 0 && passed.File.State == UploadState.Arrived)
        {
            await Refusals.AnswerAsync(context, StatusCodes.Status412PreconditionFailed, "Bytes were put to this address already; leave If-None-Match out to put others in their place.");
            return;
        }
        var digests = ToldDigests.Of(request.Headers);
        var counted = new CountingStream(request.Body);
        var facts = await ReceivedAsync(passed, new IncomingBody(counted, request.ContentLength, digests, passed.Place.Caller.Subject), counted, context.RequestAborted);
        context.Response.Headers["Digest"] = WantDigest.Answer([WantDigest.Adler32], facts, null);
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.ContentLength = 0;
    }

    private async Task DropAsync(HttpContext context)
    {
        var passed = await gate.PassAsync(context, TokenActivities.Upload | TokenActivities.Manage);
        await bytes.DropAsync(passed.File);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task TellAsync(HttpContext context)
    {
        var passed = await gate.PassAsync(context, TokenActivities.List | TokenActivities.Upload | TokenActivities.Manage);
        if (passed.File is not { State: UploadState.Arrived, Facts: { } facts })
        {
            await Refusals.AnswerAsync(context, StatusCodes.Status404NotFound, "Nothing was put to this address yet.");
            return;
        }
        context.Response.Headers.CacheControl = "private, no-cache";
        context.Response.Headers["Digest"] = "adler32=" + facts.Adler32.ToString("x8", CultureInfo.InvariantCulture);
        context.Response.ContentLength = facts.Length;
    }

    /// <summary>Third-party copy: the bytes come from another site, whose token the caller brings.</summary>
    private async Task FetchAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers["Source"] is not [{ Length: > 0 } text])
            throw new MdmException(MdmErrorKind.InvalidName, "A copy to an upload address names its Source; what is to be sent from here is asked for at the address that it can be read from.");
        var passed = await gate.PassAsync(context, TokenActivities.Upload);
        var source = await sites.AddressAsync(text, context.RequestAborted);
        using var place = sites.Begin();
        using var request = new HttpRequestMessage(HttpMethod.Get, (Uri?)null);
        CopyRequest.PassOn(headers, request);
        var isVerified = CopyRequest.VerifiesChecksum(headers);
        if (isVerified)
            request.Headers.TryAddWithoutValidation("Want-Digest", WantDigest.Adler32);
        using var response = await sites.SendAsync(request, source, context.RequestAborted);
        if (response.StatusCode != System.Net.HttpStatusCode.OK)
            throw new MdmException(MdmErrorKind.Unavailable, $"{source.Authority} answered {(int)response.StatusCode} {response.ReasonPhrase} to the copy's GET.");
        await using var body = new CountingStream(await response.Content.ReadAsStreamAsync(context.RequestAborted), options.CopyStall, time);
        var told = new HeaderDictionary();
        if (isVerified && response.Headers.TryGetValues("Digest", out var digests))
            told["Digest"] = string.Join(',', digests);
        var copying = ReceivedAsync(passed, new IncomingBody(body, response.Content.Headers.ContentLength, ToldDigests.Of(told), passed.Place.Caller.Subject), body, context.RequestAborted);
        await CopyRequest.TellAsync(context, copying, () => body.Count, time);
    }

    private async Task<FileFacts> ReceivedAsync(PassedUpload passed, IncomingBody incoming, CountingStream counted, CancellationToken leaving)
    {
        var isComplete = false;
        TransferMetrics.Coming.Add(1);
        try
        {
            var facts = await bytes.ReceiveAsync(passed.File, incoming, leaving);
            isComplete = true;
            return facts;
        }
        finally
        {
            audit.Received(passed.Place.Caller, passed.Place.Parent, passed.Place.Path, counted.Count, isComplete);
            TransferMetrics.Coming.Add(-1);
            TransferMetrics.Come.Add(1, TransferMetrics.Outcome(isComplete));
            TransferMetrics.BytesReceived.Add(counted.Count);
        }
    }
}
