using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Abstractions;
using Mdm.Formats.Reidentification;

namespace Mdm.Formats.Tests.Reidentification;

public sealed class SealedIdentityTests : IDisposable
{
    private static readonly SealedIdentity Somebody = new("PABC", "QX-4711", "HOSP", "Παπαδόπουλος^Ελένη");
    private readonly X509Certificate2 _first = Certificate("CN=First", 2048);
    private readonly X509Certificate2 _second = Certificate("CN=Second", 3072);

    [Fact]
    public void Each_recipient_opens_it_and_nobody_else_does()
    {
        var bytes = Somebody.Seal([_first, _second]);
        SealedIdentity.Open(bytes, _first).Should().Be(Somebody);
        SealedIdentity.Open(bytes, _second).Should().Be(Somebody);

        using var other = Certificate("CN=First", 2048);
        var open = () => SealedIdentity.Open(bytes, other);
        open.Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.AccessDenied);
        using var withoutKey = X509CertificateLoader.LoadCertificate(_first.RawData);
        var openWithout = () => SealedIdentity.Open(bytes, withoutKey);
        openWithout.Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.AccessDenied);
    }

    [Fact]
    public void Any_byte_altered_and_any_cut_is_found()
    {
        var bytes = Somebody.Seal([_first]);
        for (var i = 0; i < bytes.Length; i++)
        {
            var altered = bytes.ToArray();
            altered[i] ^= 1;
            var open = () => SealedIdentity.Open(altered, _first);
            open.Should().Throw<MdmException>();
            var cut = () => SealedIdentity.Open(bytes.AsSpan(0, i), _first);
            cut.Should().Throw<MdmException>();
        }
    }

    [Fact]
    public void The_same_identity_is_sealed_differently_each_time() => Somebody.Seal([_first]).Should().NotEqual(Somebody.Seal([_first]));

    [Fact]
    public void Short_keys_do_not_receive()
    {
        using var weak = Certificate("CN=Weak", 1024);
        SealedIdentity.CanReceive(weak).Should().BeFalse();
        var seal = () => Somebody.Seal([weak]);
        seal.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_line_is_read_as_it_was_written_and_damaged_ones_are_none()
    {
        var line = new TableLine(new string('a', TableLine.MarkLength), Somebody.Seal([_first])).ToString();
        SealedIdentity.Open(TableLine.Parse(line)!.SealedBytes, _first).Should().Be(Somebody);
        foreach (var damaged in new[] { "", line[..TableLine.MarkLength], line[..^3], "G" + line[1..], line.Replace(' ', '_') })
            TableLine.Parse(damaged).Should().BeNull();
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    private static X509Certificate2 Certificate(string name, int bits)
    {
        using var key = RSA.Create(bits);
        return new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }
}
