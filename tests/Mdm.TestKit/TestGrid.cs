using System.Security.Cryptography.X509Certificates;
using Mdm.Gsi.Issuing;

namespace Mdm.TestKit;

/// <summary>
/// A small grid that lives as long as the test: a CA with CRL and signing policy, a host, a VOMS server, users and whatever credentials a test asks for. Written in the layout real clients read.
/// </summary>
public sealed class TestGrid : IDisposable
{
    public const string Vo = "testvo";
    public const string OtherVo = "othervo";
    private const string VomsHost = "voms.test.example";
    private readonly TemporaryDirectory _directory = new();
    private readonly IssuedCredential _voms;
    private readonly List<IDisposable> _issued = [];
    private int _count;

    public TestGrid()
    {
        Directory.CreateDirectory(CertificateDirectory);
        Authority = CertificateAuthority.Create("/DC=org/DC=testgrid/CN=Test CA", TimeSpan.FromDays(30));
        Authority.WriteTo(CertificateDirectory);
        using var host = Authority.IssueHost("/DC=org/DC=testgrid/CN=localhost", ["localhost"], TimeSpan.FromDays(10));
        host.WriteFiles(HostCertificate, HostKey);
        _voms = Authority.IssueHost("/DC=org/DC=testgrid/CN=" + VomsHost, [VomsHost], TimeSpan.FromDays(10));
        AttributeCertificateIssuer.WriteLsc(VomsDirectory, Vo, VomsHost, _voms.Certificate);
        AttributeCertificateIssuer.WriteLsc(VomsDirectory, OtherVo, VomsHost, _voms.Certificate);
        Physician = User("Paula Physician");
        Researcher = User("Rita Researcher");
        Stranger = User("Oscar Other");
        PhysicianProxy = Proxy(Physician, [$"/{Vo}/Role=physician", $"/{Vo}"]);
        ResearcherProxy = Proxy(Researcher, [$"/{Vo}"]);
        StrangerProxy = Proxy(Stranger, [$"/{OtherVo}"], OtherVo);
    }

    public CertificateAuthority Authority { get; }

    public string CertificateDirectory => _directory["certificates"];

    public string VomsDirectory => _directory["vomsdir"];

    public string HostCertificate => _directory["hostcert.pem"];

    public string HostKey => _directory["hostkey.pem"];

    public IssuedCredential Physician { get; }

    public IssuedCredential Researcher { get; }

    /// <summary>A member of another VO.</summary>
    public IssuedCredential Stranger { get; }

    /// <summary>Proxy files with VOMS attributes.</summary>
    public string PhysicianProxy { get; }

    public string ResearcherProxy { get; }

    public string StrangerProxy { get; }

    public IssuedCredential User(string name) => Keep(Authority.IssueUser("/DC=org/DC=testgrid/CN=" + name, TimeSpan.FromDays(5)));

    /// <summary>An attribute certificate of the grid's VOMS server.</summary>
    public byte[] Attributes(X509Certificate2 holder, string[] fqans, string vo = Vo, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null, IssuedCredential? signer = null) =>
        AttributeCertificateIssuer.Issue(signer ?? _voms, holder, new AttributeCertificateParameters { Vo = vo, Host = VomsHost, Fqans = [.. fqans], NotBefore = notBefore, NotAfter = notAfter });

    /// <summary>Writes a VOMS proxy and returns its path.</summary>
    public string Proxy(IssuedCredential user, string[] fqans, string vo = Vo) =>
        Write(ProxyIssuer.Issue(user, new ProxyParameters { AttributeCertificates = fqans.Length == 0 ? [] : [Attributes(user.Certificate, fqans, vo)] }));

    /// <summary>Writes any credential as a proxy file and returns its path.</summary>
    public string Write(IssuedCredential credential)
    {
        var path = _directory[$"x509up_{Interlocked.Increment(ref _count)}"];
        Keep(credential).WriteProxyFile(path);
        return path;
    }

    /// <summary>Writes any text as a file that only its owner may read, and returns its path.</summary>
    public string WriteSecret(string text)
    {
        var path = _directory[$"secret_{Interlocked.Increment(ref _count)}"];
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        file.Write(System.Text.Encoding.ASCII.GetBytes(text));
        return path;
    }

    /// <summary>A VOMS server's credential, under whatever name.</summary>
    public IssuedCredential VomsServer(string name) => Keep(Authority.IssueHost("/DC=org/DC=testgrid/CN=" + name, [name], TimeSpan.FromDays(1)));

    /// <summary>A further authority, below this grid's or beside it, gone with it.</summary>
    public CertificateAuthority Further(CertificateAuthority authority) => Keep(authority);

    /// <summary>Publishes the CA's present revocations, as a site's fetch-crl would.</summary>
    public void PublishRevocations() => Authority.WriteTo(CertificateDirectory);

    /// <summary>The environment in which a grid client runs, with a home of its own.</summary>
    public Dictionary<string, string?> Environment(string proxyFile)
    {
        var home = _directory["home-" + Interlocked.Increment(ref _count)];
        Directory.CreateDirectory(home);
        return new Dictionary<string, string?>
        {
            ["HOME"] = home,
            ["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin",
            ["TZ"] = "UTC",
            ["LC_ALL"] = "C.UTF-8",
            ["GFAL_PYTHONBIN"] = "/usr/bin/python3",
            ["X509_CERT_DIR"] = CertificateDirectory,
            ["X509_VOMS_DIR"] = VomsDirectory,
            ["X509_USER_PROXY"] = proxyFile,
        };
    }

    public void Dispose()
    {
        foreach (var issued in _issued)
            issued.Dispose();
        _voms.Dispose();
        Authority.Dispose();
        _directory.Dispose();
    }

    private T Keep<T>(T issued)
        where T : IDisposable
    {
        _issued.Add(issued);
        return issued;
    }
}
