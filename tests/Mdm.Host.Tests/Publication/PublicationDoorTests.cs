using System.Net;
using System.Text;
using System.Text.Json;
using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Publication;
using Mdm.Host.Staging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Mdm.Host.Tests.Publication;

public sealed class PublicationDoorTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly PublicationBench _bench = new();
    private readonly HttpClient _client = new();
    private WebApplication? _app;
    private ConnectionCaller _caller = new(PublicationBench.Admin, null);

    public async Task InitializeAsync()
    {
        _bench.Archive.Entries = ListedArchive.Images(1, 3);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var gate = new AdministratorGate(_bench.Book.Identity, _ => _caller, _bench.Audit);
        builder.Services.AddSingleton(new PublicationDoor(_bench.Book, _bench.Runner, _bench.Ledger, gate, _bench.Audit))
            .AddSingleton(new Withdrawal(_bench.Ledger, _bench.Ids, _bench.Removal, _bench.Keys.Outbox, gate, _bench.Audit, TimeProvider.System))
            .AddSingleton(new QuarantineDoor(_bench.Quarantine, _bench.Catalog, gate, _bench.Audit));
        _app = builder.Build();
        _app.UseRouting();
        _app.MapPublication();
        await _app.StartAsync();
        _client.BaseAddress = new Uri(_app.Urls.First());
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Fact]
    public async Task A_withdrawal_is_ordered_and_lifted_without_naming_the_patient_in_an_address()
    {
        var withdrawn = await PostAsync("/admin/withdrawals", """{"patient":"P-1"}""");
        (await withdrawn.Content.ReadAsStringAsync()).Should().Be("""{"files":0,"keysDestroyed":true}""");
        (await PostAsync("/admin/withdrawals/lift", """{"patient":"P-1"}""")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await PostAsync("/admin/withdrawals/lift", """{"patient":"P-1"}""")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        var refused = await PostAsync("/admin/withdrawals", """{"patient":"P-1","name":"Doe"}""");
        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).Should().NotContain("P-1").And.NotContain("Doe");
    }

    [Fact]
    public async Task The_quarantine_is_shown_and_ended()
    {
        var file = new FileId(new byte[16]);
        await _bench.Quarantine.AddAsync(file, new FileVersion("v", Delivery.Sealed, default), "Text may be burned into the pixels.");

        (await (await _client.GetAsync("/admin/quarantine")).Content.ReadAsStringAsync()).Should().Contain(file.ToString()).And.Contain("burned").And.EndWith("\n");
        (await (await PostAsync("/admin/quarantine/end", $$"""{"files":["{{file}}"]}""")).Content.ReadAsStringAsync()).Should().Be("""{"files":1}""");

        (await (await _client.GetAsync("/admin/quarantine")).Content.ReadAsStringAsync()).Should().BeEmpty();
        (await PostAsync("/admin/quarantine/end", "{}")).StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_administrator_orders_a_run_and_sees_how_it_ends()
    {
        using var answer = await OrderAsync("clinical", """{"study":"s1","restore":true}""");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/x-ndjson");
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        lines[^1].GetProperty("outcome").GetString().Should().Be("complete");
        lines[^1].GetProperty("created").GetInt64().Should().Be(3);
        lines[..^1].Select(line => line.TryGetProperty("outcome", out _)).Should().NotContain(true);
    }

    [Fact]
    public async Task The_list_tells_how_the_last_run_ended()
    {
        await _bench.RunAsync();

        var list = JsonSerializer.Deserialize<JsonElement>(await _client.GetStringAsync(new Uri("/admin/publications", UriKind.Relative)));

        list.GetArrayLength().Should().Be(1);
        list[0].GetProperty("name").GetString().Should().Be("clinical");
        list[0].GetProperty("lastRun").GetProperty("created").GetInt64().Should().Be(3);
        (await _bench.Ledger.LastRunAsync("clinical", default)).Should().Contain("\"outcome\":\"complete\"");
    }

    [Fact]
    public async Task Others_are_refused_with_a_sentence_and_an_audit_line()
    {
        _caller = new ConnectionCaller(PublicationBench.Physician, null);
        using var forbidden = await OrderAsync("clinical", "");
        _caller = new ConnectionCaller(null, "The certificate has expired.");
        using var unknown = await OrderAsync("clinical", "");

        forbidden.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await forbidden.Content.ReadAsStringAsync()).Should().Contain("Administrators");
        unknown.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await unknown.Content.ReadAsStringAsync()).Should().Be("The certificate has expired.\n");
        _bench.Runner.Latest("clinical").Should().BeNull();
        var trail = string.Concat(Directory.EnumerateFiles(Path.Combine(_bench.Folder, "audit")).Select(ReadShared));
        trail.Should().Contain("\"action\":\"Administer\",\"outcome\":\"refused\",\"subject\":\"/DC=org/CN=Doctor\"");
    }

    [Theory]
    [InlineData("clinical", "{", HttpStatusCode.BadRequest)]
    [InlineData("clinical", """{"stduy":"s1"}""", HttpStatusCode.BadRequest)]
    [InlineData("clinical", """{"study":"*"}""", HttpStatusCode.BadRequest)]
    [InlineData("clinical", """{"study":""}""", HttpStatusCode.BadRequest)]
    [InlineData("clinicla", "", HttpStatusCode.NotFound)]
    public async Task An_order_that_cannot_be_followed_is_refused(string name, string body, HttpStatusCode expected)
    {
        using var answer = await OrderAsync(name, body);

        answer.StatusCode.Should().Be(expected);
        _bench.Runner.Latest("clinical").Should().BeNull();
    }

    [Fact]
    public async Task A_body_beyond_its_limit_is_refused()
    {
        using var answer = await OrderAsync("clinical", new string(' ', PublicationDoor.MaxBody + 1));

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    private Task<HttpResponseMessage> OrderAsync(string name, string body) => PostAsync($"/admin/publications/{name}/runs", body);

    private async Task<HttpResponseMessage> PostAsync(string address, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _client.PostAsync(new Uri(address, UriKind.Relative), content);
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }
}
