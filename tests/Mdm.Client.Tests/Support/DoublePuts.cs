using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace Mdm.Client.Tests.Support;

/// <summary>Where bytes are put to, and what goes wrong with them.</summary>
internal sealed class DoublePuts
{
    /// <summary>What came, by path; it becomes a file when the put is done.</summary>
    public ConcurrentDictionary<string, byte[]> Arrived { get; } = new(StringComparer.Ordinal);

    /// <summary>The connection breaks in each of the next attempts when so many bytes have come.</summary>
    public ConcurrentQueue<int> BreaksAfter { get; } = new();

    /// <summary>Refuses with this status and sentence; null takes it.</summary>
    public (int Status, string Sentence)? Refusal { get; set; }

    /// <summary>What the host says it received; null for what it did.</summary>
    public string? Told { get; set; }

    /// <summary>Waits for it when all has come, before it answers.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Ends when bytes have come and the gate is waited for.</summary>
    public TaskCompletionSource Waits { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task TakeAsync(HttpContext context, string path)
    {
        if (Refusal is var (status, sentence))
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync(sentence);
            return;
        }
        var body = new MemoryStream();
        if (BreaksAfter.TryDequeue(out var limit))
        {
            var piece = new byte[limit];
            await context.Request.Body.ReadAtLeastAsync(piece, limit, throwOnEndOfStream: false);
            context.Abort();
            return;
        }
        await context.Request.Body.CopyToAsync(body);
        Waits.TrySetResult();
        await Gate.WaitAsync(context.RequestAborted);
        Arrived[path] = body.ToArray();
        context.Response.Headers["Digest"] = "adler32=" + (Told ?? DoubleFile.SimpleAdler32(body.ToArray()));
        context.Response.StatusCode = StatusCodes.Status201Created;
    }
}
