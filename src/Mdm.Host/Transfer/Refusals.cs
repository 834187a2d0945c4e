using Mdm.Host.Staging;

namespace Mdm.Host.Transfer;

/// <summary>Refusals on transfer addresses, as HTTP has them: a status and a sentence.</summary>
internal static class Refusals
{
    /// <summary>When to come again after what is transient, when nobody knows better.</summary>
    private static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(10);

    public static int StatusOf(MdmException refusal) => refusal.Kind switch
    {
        MdmErrorKind.AccessDenied => StatusCodes.Status403Forbidden,
        MdmErrorKind.NotFound => StatusCodes.Status410Gone,
        MdmErrorKind.InvalidName => StatusCodes.Status400BadRequest,
        MdmErrorKind.AlreadyExists => StatusCodes.Status409Conflict,
        MdmErrorKind.Busy or MdmErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        MdmErrorKind.Corrupt => StatusCodes.Status502BadGateway,
        MdmErrorKind.Unsupported => StatusCodes.Status501NotImplemented,
        MdmErrorKind.NoSpace => StatusCodes.Status507InsufficientStorage,
        _ => ShortageException.Of(refusal) is not null ? StatusCodes.Status507InsufficientStorage : StatusCodes.Status403Forbidden,
    };

    /// <summary>Answers with a refusal.</summary>
    public static Task AnswerAsync(HttpContext context, MdmException refusal, int? status = null)
    {
        if (refusal.IsTransient)
            context.Response.Headers.RetryAfter = Math.Ceiling((refusal.RetryAfter ?? ComeAgain).TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return AnswerAsync(context, status ?? StatusOf(refusal), refusal.Message);
    }

    public static async Task AnswerAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        var text = System.Text.Encoding.UTF8.GetBytes(reason + "\n");
        context.Response.ContentLength = text.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(text, context.RequestAborted);
    }
}
