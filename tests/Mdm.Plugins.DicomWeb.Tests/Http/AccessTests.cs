using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Abstractions;
using Mdm.TestKit;

namespace Mdm.Plugins.DicomWeb.Tests.Http;

/// <summary>How the archive knows who asks, and we who answers.</summary>
public sealed class AccessTests
{
    private static readonly byte[] Nothing = ArchiveServer.Answer("204 No Content", null, []);

    [Fact]
    public async Task The_token_is_shown_and_read_again_when_it_changes()
    {
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["token"], "first\n");
        await using var server = new ArchiveServer(async (request, stream, cancellationToken) =>
            await stream.WriteAsync(request.Header("Authorization") is "Bearer first" or "Bearer second.token" ? Nothing : ArchiveServer.Answer("401 Unauthorized", null, []), cancellationToken));
        await using var backend = TestObjects.Backend(server.Url, options => options.TokenFile = "token", folder.Path);
        await using var without = TestObjects.Backend(server.Url);

        (await TestObjects.ListAsync(backend)).Should().BeEmpty();
        await File.WriteAllTextAsync(folder["token"], "second.token");
        (await TestObjects.ListAsync(backend)).Should().BeEmpty();
        await File.WriteAllTextAsync(folder["token"], "expired");
        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(backend))).Kind.Should().Be(MdmErrorKind.AccessDenied);
        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(without))).Kind.Should().Be(MdmErrorKind.AccessDenied);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("two\nlines")]
    public async Task A_file_without_a_token_asks_nobody(string? content)
    {
        using var folder = new TemporaryDirectory();
        if (content is not null)
            await File.WriteAllTextAsync(folder["token"], content);
        await using var server = ArchiveServer.Saying(Nothing);
        await using var backend = TestObjects.Backend(server.Url, options => options.TokenFile = "token", folder.Path);

        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(backend))).Kind.Should().Be(MdmErrorKind.Unavailable);
        server.Requests.Should().Be(0);
    }

    [Fact]
    public async Task Both_ends_show_certificates_and_a_stranger_is_not_spoken_to()
    {
        using var folder = new TemporaryDirectory();
        using var authority = Authority("CN=Hospital");
        using var stranger = Authority("CN=Somebody");
        using var archive = Issued(authority, "CN=pacs");
        using var host = Issued(authority, "CN=mdm");
        await File.WriteAllTextAsync(folder["trust.pem"], authority.ExportCertificatePem());
        await File.WriteAllTextAsync(folder["other.pem"], stranger.ExportCertificatePem());
        await File.WriteAllTextAsync(folder["host.pem"], host.ExportCertificatePem());
        await File.WriteAllTextAsync(folder["host.key"], host.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var seen = new List<string?>();
        await using var server = new ArchiveServer(async (request, stream, cancellationToken) =>
        {
            seen.Add(request.Subject);
            await stream.WriteAsync(request.Subject is null ? ArchiveServer.Answer("403 Forbidden", null, []) : Nothing, cancellationToken);
        }, new SslServerAuthenticationOptions { ServerCertificate = archive, ClientCertificateRequired = true, RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is null || certificate.Issuer == authority.Subject });
        await using var known = TestObjects.Backend(server.Url, options => options.Tls = new() { TrustFile = "trust.pem", CertificateFile = "host.pem", KeyFile = "host.key" }, folder.Path);
        await using var unknown = TestObjects.Backend(server.Url, options => options.Tls = new() { TrustFile = "trust.pem" }, folder.Path);
        await using var deceived = TestObjects.Backend(server.Url, options => options.Tls = new() { TrustFile = "other.pem" }, folder.Path);

        (await TestObjects.ListAsync(known)).Should().BeEmpty();
        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(unknown))).Kind.Should().Be(MdmErrorKind.AccessDenied);
        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(deceived))).Kind.Should().Be(MdmErrorKind.Unavailable);
        seen.Should().Equal("CN=mdm", null);
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(2));
    }

    private static X509Certificate2 Issued(X509Certificate2 authority, string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
