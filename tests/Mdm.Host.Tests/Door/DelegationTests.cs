using System.Text;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Mdm.Host.Configuration;
using Mdm.Host.Door;
using Mdm.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Door;

/// <summary>What a caller delegates on his connection can be acted with while he is there.</summary>
public sealed class DelegationTests : IAsyncLifetime, IDisposable
{
    private readonly TestGrid _grid = new();
    private readonly int _port = Here.FreePort();
    private GridDoor _door = null!;
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        var options = new DoorOptions
        {
            HostName = "localhost",
            Addresses = [System.Net.IPAddress.Loopback],
            Port = _port,
            HostCertificateFile = _grid.HostCertificate,
            HostKeyFile = _grid.HostKey,
            CertificateDirectory = _grid.CertificateDirectory,
            VomsDirectory = _grid.VomsDirectory,
        };
        _door = new GridDoor(new HostConfiguration(new HostOptions { Door = options }, "/"), options, NullLoggerFactory.Instance, TimeProvider.System);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(_door.Listen);
        _app = builder.Build();
        _app.Use(GridDoor.OfferDelegatedAsync);
        _app.Run(context => context.Request.Path == "/behalf" ? ActAsync(context) : context.Response.WriteAsync(GridDoor.CallerOf(context).Identity!.Subject.ToString()));
        await _app.StartAsync();
    }

    [Fact]
    public async Task A_handler_opens_a_connection_in_the_caller_s_name()
    {
        (await AskAsync("/behalf", delegates: true)).Should().Be(await AskAsync("/me", delegates: false)).And.Contain("Paula Physician");
        (await AskAsync("/behalf", delegates: false)).Should().Be("nothing was delegated");
    }

    [Fact]
    public async Task Another_s_kind_of_credential_is_refused()
    {
        var connecting = async () => await _door.ConnectAsync(new Uri($"https://localhost:{_port}"), new ForeignCredential(), default);

        (await connecting.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unsupported);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _door.Dispose();
    }

    public void Dispose() => _grid.Dispose();

    /// <summary>Asks this same door, as the caller, who is calling.</summary>
    private async Task ActAsync(HttpContext context)
    {
        if (context.Features.Get<IGridCredential>() is not { } delegated)
        {
            await context.Response.WriteAsync("nothing was delegated");
            return;
        }
        await using var stream = await _door.ConnectAsync(new Uri($"https://localhost:{_port}"), delegated, context.RequestAborted);
        await stream.WriteAsync("GET /me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
        using var answer = new StreamReader(stream, Encoding.UTF8);
        var line = (await answer.ReadToEndAsync()).Split("\r\n").First(part => part.StartsWith('/'));
        await context.Response.WriteAsync(line);
    }

    private async Task<string> AskAsync(string path, bool delegates)
    {
        using var trust = new TrustStore(new TrustOptions { CertificateDirectory = _grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
        using var tls = new GridTlsClient(trust);
        using var credential = GridCredential.LoadProxy(_grid.PhysicianProxy);
        using var http = new HttpClient(GridHttp.CreateHandler(tls, credential, delegates));
        return await http.GetStringAsync(new Uri($"httpg://localhost:{_port}{path}"));
    }

    private sealed class ForeignCredential : IGridCredential
    {
        public GridIdentity Identity => throw new NotSupportedException();

        public DateTimeOffset NotAfter => DateTimeOffset.MaxValue;
    }
}
