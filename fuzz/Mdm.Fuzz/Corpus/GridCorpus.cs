using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Trust;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Fuzz.Corpus;

/// <summary>A throw-away CA with users, proxies and attribute certificates, and the trust that belongs to them. Its keys are new in every run, so these bytes are not the same twice.</summary>
internal sealed class GridCorpus : IDisposable
{
    private const string VomsHost = "voms.example.org";
    private readonly string _directory = Directory.CreateTempSubdirectory("mdm-fuzz-").FullName;
    private readonly List<IssuedCredential> _issued = [];
    private readonly CertificateAuthority _authority;

    public GridCorpus()
    {
        _authority = CertificateAuthority.Create("/DC=org/DC=fuzz/CN=CA", TimeSpan.FromDays(2));
        _authority.WriteTo(_directory);
        var voms = Keep(_authority.IssueHost("/DC=org/DC=fuzz/CN=" + VomsHost, [VomsHost], TimeSpan.FromDays(1)));
        var lsc = Path.Combine(_directory, "vomsdir");
        AttributeCertificateIssuer.WriteLsc(lsc, "vo", VomsHost, voms.Certificate);
        LscText = Encoding.UTF8.GetBytes(string.Concat(Directory.EnumerateFiles(lsc, "*.lsc", SearchOption.AllDirectories).Select(File.ReadAllText)));
        var user = Keep(_authority.IssueUser("/DC=org/DC=fuzz/CN=Some Body", TimeSpan.FromDays(1)));
        byte[] Attributes(params string[] fqans) => AttributeCertificateIssuer.Issue(voms, user.Certificate, new AttributeCertificateParameters { Vo = "vo", Host = VomsHost, Fqans = [.. fqans] });
        var one = Attributes("/vo");
        var many = Attributes("/vo/Role=physician", "/vo", "/vo/group/sub/Role=x/Capability=NULL");
        var plain = Keep(ProxyIssuer.Issue(user));
        var voms1 = Keep(ProxyIssuer.Issue(user, new ProxyParameters { AttributeCertificates = [one] }));
        var voms2 = Keep(ProxyIssuer.Issue(user, new ProxyParameters { AttributeCertificates = [many, one], IsLimited = true, PathLength = 3 }));
        var nested = Keep(ProxyIssuer.Issue(voms1, new ProxyParameters { PathLength = 0 }));
        Chains = [Chain(user), Chain(plain), Chain(voms1), Chain(voms2), Chain(nested)];
        Certificates = [user.Certificate.RawData, plain.Certificate.RawData, voms1.Certificate.RawData, voms2.Certificate.RawData, _authority.Certificate.RawData, voms.Certificate.RawData];
        AttributeExtensions = [.. new[] { voms1, voms2 }.Select(proxy => CertificateFacts.TryParse(proxy.Certificate.RawData, out var facts) ? facts.VomsExtension!.Value.ToArray() : throw new InvalidOperationException("The proxy that was just made cannot be read."))];
        PemTexts = [Encoding.ASCII.GetBytes(nested.CertificatePem + nested.KeyPem), Encoding.ASCII.GetBytes(user.CertificatePem), Encoding.ASCII.GetBytes(user.Key.ExportRSAPrivateKeyPem() + "\n" + user.CertificatePem)];
        PolicyTexts = [.. Directory.EnumerateFiles(_directory).Where(file => file.EndsWith("signing_policy", StringComparison.Ordinal) || file.EndsWith("namespaces", StringComparison.Ordinal)).Select(File.ReadAllBytes)];
        Trust = new TrustStore(new TrustOptions { CertificateDirectory = _directory, VomsDirectory = lsc, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
    }

    public TrustStore Trust { get; }

    /// <summary>Whole chains, leaf first, as one sequence of certificates.</summary>
    public IReadOnlyList<byte[]> Chains { get; }

    public IReadOnlyList<byte[]> Certificates { get; }

    public IReadOnlyList<byte[]> AttributeExtensions { get; }

    public IReadOnlyList<byte[]> PemTexts { get; }

    public IReadOnlyList<byte[]> PolicyTexts { get; }

    public byte[] LscText { get; }

    /// <summary>What a peer would present, cut out of one input: DER values one after the other, the rest as a last one.</summary>
    public static ImmutableArray<ImmutableArray<byte>> Split(ReadOnlySpan<byte> input)
    {
        var chain = ImmutableArray.CreateBuilder<ImmutableArray<byte>>();
        while (!input.IsEmpty && chain.Count < 30)
        {
            var length = input.Length >= 4 && input[0] == 0x30 && input[1] == 0x82 ? Math.Min(input.Length, 4 + (input[2] << 8 | input[3])) : input.Length;
            chain.Add([.. input[..length]]);
            input = input[length..];
        }
        return chain.ToImmutable();
    }

    public void Dispose()
    {
        Trust.Dispose();
        _authority.Dispose();
        foreach (var issued in _issued)
            issued.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private IssuedCredential Keep(IssuedCredential issued)
    {
        _issued.Add(issued);
        return issued;
    }

    private static byte[] Chain(IssuedCredential credential) => [.. credential.Certificate.RawData, .. credential.Issuers.SelectMany(issuer => issuer.RawData)];
}
