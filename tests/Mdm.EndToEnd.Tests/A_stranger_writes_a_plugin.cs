using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Mdm.EndToEnd.Tests;

/// <summary>A plugin from the template, outside the checkout, from the packed packages only: built, proven, dropped into a published host that knows nothing of it, and used.</summary>
public sealed class A_stranger_writes_a_plugin : IClassFixture<Workshop>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Workshop _workshop;

    public A_stranger_writes_a_plugin(Workshop workshop)
    {
        _workshop = workshop;
        workshop.MustBeSetUp();
    }

    [SkippableFact]
    public void The_kit_proves_it() => _workshop.Proof.Should().Contain("Passed!").And.Contain("Failed:     0").And.MatchRegex("Passed: +[2-9][0-9]");

    [SkippableFact]
    public void Its_library_is_of_another_release_than_the_hosts()
    {
        Path.Exists(Path.Combine(_workshop.Plugins, "Acme.Pacs", "Mdm.Abstractions.dll")).Should().BeFalse("the contract is the host's");
        Version("plugins/Acme.Pacs/Npgsql.dll").Should().Be(new Version(Workshop.OwnLibrary + ".0"));
        Version("Npgsql.dll").Should().NotBe(new Version(Workshop.OwnLibrary + ".0"));

        Version? Version(string file) => System.Reflection.AssemblyName.GetAssemblyName(Path.Combine(Path.GetDirectoryName(_workshop.Host)!, file)).Version;
    }

    [SkippableFact]
    public async Task A_published_host_lists_it()
    {
        var (code, said) = await ChildProcess.RunAsync("dotnet", [_workshop.Host, "--list-plugins"]);

        code.Should().Be(0, "{0}", said);
        said.Should().Contain("Acme.Pacs 0.1.0 (contract 1.0)").And.Contain("Archive 'acme' Acme.Pacs.PacsBackend [IBrowsableBackend, IProbeable]");
    }

    [SkippableFact]
    public async Task A_grid_client_lists_and_fetches_a_file_through_it()
    {
        using var archive = new HttpArchive(objects: 3);
        using var grid = new TestGrid();
        await using var host = await HostProcess.StartAsync(grid, configuration =>
        {
            configuration["Plugins"] = new JsonObject { ["Load"] = new JsonArray("Acme.Pacs", "Mdm.Plugins.Lfc") };
            configuration["Archives"] = new JsonObject { ["pacs"] = new JsonObject { ["Type"] = "acme", ["Options"] = new JsonObject { ["Address"] = archive.Address } } };
            configuration["Publications"] = new JsonObject { ["pacs"] = HostProcess.Clinical("pacs", Site.Root("pacs")) };
            configuration["Diagnostics"] = new JsonObject { ["Port"] = Here.FreePort() };
        }, _workshop.Host);
        await host.PublishedAsync("pacs");
        using var user = new GridUser(host);

        var files = await user.FilesBelowAsync(Site.Root("pacs"));
        files.Should().HaveCount(3);
        var answer = await user.GetAsync([.. files.Select(file => file.Surl)], Limit);

        answer.IsGood.Should().BeTrue("{0}", answer);
        var delivered = new List<byte[]>();
        foreach (var file in answer.Files)
            delivered.Add((await user.ReadAsync(file.TransferUrl!)).Bytes);
        delivered.Select(Convert.ToHexString).Should().BeEquivalentTo(archive.Objects.Values.Select(Convert.ToHexString));
        (await host.MetricsAsync()).Should().Contain("acme_pacs_objects_opened_total{instance=\"pacs\",plugin=\"Acme.Pacs\"} 3\n");
        var (code, said) = await ChildProcess.RunAsync("dotnet", [_workshop.Host, "--config", host.Configuration, "--check", "--State:Directory=" + Path.Combine(host.Home, "other"), "--Catalog:Options:Store=sqlite:" + Path.Combine(host.Home, "other.db")]);
        code.Should().Be(0, "{0}", said);
        said.Should().Contain($"with Npgsql {Workshop.OwnLibrary}", "the plugin has its own release of a library that lies beside the host in another");
    }

    [SkippableFact]
    public async Task A_build_that_a_host_would_refuse_is_stopped_with_all_that_is_wrong()
    {
        var said = await _workshop.BuildWithAsync(
            ("src/Acme.Pacs/PacsPlugin.cs", "[assembly: MdmPlugin", "// [assembly: MdmPlugin"),
            ("src/Acme.Pacs/Acme.Pacs.csproj", "    <!-- Libraries of your own:", """
                <PackageReference Include="Mdm.Abstractions.Testing" Version="$(MdmContractVersion)" />
                <None Include="../../../host/Mdm.Gsi.dll;../../../host/Mdm.Abstractions.dll" CopyToOutputDirectory="Always" />
                <!-- Libraries of your own:
                """));

        foreach (var code in (string[])["MDM0001", "MDM0002", "MDM0003", "MDM0004"])
            said.Should().Contain($"error {code}: ");
    }

    /// <summary>An archive of HTTP and JSON, as the template's plugin reads it.</summary>
    private sealed class HttpArchive : IDisposable
    {
        private readonly HttpListener _listener = new();

        public HttpArchive(int objects)
        {
            for (var number = 1; number <= objects; number++)
                Objects[$"1.2/3.4/{number}"] = [.. Enumerable.Range(0, 100_000 * number).Select(i => (byte)(i * number))];
            Address = $"http://127.0.0.1:{Here.FreePort()}/archive/";
            _listener.Prefixes.Add(Address);
            _listener.Start();
            _ = ServeAsync();
        }

        public string Address { get; }

        public Dictionary<string, byte[]> Objects { get; } = [];

        public void Dispose() => _listener.Close();

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                try
                {
                    var context = await _listener.GetContextAsync();
                    await AnswerAsync(context.Request.Url!.AbsolutePath["/archive/".Length..], context.Response);
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    // Closed, or the other end left.
                }
            }
        }

        private async Task AnswerAsync(string path, HttpListenerResponse response)
        {
            using (response)
            {
                var id = path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..];
                byte[]? body = path == "objects" ? Encoding.UTF8.GetBytes($"[{string.Join(',', Objects.Keys.Select(EntryOf))}]")
                    : !Objects.TryGetValue(id, out var bytes) ? null
                    : path.StartsWith("files/", StringComparison.Ordinal) ? bytes : Encoding.UTF8.GetBytes(EntryOf(id));
                response.StatusCode = body is null ? 404 : 200;
                response.ContentLength64 = body?.Length ?? 0;
                if (body is not null)
                    await response.OutputStream.WriteAsync(body);
            }
        }

        private string EntryOf(string id) =>
            $$"""{ "id": "{{id}}", "type": "application/octet-stream", "length": {{Objects[id].Length}}, "attributes": { "Modality": { "vr": "CS", "values": [ "CT" ] } } }""";
    }
}
