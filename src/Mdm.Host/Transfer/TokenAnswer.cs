using System.Text.Json;

namespace Mdm.Host.Transfer;

/// <summary>Answers <c>POST</c> with <c>application/macaroon-request</c>, on addresses to read from and to write to.</summary>
internal static class TokenAnswer
{
    public const string MediaType = "application/macaroon-request";

    public static bool IsAskedBy(string contentType) => contentType.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads what is asked for, and sends the token.</summary>
    /// <param name="context">The request.</param>
    /// <param name="longest">Longest life of a token.</param>
    /// <param name="time">The clock.</param>
    /// <param name="issue">Makes the token, which ends at that time at the latest.</param>
    /// <exception cref="MdmException">InvalidName: malformed; what <paramref name="issue"/> throws.</exception>
    public static async Task SendAsync(HttpContext context, TimeSpan longest, TimeProvider time, Func<MacaroonRequest, DateTimeOffset, ValueTask<string>> issue)
    {
        var body = new byte[MacaroonRequest.MaxBody + 1];
        var count = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (count > MacaroonRequest.MaxBody)
            throw new MdmException(MdmErrorKind.InvalidName, $"A macaroon request has at most {MacaroonRequest.MaxBody} bytes.");
        var request = MacaroonRequest.Parse(body.AsMemory(0, count), context.Request.Path);
        var life = request.Validity < longest ? request.Validity.Value : longest;
        var token = await issue(request, time.GetUtcNow() + life);
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        var answer = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["macaroon"] = token });
        context.Response.ContentLength = answer.Length;
        await context.Response.Body.WriteAsync(answer, context.RequestAborted);
    }
}
