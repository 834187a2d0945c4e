using Microsoft.AspNetCore.Http;

namespace Mdm.Abstractions.Tests.Guide;

public sealed class EchoOptions
{
    public int MaxLine { get; set; } = 1000;
}

internal sealed class EchoService : IGridService
{
    public async Task ServeAsync(IGridConnection connection, CancellationToken cancellationToken)
    {
        // Plain until here; from now on the stream is the encrypted one.
        var caller = await connection.AuthenticateAsync(cancellationToken);
        await connection.Stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"hello {caller?.Subject.ToString() ?? "whoever you are"}\n"), cancellationToken);
        await connection.Stream.CopyToAsync(connection.Stream, cancellationToken);
    }

    public ValueTask DisposeAsync() => default;
}

internal sealed class StatusService(PluginContext context) : IGridHttpService
{
    public async Task HandleAsync(HttpContext http, GridIdentity caller)
    {
        // As the caller, where he has delegated a credential; as the host where it is null.
        var credential = http.Features.Get<IGridCredential>();
        await using var peer = await context.ConnectAsync(new Uri("https://other.example.org:8443"), credential, http.RequestAborted);
        await http.Response.WriteAsync($"{context.InstanceName} serves {caller}\n", http.RequestAborted);
    }

    public ValueTask DisposeAsync() => default;
}
