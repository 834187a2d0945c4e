using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Gsi.Client;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Proxies;
using Mdm.Gsi.Tests.Support;
using Mdm.Gsi.Trust;
using Mdm.Gsi.Voms;

namespace Mdm.Gsi.Tests;

/// <summary>Parsers on their own: what they read, and that they refuse the rest in order.</summary>
public sealed class ParserTests(TestGrid grid) : IClassFixture<TestGrid>
{
    [Theory]
    [InlineData("/DC=org/DC=gridlab/O=lab/CN=Alice Tester")]
    [InlineData("/C=FR/O=CNRS/OU=I3S/CN=host/se.example.org")]
    [InlineData("/C=IT/O=INFN/CN=Robot: x@y/emailAddress=a@b.org")]
    public void A_name_survives_its_encoding(string name) => SlashName.Of(SlashName.Encode(name)).Should().Be(name);

    [Fact]
    public void A_name_beyond_ASCII_is_printed_as_OpenSSL_does() => SlashName.Of(SlashName.Encode("/CN=René")).Should().Be("/CN=Ren\\xC3\\xA9");

    [SkippableTheory]
    [InlineData("/DC=org/DC=grid lab/O=Lab/CN=CA  With   Spaces")]
    [InlineData("/C=FR/O=CNRS/CN=GRID2-FR")]
    public async Task Hashes_of_subjects_are_those_of_OpenSSL(string subject)
    {
        Skip.IfNot(RealProgram.IsInstalled("openssl"), "openssl is not installed");
        using var ca = CertificateAuthority.Create(subject, TimeSpan.FromDays(1));
        var file = Path.Combine(grid.Root, Convert.ToHexString(RandomNumberGenerator.GetBytes(4)) + ".pem");
        await File.WriteAllTextAsync(file, ca.Certificate.ExportCertificatePem());
        var (_, output) = await RealProgram.RunAsync("openssl", ["x509", "-noout", "-subject_hash", "-subject_hash_old", "-in", file], grid);
        output.Trim().Should().Be($"{ca.Hash}\n{SubjectHash.OldOf(ca.Certificate.SubjectName.RawData)}");
    }

    [Fact]
    public void A_signing_policy_permits_by_pattern()
    {
        var policy = SigningPolicyParser.ParseGlobus("""
            # comment
            access_id_CA  X509  '/C=XX/O=A CA'
            pos_rights    globus CA:sign
            cond_subjects globus '"/C=XX/O=A/*" "/C=XX/O=B/CN=?"'
            access_id_CA  X509  '/C=XX/O=No rights'
            cond_subjects globus '"*"'
            """).Should().ContainSingle().Which;
        policy.Authority.Should().Be("/C=XX/O=A CA");
        policy.Permits("/C=XX/O=A/CN=x").Should().BeTrue();
        policy.Permits("/C=XX/O=B/CN=x").Should().BeTrue();
        policy.Permits("/C=XX/O=B/CN=xy").Should().BeFalse();
        policy.Permits("/C=YY/C=XX/O=A/CN=x").Should().BeFalse();
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "/CN=a", false)]
    [InlineData("/CN=*x*y", "/CN=axbxcy", true)]
    [InlineData("/CN=*x*y", "/CN=axbxcyz", false)]
    [InlineData("/CN=a**", "/CN=a", true)]
    [InlineData("/CN=?", "/CN=", false)]
    [InlineData("/CN=a.c+", "/CN=abc+", false)]
    public void A_globus_pattern_covers_the_whole_name(string pattern, string name, bool matches) =>
        new GlobPattern(pattern).IsMatch(name).Should().Be(matches);

    [Fact]
    public void A_signing_policy_of_many_lines_stays_small()
    {
        // Found by fuzzing: 5 KB of a policy took 80 MB, since each pattern became an automaton, and the limit held for a line only.
        var text = "access_id_CA X509 '/CN=CA'\npos_rights globus CA:sign\n" + string.Concat(Enumerable.Repeat("cond_subjects globus '\"/C=x/*\"'\n", SigningPolicyParser.MaxPatterns));
        var before = GC.GetAllocatedBytesForCurrentThread();
        SigningPolicyParser.ParseGlobus(text).Should().HaveCount(SigningPolicyParser.MaxPatterns);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(16 << 20);
        FluentActions.Invoking(() => SigningPolicyParser.ParseGlobus(text + "cond_subjects globus '\"/C=y/*\"'\n")).Should().Throw<FormatException>();
    }

    [Fact]
    public void A_namespaces_file_permits_and_denies()
    {
        var policy = SigningPolicyParser.ParseNamespaces("""
            #NAMESPACES-VERSION: 1.0
            TO Issuer "/C=XX/O=A CA" \
              PERMIT Subject "/C=XX/O=A/.*"
            TO Issuer "/C=XX/O=A CA" DENY Subject "/C=XX/O=A/CN=Eve.*"
            """, null).Should().ContainSingle().Which;
        policy.Permits("/C=XX/O=A/CN=x").Should().BeTrue();
        policy.Permits("/C=XX/O=A/CN=Eve").Should().BeFalse();
    }

    [Fact]
    public void An_LSC_file_survives_its_text_and_wants_the_issuer_too()
    {
        var file = LscFile.Parse("/CN=voms\n/CN=CA\n------NEXT CHAIN------\n/CN=voms2\n/CN=Sub\n/CN=Root\n");
        LscFile.Parse(file.ToString()).Chains.SelectMany(c => c).Should().Equal(file.Chains.SelectMany(c => c));
        file.Lists(["/CN=voms", "/CN=CA"]).Should().BeTrue();
        file.Lists(["/CN=voms2", "/CN=Sub", "/CN=Root"]).Should().BeTrue();
        file.Lists(["/CN=voms", "/CN=Other"]).Should().BeFalse();
        LscFile.Parse("/CN=voms\n").Lists(["/CN=voms", "/CN=CA"]).Should().BeFalse("a signer without its issuer says too little");
    }

    [Theory]
    [InlineData("30", null)]
    [InlineData("3003", 5)]
    [InlineData("308203", null)]
    [InlineData("30820100", 260)]
    public void The_length_of_a_delegated_certificate_is_known_from_its_head(string head, int? expected) =>
        GsiProtocol.EncodedLength(Convert.FromHexString(head), 1000).Should().Be(expected);

    [Theory]
    [InlineData("3180")]
    [InlineData("3080")]
    [InlineData("30820400")]
    [InlineData("3084FFFFFFFF")]
    public void A_delegated_certificate_that_is_none_or_too_long_is_refused(string head) =>
        FluentActions.Invoking(() => GsiProtocol.EncodedLength(Convert.FromHexString(head), 1000)).Should().Throw<AsnContentException>();

    [Fact]
    public void Broken_certificates_and_attributes_are_refused_in_order()
    {
        using var proxy = grid.VomsProxy("/biomed", "/biomed/Role=physician");
        var certificate = proxy.Certificate.RawData;
        CertificateFacts.TryParse(certificate, out var facts).Should().BeTrue();
        var attributes = facts!.VomsExtension!.Value.ToArray();
        AttributeCertificate.ParseAll(attributes).Should().ContainSingle().Which.Fqans.Should().Equal("/biomed", "/biomed/Role=physician");
        for (var round = 0; round < 3000; round++)
        {
            var broken = certificate.ToArray();
            broken[RandomNumberGenerator.GetInt32(broken.Length)] = (byte)RandomNumberGenerator.GetInt32(256);
            CertificateFacts.TryParse(broken.AsMemory(0, RandomNumberGenerator.GetInt32(broken.Length - 1)), out _).Should().BeFalse();
            _ = CertificateFacts.TryParse(broken, out _);
            var other = attributes.ToArray();
            other[RandomNumberGenerator.GetInt32(other.Length)] = (byte)RandomNumberGenerator.GetInt32(256);
            try
            {
                AttributeCertificate.ParseAll(other);
            }
            catch (AsnContentException e)
            {
                e.Message.Should().NotBeNull();
            }
        }
    }

    [Fact]
    public void A_key_that_others_may_read_is_refused_and_a_proxy_file_is_read_back()
    {
        using var proxy = ProxyIssuer.Issue(grid.Alice);
        var file = grid.ProxyFile(proxy, "own.pem");
        using (var read = GridCredential.LoadProxy(file))
        {
            read.Subject.ToString().Should().Be("/DC=org/DC=gridlab/O=lab/CN=Alice Tester");
            read.Chain.Should().HaveCount(2);
        }
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        FluentActions.Invoking(() => GridCredential.LoadProxy(file)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Refused);
        FluentActions.Invoking(() => GridCredential.LoadProxy(file + ".none")).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.NotFound);
    }
}
