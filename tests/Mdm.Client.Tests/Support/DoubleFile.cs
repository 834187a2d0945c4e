using System.Globalization;
using Mdm.Srm.Messages;
using Microsoft.AspNetCore.Http;

namespace Mdm.Client.Tests.Support;

/// <summary>A file of the double, and what goes wrong with it.</summary>
internal sealed class DoubleFile
{
    public DoubleFile(byte[] bytes)
    {
        Bytes = bytes;
        ListedAdler32 = DigestAdler32 = SimpleAdler32(bytes);
    }

    public byte[] Bytes { get; }

    /// <summary>How long the listing says that it is; null for as long as it is.</summary>
    public long? ListedLength { get; set; }

    /// <summary>What the listing says; null for a file nobody measured.</summary>
    public string? ListedAdler32 { get; set; }

    /// <summary>What the download says; null for none.</summary>
    public string? DigestAdler32 { get; set; }

    public string ETag { get; set; } = "\"v1\"";

    /// <summary>The type under which it is delivered; null for none.</summary>
    public string? MediaType { get; set; }

    /// <summary>Refused with this status when asked for.</summary>
    public ReturnStatus? Refusal { get; set; }

    /// <summary>Another TURL than its own.</summary>
    public string? Turl { get; set; }

    /// <summary>The connection breaks after so many bytes of each of the next downloads.</summary>
    public Queue<int> BreaksAfter { get; } = new();

    /// <summary>The status that each download is refused with.</summary>
    public int? Status { get; set; }

    /// <summary>Downloads wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>As RFC 1950 spells it out, byte by byte.</summary>
    public static string SimpleAdler32(byte[] bytes)
    {
        uint a = 1, b = 0;
        foreach (var value in bytes)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }
        return ((b << 16) | a).ToString("x8", CultureInfo.InvariantCulture);
    }

    public async Task SendAsync(HttpContext context)
    {
        await Gate;
        if (Status is { } status)
        {
            context.Response.StatusCode = status;
            return;
        }
        var (from, to) = (0, Bytes.Length - 1);
        var isPart = context.Request.Headers.Range.Count == 1 && (context.Request.Headers.IfRange.Count == 0 || context.Request.Headers.IfRange == ETag);
        if (isPart)
        {
            var range = context.Request.Headers.Range[0]!["bytes=".Length..].Split('-');
            from = int.Parse(range[0], CultureInfo.InvariantCulture);
            to = range[1].Length > 0 ? Math.Min(to, int.Parse(range[1], CultureInfo.InvariantCulture)) : to;
        }
        context.Response.ContentType = MediaType;
        if (DigestAdler32 is not null && context.Request.Headers["Want-Digest"] == "adler32")
            context.Response.Headers["Digest"] = "md5=notasked,adler32=" + DigestAdler32;
        context.Response.Headers.ETag = ETag;
        if (from >= Bytes.Length && from > 0)
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            context.Response.Headers.ContentRange = $"bytes */{Bytes.Length}";
            return;
        }
        context.Response.ContentLength = to + 1 - from;
        if (isPart)
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes {from}-{to}/{Bytes.Length}";
        }
        int? cut;
        lock (BreaksAfter)
            cut = BreaksAfter.TryDequeue(out var after) ? after : null;
        await context.Response.Body.WriteAsync(Bytes.AsMemory(from, Math.Min(cut ?? int.MaxValue, to + 1 - from)));
        await context.Response.Body.FlushAsync();
        if (cut is not null)
            context.Abort();
    }
}
