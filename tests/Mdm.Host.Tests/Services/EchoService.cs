using System.Security.Cryptography;
using System.Text;

namespace Mdm.Host.Tests.Services;

/// <summary>Says back what is said, and a few things more.</summary>
internal sealed class EchoService : IGridService
{
    public const int BulkLength = 300_000;

    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task ServeAsync(IGridConnection connection, CancellationToken cancellationToken)
    {
        while (await EchoLines.LineAsync(async one => await connection.Stream.ReadAsync(one, cancellationToken)) is { Length: > 0 } line)
        {
            var answer = line switch
            {
                "who" => $"{connection.Caller?.Subject.ToString() ?? "nobody"} at {connection.RemoteAddress}",
                "tls" => await AuthenticateAsync(connection, cancellationToken),
                "wait" => await WaitAsync(connection, cancellationToken),
                "search" => Search(connection),
                "bulk" => await TakeBulkAsync(connection, cancellationToken),
                "throw" => throw new InvalidOperationException("as asked"),
                _ => line,
            };
            await connection.Stream.WriteAsync(Encoding.UTF8.GetBytes(answer + "\n"), cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => default;

    private static string Search(IGridConnection connection)
    {
        try
        {
            connection.TellSearch(new AttributeSearch("somebody", ["Modality"], "find 'DOE^JANE'"));
            return "told";
        }
        catch (MdmException refusal)
        {
            return $"refused: {refusal.Kind}";
        }
    }

    private static async Task<string> TakeBulkAsync(IGridConnection connection, CancellationToken cancellationToken)
    {
        var bulk = new byte[BulkLength];
        var taken = 0;
        while (taken < bulk.Length && await connection.Stream.ReadAsync(bulk.AsMemory(taken, Math.Min(8192, bulk.Length - taken)), cancellationToken) is var count and > 0)
            taken += count;
        return Convert.ToHexString(SHA256.HashData(bulk.AsSpan(0, taken)));
    }

    private static async Task<string> AuthenticateAsync(IGridConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.AuthenticateAsync(cancellationToken) is { } caller ? $"{caller.Subject} {string.Join(',', caller.Fqans)}" : "anonymous";
        }
        catch (MdmException refusal)
        {
            return $"refused: {refusal.Kind} {refusal.Message}";
        }
    }

    private async Task<string> WaitAsync(IGridConnection connection, CancellationToken cancellationToken)
    {
        var urgent = connection.Urgent;
        await connection.Stream.WriteAsync("waiting\n"u8.ToArray(), cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(urgent, cancellationToken);
        try
        {
            await Task.Delay(Timeout.Infinite, either.Token);
        }
        catch (OperationCanceledException) when (urgent.IsCancellationRequested)
        {
            return "urgent";
        }
        catch (OperationCanceledException)
        {
            Cancelled.TrySetResult();
            throw;
        }
        return "never";
    }
}
