using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Client.Metadata;
using Mdm.Formats.Amga;
using Mdm.Formats.Amga.Search;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.EndToEnd.Tests;

/// <summary>Each sees exactly what the rights say, whichever way he asks.</summary>
public sealed partial class Images_are_searched
{
    private static readonly string[] All = ["Modality", "Path", "PatientName", "Rows", "StudyDate"];
    private static readonly string[] OfTheImage = ["Modality", "Rows"];
    private static readonly string[] OfResearch = ["Path", "Modality", "Rows"];

    private int _images;

    [Fact]
    public async Task Everybody_sees_what_the_rights_say_whichever_way_he_asks()
    {
        using var physician = GridFiles.Open(EnvironmentOf(_grid.PhysicianProxy));
        _images = await physician.WalkAsync(Surl.Parse(_host!.Surl(Clinical)), default).CountAsync(entry => entry.Type == Srm.Messages.FileType.File);
        _images.Should().BeGreaterThan(0);
        foreach (var (who, ofClinical, ofResearch) in new[] { ("physician", All, OfResearch), ("researcher", OfTheImage, OfResearch), ("stranger", [], []), ("anonymous", [], []) })
        {
            await OverTheProtocolAsync(who, ofClinical, ofResearch);
            await OverTheApiAsync(who, ofClinical, ofResearch);
            await OverTheCommandLineAsync(who, ofClinical, ofResearch);
        }
    }

    private async Task OverTheProtocolAsync(string who, string[] ofClinical, string[] ofResearch)
    {
        foreach (var (collection, attributes) in new[] { (Clinical, ofClinical), (Research, ofResearch) })
        {
            await using var connection = await ConnectAsync(ProxyOf(who));
            if (attributes.Length == 0)
            {
                // What is there is refused as what is not.
                var nowhere = collection + "x";
                foreach (var words in new string[][]
                {
                    ["listattr", collection], ["getattr", collection], ["find", collection, ""], ["selectattr", collection + ":FILE", ""], ["selectattr", $"count({collection}:FILE)", ""],
                    ["listentries", collection], ["dump", collection], ["acl_show", collection], ["stat", collection], ["index_list", collection], ["constraint_list", collection], ["cd", collection],
                })
                {
                    var there = await RefusalAsync(who, words);
                    there.Should().NotBeNull($"{who} may not {string.Join(' ', words)}");
                    there.Should().Be((await RefusalAsync(who, [.. words.Select(word => word.Replace(collection, nowhere, StringComparison.Ordinal))]))?.Replace(nowhere, collection, StringComparison.Ordinal));
                }
                continue;
            }
            var schema = await connection.ExecuteAsync(["listattr", collection], default);
            schema.Where((_, i) => i % 2 == 0).Should().BeEquivalentTo(attributes);
            (await connection.ExecuteAsync(["getattr", collection], default)).Should().HaveCount(_images * (1 + attributes.Length));
            (await connection.ExecuteAsync(["listentries", collection], default)).Should().HaveCount(_images);
            (await connection.ExecuteAsync(["selectattr", $"count({collection}:FILE)", ""], default)).Should().Equal(_images.ToString(CultureInfo.InvariantCulture));
            foreach (var attribute in All)
            {
                var count = await AnswerAsync(connection, ["selectattr", $"count({collection}:{attribute})", ""]);
                var unknown = await AnswerAsync(connection, ["selectattr", $"count({collection}:{attribute}x)", ""]);
                if (attributes.Contains(attribute))
                    int.Parse(count, CultureInfo.InvariantCulture).Should().BeInRange(0, _images);
                else
                    count.Should().Be(unknown.Replace(attribute + "x", attribute, StringComparison.Ordinal));
            }
        }
    }

    private async Task OverTheApiAsync(string who, string[] ofClinical, string[] ofResearch)
    {
        if (ProxyOf(who) is not { } proxy)
        {
            FluentActions.Invoking(() => GridMetadata.Open(new GridEnvironment { TrustDirectory = _grid.CertificateDirectory, Searched = "nowhere" })).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.NotFound);
            return;
        }
        foreach (var (collection, attributes) in new[] { (Clinical, ofClinical), (Research, ofResearch) })
        {
            var (rows, search) = await SearchAsync(proxy, new SearchQuestion { Limit = 100 }, collection);
            if (attributes.Length == 0)
            {
                rows.Count.Should().Be(0);
                search.Reports.Should().OnlyContain(report => report.Outcome == TargetOutcome.Failed);
                continue;
            }
            rows.Count.Should().Be(_images);
            rows.SelectMany(row => row.Values.Keys).Concat(rows.Where(row => row.Path is not null).Select(_ => "Path")).Distinct().Should().BeSubsetOf(attributes).And.Contain("Modality");
        }
    }

    private async Task OverTheCommandLineAsync(string who, string[] ofClinical, string[] ofResearch)
    {
        foreach (var (collection, attributes) in new[] { (Clinical, ofClinical), (Research, ofResearch) })
        {
            var (code, output) = await FindAsync(who, "--in", collection, "--long", "--json");
            if (attributes.Length == 0)
            {
                code.Should().NotBe(0, output);
                foreach (var secret in (string[])["Modality", "\"CT\"", "Patient", "found"])
                    output.Should().NotContain(secret);
                (await FindAsync(who, "--in", collection, "--count")).ExitCode.Should().NotBe(0);
                continue;
            }
            code.Should().Be(0, output);
            var rows = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
            rows.Should().HaveCount(_images);
            foreach (var hidden in All.Except(attributes))
                output.Should().NotContain($"\"{hidden}\"");
            if (!attributes.Contains("PatientName"))
                output.Should().NotContain("^");
            (await FindAsync(who, "--in", collection, "--count")).Output.Trim().Should().Be(_images.ToString(CultureInfo.InvariantCulture));
        }
    }

    private string? ProxyOf(string who) => who switch
    {
        "physician" => _grid.PhysicianProxy,
        "researcher" => _grid.ResearcherProxy,
        "stranger" => _grid.StrangerProxy,
        _ => null,
    };

    private async Task<AmgaConnection> ConnectAsync(string? proxy)
    {
        if (proxy is not null)
        {
            using var metadata = GridMetadata.Open(EnvironmentOf(proxy));
            return await metadata.ConnectAsync(Server, null, default);
        }
        var trust = new TrustStore(new TrustOptions { CertificateDirectory = _grid.CertificateDirectory }, NullLogger<TrustStore>.Instance);
        var tls = new GridTlsClient(trust);
        return await AmgaConnection.OpenAsync(
            new AmgaClientOptions
            {
                Connect = async token =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync("localhost", _port, token);
                    return new AmgaLink(new NetworkStream(socket, ownsSocket: true), null);
                },
                Secure = async (stream, token) => await tls.AuthenticateAsync(stream, "localhost", null, GridTlsMode.Tls, token),
            },
            default);
    }

    // Each in a session of its own: a login that is refused ends it.
    private async Task<string?> RefusalAsync(string who, string[] words)
    {
        await using var connection = await ConnectAsync(ProxyOf(who));
        try
        {
            await connection.ExecuteAsync(words, default);
            return null;
        }
        catch (AmgaAnswerException refused)
        {
            return $"{refused.Code} {refused.Message}";
        }
    }

    private static async Task<string> AnswerAsync(AmgaConnection connection, string[] words)
    {
        try
        {
            return string.Join('\n', await connection.ExecuteAsync(words, default));
        }
        catch (AmgaAnswerException refused)
        {
            return $"{refused.Code} {refused.Message}";
        }
    }

    private async Task<(int ExitCode, string Output)> FindAsync(string who, params string[] arguments)
    {
        using var home = new TemporaryDirectory();
        return await ChildProcess.RunAsync("dotnet", [Here.Built("Mdm.Cli", "mdm.dll"), "find", "", .. arguments], new Dictionary<string, string?>
        {
            ["X509_USER_PROXY"] = ProxyOf(who) ?? home["none"],
            ["X509_USER_CERT"] = null,
            ["X509_USER_KEY"] = null,
            ["X509_CERT_DIR"] = _grid.CertificateDirectory,
            ["MDM_AMGA"] = $"localhost:{_port.ToString(CultureInfo.InvariantCulture)}",
            ["HOME"] = home.Path,
        });
    }
}
