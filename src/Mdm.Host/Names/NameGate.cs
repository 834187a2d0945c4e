using System.Text;
using System.Text.Json.Serialization.Metadata;
using Mdm.Formats.Names;
using Mdm.Host.Access;

namespace Mdm.Host.Names;

/// <summary>Lets everybody through to the name space who showed an acceptable certificate; what the name space refuses reaches him as a status, a kind and a sentence.</summary>
internal sealed class NameGate(CallerOf callerOf, AuditTrail audit)
{
    /// <summary>When to come again after what is transient, when nobody knows better.</summary>
    private static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(10);

    /// <summary>Reads the question, has it answered for the caller, and writes the answer.</summary>
    public async Task ServeAsync<TQuestion, TAnswer>(HttpContext context, JsonTypeInfo<TQuestion> questionType, JsonTypeInfo<TAnswer> answerType, Func<GridIdentity, TQuestion, CancellationToken, ValueTask<TAnswer>> answer)
        where TQuestion : class
    {
        var caller = callerOf(context);
        if (caller.Identity is not { } identity)
        {
            if (!caller.IsBanned)
                audit.Stranger("names", caller.RefusalReason);
            await SayAsync(context, caller.IsBanned ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized, caller.RefusalReason ?? "No client certificate was shown; make a proxy and try again.");
            return;
        }
        try
        {
            var question = NamesWire.Read(await BodyAsync(context), questionType);
            var body = NamesWire.Write(await answer(identity, question, context.RequestAborted), answerType);
            context.Response.ContentType = NamesWire.MediaType;
            context.Response.ContentLength = body.Length;
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
        catch (MdmException refusal) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, refusal, caller);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told anything; what was changed is changed.
        }
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength > NamesLimits.MaxQuestion)
            throw TooLong();
        using var body = new MemoryStream();
        var buffer = new byte[8 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (body.Length + read > NamesLimits.MaxQuestion)
                throw TooLong();
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }

    private static MdmException TooLong() => new(MdmErrorKind.InvalidName, $"A question about names has {NamesLimits.MaxQuestion} bytes at most.");

    private static Task RefuseAsync(HttpContext context, MdmException refusal, ConnectionCaller caller)
    {
        context.Response.Headers[NamesWire.KindHeader] = refusal.Kind.ToString();
        if (refusal.IsTransient)
            context.Response.Headers.RetryAfter = Math.Ceiling((refusal.RetryAfter ?? ComeAgain).TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        // Who showed VOMS attributes that did not count would look for the fault in the access list.
        var isForWantOfThem = refusal.Kind == MdmErrorKind.AccessDenied && !caller.IgnoredAttributes.IsEmpty;
        return SayAsync(context, StatusOf(refusal.Kind), isForWantOfThem ? $"{refusal.Message} (VOMS: {string.Join("; ", caller.IgnoredAttributes)})" : refusal.Message);
    }

    private static int StatusOf(MdmErrorKind kind) => kind switch
    {
        MdmErrorKind.NotFound => StatusCodes.Status404NotFound,
        MdmErrorKind.InvalidName => StatusCodes.Status400BadRequest,
        MdmErrorKind.AccessDenied => StatusCodes.Status403Forbidden,
        MdmErrorKind.Unsupported => StatusCodes.Status501NotImplemented,
        MdmErrorKind.Busy or MdmErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        MdmErrorKind.NoSpace => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status409Conflict,
    };

    private static async Task SayAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(sentence + "\n"), context.RequestAborted);
    }
}
