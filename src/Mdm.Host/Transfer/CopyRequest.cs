using System.Globalization;

namespace Mdm.Host.Transfer;

/// <summary>
/// A third-party copy as dCache, XRootD, StoRM and their clients have it (WLCG HTTP-TPC): <c>COPY</c> with <c>Source</c> (this host fetches) or <c>Destination</c> (it sends), <c>TransferHeader…</c> for what the
/// other site is to be shown, and an answer of performance markers.
/// </summary>
internal static class CopyRequest
{
    private const string Prefix = "TransferHeader";
    private const int MaxHeaders = 16;

    /// <summary>How often is told how far it is; clients give up after a minute or more of silence.</summary>
    private static readonly TimeSpan MarkerEvery = TimeSpan.FromSeconds(5);

    // What would change where a request goes, or where it ends.
    private static readonly string[] NotPassedOn = ["Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Expect", "Range", "TE", "Trailer"];

    /// <summary>What the other site is shown. The caller brings a token: this host lends its own name to nobody.</summary>
    /// <exception cref="MdmException">InvalidName, Unsupported.</exception>
    public static void PassOn(IHeaderDictionary headers, HttpRequestMessage request)
    {
        var passed = headers.Where(header => header.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)).ToList();
        if (passed.Count > MaxHeaders)
            throw new MdmException(MdmErrorKind.InvalidName, $"A copy passes at most {MaxHeaders} headers on.");
        foreach (var (name, value) in passed)
        {
            var other = name[Prefix.Length..];
            if (NotPassedOn.Contains(other, StringComparer.OrdinalIgnoreCase) || !request.Headers.TryAddWithoutValidation(other, value.ToString()))
                throw new MdmException(MdmErrorKind.InvalidName, $"A copy does not pass {other} on.");
        }
        if (!request.Headers.Contains("Authorization"))
            throw new MdmException(MdmErrorKind.Unsupported, "Bring a token for the other site (TransferHeaderAuthorization): this host delegates no credential and goes there as nobody else.");
    }

    /// <summary>True unless the client does not care whether the other site's checksum is that of what came.</summary>
    public static bool VerifiesChecksum(IHeaderDictionary headers) => !headers["RequireChecksumVerification"].ToString().Equals("false", StringComparison.OrdinalIgnoreCase);

    /// <summary>Tells how far a copy is until it has ended, and how it ended. What was not begun yet is refused by status.</summary>
    /// <param name="context">The request.</param>
    /// <param name="copying">The copy; its failure is told, not thrown.</param>
    /// <param name="bytes">How many have gone over.</param>
    /// <param name="time">The clock.</param>
    public static async Task TellAsync(HttpContext context, Task copying, Func<long> bytes, TimeProvider time)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = "text/perf-marker-stream";
        await context.Response.StartAsync(context.RequestAborted);
        while (!copying.IsCompleted)
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            await Task.WhenAny(copying, Task.Delay(MarkerEvery, time, pause.Token));
            await pause.CancelAsync();
            if (context.RequestAborted.IsCancellationRequested)
            {
                // Who asked for it has left; it ends with him.
                await copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }
            await WriteAsync(context, string.Create(CultureInfo.InvariantCulture,
                $"Perf Marker\n    Timestamp: {time.GetUtcNow().ToUnixTimeSeconds()}\n    Stripe Index: 0\n    Stripe Bytes Transferred: {bytes()}\n    Total Stripe Count: 1\nEnd\n"));
        }
        await copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await WriteAsync(context, copying.IsCompletedSuccessfully ? "success: Created\n" : $"failure: {WhyOf(copying)}\n");
    }

    private static string WhyOf(Task copying) => copying.Exception?.InnerException switch
    {
        MdmException refusal => refusal.Message.ReplaceLineEndings(" "),
        null => "The copy was called off.",
        _ => "The connection to the other site broke off.",
    };

    private static async Task WriteAsync(HttpContext context, string text)
    {
        await context.Response.WriteAsync(text, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
