using Mdm.Gsi.Issuing;

namespace Mdm.Interop.Tests;

/// <summary><c>openssl s_client</c> as a client of the metadata server: who gets in with what, and what the others are told in the answer to their first command.</summary>
public sealed class Secure_clients_log_in_to_the_metadata_server(SecureMetadata site) : IClassFixture<SecureMetadata>
{
    private const string Peter = "/DC=org/DC=testgrid/CN=Peter Physician";

    // The end of an answer.
    private const string End = "\u0004\u0004";

    private static readonly string[] Roles = [$"/{TestGrid.Vo}/Role=physician", $"/{TestGrid.Vo}"];

    private readonly IssuedCredential _peter = site.Grid.User("Peter Physician");

    [SkippableTheory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task A_certificate_is_whom_it_names(string version, string protocol)
    {
        site.Require();
        var (log, output) = await AskAsync(site.Files(_peter), "0 NULL\n\nwhoami\npwd\nquit\n", version);
        output.Should().Be($"0\n{Peter}\n{End}0\n/\n{End}", log);
        (log + (await AskAsync(site.Files(_peter), "0 NULL\n\nquit\n", version, "-brief")).Log).Should().Contain(protocol);
    }

    [SkippableTheory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_proxy_is_its_user_and_its_attributes_open_what_they_open(string version)
    {
        site.Require();
        const string Question = "0 NULL\n\nwhoami\ngetattr /clinic Modality\nquit\n";
        var voms = ProxyIssuer.Issue(_peter, new ProxyParameters { AttributeCertificates = [site.Grid.Attributes(_peter.Certificate, Roles)] });
        var (log, output) = await AskAsync(site.Files(voms), Question, version);
        output.Should().Be($"0\n{Peter}\n{End}0\ne\nMR\n{End}", log);

        // As a job has it: a further, limited proxy of the proxy.
        (log, output) = await AskAsync(site.Files(ProxyIssuer.Issue(voms, new ProxyParameters { IsLimited = true })), Question, version);
        output.Should().Be($"0\n{Peter}\n{End}0\ne\nMR\n{End}", log);

        (log, output) = await AskAsync(site.Files(ProxyIssuer.Issue(_peter)), Question, version);
        output.Should().Be($"0\n{Peter}\n{End}10 There is no attribute 'Modality'.\n{End}", "that is what is said of a directory that does not exist");
    }

    [SkippableTheory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Without_a_certificate_nobody_is_let_in(string version)
    {
        site.Require();
        var (log, output) = await AskAsync([], "0 NULL\n\nwhoami\nwhoami\n", version);
        output.Should().MatchRegex("^4 [^\\n]*certificate[^\\n]*\\n\u0004\u0004$", log);
    }

    [SkippableTheory]
    [InlineData("-tls1_2", "expired proxy", "expired")]
    [InlineData("-tls1_3", "expired proxy", "expired")]
    [InlineData("-tls1_2", "unknown CA", "issuer is not a CA that is trusted here")]
    [InlineData("-tls1_3", "unknown CA", "issuer is not a CA that is trusted here")]
    [InlineData("-tls1_3", "path length exceeded", "path length")]
    public async Task A_bad_one_is_told_why_in_the_answer_to_its_first_command(string version, string credential, string reason)
    {
        site.Require();
        var (log, output) = await AskAsync(Files(credential), "0 NULL\n\nwhoami\nwhoami\n", version);
        output.Should().MatchRegex($"^4 [^\n]*{reason}[^\n]*\n\u0004\u0004$", log);
    }

    [SkippableTheory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_session_goes_on_over_a_new_connection_of_the_same_identity_only(string version)
    {
        site.Require();
        var mine = site.Files(_peter);
        var number = await NumberAsync("ssl", mine, "0 NULL\n4 /clinic\n\npwd\n", "/clinic");

        foreach (var other in (string[][])[site.Files(site.Grid.Researcher), []])
        {
            var (_, stolen) = await site.AskAsync(site.HandingOffPort, "resumeSSL" + number, other, "pwd\n", version);
            stolen.Should().Be($"4 There is no such session, or it has ended. Log in again.\n{End}");
        }
        // No login: the next line is a command.
        var next = await NumberAsync("resumeSSL" + number, mine, "pwd\n", "/clinic");
        next.Should().NotBe(number);
        var (_, again) = await site.AskAsync(site.HandingOffPort, "resumeSSL" + number, mine, "pwd\n", version);
        again.Should().StartWith("4 ", "a number is good once");
        await NumberAsync("resumeSSL" + next, site.Files(ProxyIssuer.Issue(_peter)), "whoami\n", Peter);

        async Task<string> NumberAsync(string option, string[] credential, string text, string row)
        {
            var (log, output) = await site.AskAsync(site.HandingOffPort, option, credential, text, version);
            output.Should().MatchRegex($"^0\n{row}\n\u0004session[0-9]{{1,20}}\u0004$", log);
            return output[(output.IndexOf("session", StringComparison.Ordinal) + "session".Length)..^1];
        }
    }

    [SkippableFact]
    public async Task Nothing_older_than_TLS_1_2_is_spoken()
    {
        site.Require();
        var (log, output) = await AskAsync(site.Files(_peter), "0 NULL\n\nwhoami\nquit\n", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0");
        output.Should().BeEmpty();
        log.Should().Contain("alert protocol version");
    }

    private string[] Files(string credential)
    {
        var files = new CredentialCases(site.Grid).Make(credential);
        return ["-cert", files.Certificate, "-key", files.Key, "-cert_chain", Chain(files.Certificate)];
    }

    // What follows the certificate and its key in a proxy file.
    private string Chain(string file)
    {
        var text = File.ReadAllText(file);
        return site.Grid.WriteSecret(text[(text.IndexOf("PRIVATE KEY-----\n", text.IndexOf("-----END ", text.IndexOf("PRIVATE KEY", StringComparison.Ordinal), StringComparison.Ordinal), StringComparison.Ordinal) + "PRIVATE KEY-----\n".Length)..]);
    }

    private Task<(string Log, string Output)> AskAsync(string[] credential, string text, params string[] arguments) => site.AskAsync(site.Port, "ssl", credential, text, arguments);
}
