using System.Text.Json;
using Mdm.Formats.Sealed;
using Mdm.Host.Access;
using Mdm.Host.Staging;
using Microsoft.AspNetCore.Http.Features;

namespace Mdm.Host.Transfer;

/// <summary>TURL to bytes: GET and HEAD with ranges (RFC 9110), digests (RFC 3230), and tokens for those who ask with POST.</summary>
internal sealed class TransferDoor(TransferGate gate, StagingArea staging, TransferOptions options, TimeProvider time, ILogger<TransferDoor> log)
{
    public const string Allowed = "GET, HEAD, OPTIONS, POST";

    private const string TokenRequest = "application/macaroon-request";

    public async Task HandleAsync(HttpContext context, AuditTrail audit)
    {
        try
        {
            switch (context.Request.Method)
            {
                case "GET" or "HEAD":
                    await SendFileAsync(context, audit);
                    break;
                case "POST" when context.Request.ContentType?.StartsWith(TokenRequest, StringComparison.OrdinalIgnoreCase) == true:
                    await SendTokenAsync(context);
                    break;
                case "POST":
                    await AnswerAsync(context, StatusCodes.Status415UnsupportedMediaType, $"Only {TokenRequest} can be posted here.");
                    break;
                case "OPTIONS":
                    context.Response.Headers.Allow = Allowed;
                    context.Response.StatusCode = StatusCodes.Status204NoContent;
                    break;
                default:
                    context.Response.Headers.Allow = Allowed;
                    await AnswerAsync(context, StatusCodes.Status405MethodNotAllowed, $"{context.Request.Method} is not offered on a transfer address; {Allowed} are.");
                    break;
            }
        }
        catch (UnknownCallerException unknown)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            audit.Stranger("transfer", unknown.Shown);
            await AnswerAsync(context, StatusCodes.Status401Unauthorized, unknown.Message);
        }
        catch (MdmException refusal) when (!context.Response.HasStarted)
        {
            Log.Refused(log, context.Connection.Id, refusal.Kind, refusal.Message);
            if (refusal.IsTransient)
                context.Response.Headers.RetryAfter = Math.Ceiling((refusal.RetryAfter ?? TimeSpan.FromSeconds(10)).TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            await AnswerAsync(context, StatusOf(refusal), refusal.Message);
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
                Log.Sent(log, staged.Id, file.Caller, sender.Sent, plan.BodyLength);
            }
        }
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

    private async Task SendTokenAsync(HttpContext context)
    {
        var body = new byte[MacaroonRequest.MaxBody + 1];
        var count = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (count > MacaroonRequest.MaxBody)
            throw new MdmException(MdmErrorKind.InvalidName, $"A macaroon request has at most {MacaroonRequest.MaxBody} bytes.");
        var request = MacaroonRequest.Parse(body.AsMemory(0, count), context.Request.Path);
        var life = request.Validity < options.LongestToken ? request.Validity.Value : options.LongestToken;
        var token = await gate.IssueTokenAsync(context, request, time.GetUtcNow() + life);
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        var answer = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["macaroon"] = token });
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }

    private static int StatusOf(MdmException refusal) => refusal.Kind switch
    {
        MdmErrorKind.AccessDenied => StatusCodes.Status403Forbidden,
        MdmErrorKind.NotFound => StatusCodes.Status410Gone,
        MdmErrorKind.InvalidName => StatusCodes.Status400BadRequest,
        MdmErrorKind.Busy or MdmErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        MdmErrorKind.Corrupt => StatusCodes.Status502BadGateway,
        MdmErrorKind.Unsupported => StatusCodes.Status501NotImplemented,
        MdmErrorKind.NoSpace => StatusCodes.Status507InsufficientStorage,
        _ => ShortageException.Of(refusal) is not null ? StatusCodes.Status507InsufficientStorage : StatusCodes.Status403Forbidden,
    };

    private static async Task AnswerAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        var text = System.Text.Encoding.UTF8.GetBytes(reason + "\n");
        context.Response.ContentLength = text.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(text, context.RequestAborted);
    }
}
