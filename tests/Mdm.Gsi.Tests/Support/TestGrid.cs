using System.Collections.Immutable;
using Mdm.Gsi.Issuing;
using Mdm.Gsi.Trust;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Gsi.Tests.Support;

/// <summary>A grid of its own in a temporary directory: a CA, a host, a VOMS server and two users, issued while the test runs.</summary>
public sealed class TestGrid : IDisposable
{
    public const string Vo = "biomed", VomsHost = "voms.gridlab.org";
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    public TestGrid()
    {
        Root = Directory.CreateTempSubdirectory("mdm-gsi-").FullName;
        CertificateDirectory = Path.Combine(Root, "certificates");
        VomsDirectory = Path.Combine(Root, "vomsdir");
        Ca = CertificateAuthority.Create("/DC=org/DC=gridlab/CN=Gridlab CA", Year);
        Host = Ca.IssueHost("/DC=org/DC=gridlab/O=lab/CN=localhost", ["localhost"], Year);
        Voms = Ca.IssueHost($"/DC=org/DC=gridlab/O=lab/CN={VomsHost}", [VomsHost], Year);
        Alice = Ca.IssueUser("/DC=org/DC=gridlab/O=lab/CN=Alice Tester", Year);
        Bob = Ca.IssueUser("/DC=org/DC=gridlab/O=lab/CN=Bob Tester", Year);
        Ca.WriteTo(CertificateDirectory);
        AttributeCertificateIssuer.WriteLsc(VomsDirectory, Vo, VomsHost, Voms.Certificate);
        Host.WriteFiles(HostCertificateFile, HostKeyFile);
    }

    public string Root { get; }

    public string CertificateDirectory { get; }

    public string VomsDirectory { get; }

    public string HostCertificateFile => Path.Combine(Root, "hostcert.pem");

    public string HostKeyFile => Path.Combine(Root, "hostkey.pem");

    public CertificateAuthority Ca { get; }

    public IssuedCredential Host { get; }

    public IssuedCredential Voms { get; }

    public IssuedCredential Alice { get; }

    public IssuedCredential Bob { get; }

    /// <summary>Never looks by itself: tests reload when they mean to.</summary>
    public TrustOptions TrustOptions => new() { CertificateDirectory = CertificateDirectory, VomsDirectory = VomsDirectory, ReloadInterval = TimeSpan.Zero };

    public TrustStore OpenTrust(TimeProvider? clock = null) => new(TrustOptions, NullLogger<TrustStore>.Instance, clock);

    public static AttributeCertificateParameters Attributes(params string[] fqans) => new() { Vo = Vo, Host = VomsHost, Fqans = [.. fqans] };

    public IssuedCredential VomsProxy(params string[] fqans) =>
        ProxyIssuer.Issue(Alice, new ProxyParameters { AttributeCertificates = [AttributeCertificateIssuer.Issue(Voms, Alice.Certificate, Attributes(fqans))] });

    public string ProxyFile(IssuedCredential credential, string name = "proxy.pem")
    {
        var path = Path.Combine(Root, name);
        credential.WriteProxyFile(path);
        return path;
    }

    public static ImmutableArray<ImmutableArray<byte>> ChainOf(IssuedCredential credential) =>
        [.. credential.Issuers.Insert(0, credential.Certificate).Select(c => c.RawData.ToImmutableArray())];

    public void Dispose()
    {
        foreach (var credential in (IDisposable[])[Ca, Host, Voms, Alice, Bob])
            credential.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
