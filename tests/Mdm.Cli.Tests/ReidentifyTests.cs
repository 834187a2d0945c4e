using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Formats.Reidentification;

namespace Mdm.Cli.Tests;

public sealed class ReidentifyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mdm-reidentify-").FullName;

    public ReidentifyTests()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=Physician", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(Path("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path("key.pem"), key.ExportPkcs8PrivateKeyPem());
        var lines = new[] { new SealedIdentity("PAAA", "1", "", "Wolkenstein^Ottilie"), new SealedIdentity("PBBB", "2\t\x1B[2J", "HOSP", "B^C") }
            .Select((identity, i) => new TableLine(new string((char)('a' + i), TableLine.MarkLength), identity.Seal([certificate])).ToString());
        File.WriteAllLines(Path("table"), ["# comment", .. lines]);
    }

    [Fact]
    public async Task Says_whom_pseudonyms_stand_for_and_lets_no_value_steer_the_terminal()
    {
        var (code, output, _) = await Command.RunAsync("reidentify", Path("table"), "--cert", Path("cert.pem"), "--key", Path("key.pem"));
        code.Should().Be(ExitCode.Success);
        output.Should().Be("PAAA\t1\t\tWolkenstein^Ottilie\nPBBB\t2??[2J\tHOSP\tB^C\n");
    }

    [Fact]
    public async Task Gives_what_was_asked_for_and_says_what_is_missing()
    {
        var (code, output, error) = await Command.RunAsync("reidentify", Path("table"), "PAAA", "PZZZ", "--cert", Path("cert.pem"), "--key", Path("key.pem"));
        code.Should().Be(ExitCode.Failed);
        output.Should().Be("PAAA\t1\t\tWolkenstein^Ottilie\n");
        error.Should().Contain("PZZZ");
    }

    [Fact]
    public async Task Another_key_reads_nothing()
    {
        using var key = RSA.Create(2048);
        using var other = new CertificateRequest("CN=Other", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(Path("cert.pem"), other.ExportCertificatePem());
        File.WriteAllText(Path("key.pem"), key.ExportPkcs8PrivateKeyPem());
        var (code, output, error) = await Command.RunAsync("reidentify", Path("table"), "--cert", Path("cert.pem"), "--key", Path("key.pem"));
        code.Should().NotBe(ExitCode.Success);
        output.Should().BeEmpty();
        error.Should().Contain("not sealed to this certificate");
    }

    [Fact]
    public async Task A_line_that_was_cut_off_is_skipped_and_said_to_be()
    {
        File.AppendAllText(Path("table"), new string('c', TableLine.MarkLength) + " AAA");
        var (code, _, error) = await Command.RunAsync("reidentify", Path("table"), "PAAA", "--cert", Path("cert.pem"), "--key", Path("key.pem"));
        code.Should().Be(ExitCode.Success);
        error.Should().Contain("skipped");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Path(string name) => System.IO.Path.Combine(_folder, name);
}
