using Mdm.Abstractions;
using Mdm.Gsi.Issuing;

namespace Mdm.Cli.Demo;

/// <summary>A grid in a folder, good for a week: its CA's key is forgotten as soon as it is made.</summary>
internal sealed class DemoGrid
{
    private const string Organisation = "/DC=org/DC=mdm-demo";
    private const string VomsHost = "voms.mdm-demo.example";
    private const int VomsPort = 15000;

    // By this file a folder is known as one that may be replaced.
    private const string Marker = ".mdm-demo-grid";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromDays(7);
    private static readonly TimeSpan ProxyLifetime = TimeSpan.FromHours(24);

    private readonly string _root;
    private readonly string _host;
    private readonly List<DemoUser> _users;

    private DemoGrid(string root, string host, string vo)
    {
        _root = root;
        _host = host;
        var other = vo == "astro" ? "chem" : "astro";
        _users =
        [
            new DemoUser("physician", "Paula Physician", vo, [$"/{vo}/Role=physician/Capability=NULL", $"/{vo}/Role=NULL/Capability=NULL"], $"member of {vo}, Role=physician"),
            new DemoUser("researcher", "Rita Researcher", vo, [$"/{vo}/Role=NULL/Capability=NULL"], $"member of {vo}", HasOtherProxies: true),
            new DemoUser("outsider", "Otto Outsider", other, [$"/{other}/Role=NULL/Capability=NULL"], $"member of {other}, another VO"),
            new DemoUser("admin", "Ada Administrator", null, [], "administers the host; in no VO"),
        ];
    }

    /// <summary>Trusted CAs, revocation lists and signing policies: <c>X509_CERT_DIR</c>.</summary>
    public string Certificates => Path.Combine(_root, "certificates");

    /// <summary>The VOMS servers that are believed: <c>X509_VOMS_DIR</c>.</summary>
    public string VomsDirectory => Path.Combine(_root, "vomsdir");

    /// <summary>The proxy with which one looks around first.</summary>
    public string ResearcherProxy => ProxyOf("researcher");

    /// <summary>Makes a grid, in place of an earlier one.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.AlreadyExists"/>: the folder holds something else.</exception>
    public static DemoGrid Make(string directory, string host, string vo, TimeProvider clock)
    {
        var grid = new DemoGrid(Path.GetFullPath(directory), host, vo);
        grid.Prepare();
        grid.Issue(clock);
        return grid;
    }

    /// <summary>What there is, for people, with the lines to be typed.</summary>
    public IEnumerable<string> Describe()
    {
        yield return $"A throw-away grid in {_root}, good for {CertificateLifetime.TotalDays:0} days (proxies: {ProxyLifetime.TotalHours:0} hours).";
        yield return string.Empty;
        yield return "  certificates/       the CA: certificate, revocation list, signing policy, namespaces (X509_CERT_DIR)";
        yield return "  vomsdir/            whose VOMS attributes are believed (X509_VOMS_DIR)";
        yield return $"  host/               hostcert.pem, hostkey.pem for {_host}";
        yield return "  voms/               vomscert.pem, vomskey.pem: makes attributes, for voms-proxy-fake";
        foreach (var user in _users)
            yield return $"  users/{user.Name + "/",-13} {Organisation}/CN={user.CommonName}: {user.About}";
        yield return string.Empty;
        yield return "Each user has usercert.pem, userkey.pem and proxy, with the VOMS attributes if any; the researcher also proxy-plain, proxy-limited and proxy-limited-voms. To use them:";
        yield return string.Empty;
        yield return $"  export X509_CERT_DIR={Quoted(Certificates)}";
        yield return $"  export X509_VOMS_DIR={Quoted(VomsDirectory)}";
        yield return $"  export X509_USER_PROXY={Quoted(ResearcherProxy)}";
    }

    private string ProxyOf(string user) => Path.Combine(_root, "users", user, "proxy");

    private void Prepare()
    {
        if (Directory.Exists(_root) && Directory.EnumerateFileSystemEntries(_root).Any())
        {
            if (!File.Exists(Path.Combine(_root, Marker)))
                throw new MdmException(MdmErrorKind.AlreadyExists, $"{_root} is not empty and no demo grid. Name another directory.");
            Directory.Delete(_root, recursive: true);
        }
        Directory.CreateDirectory(_root, OwnerOnly);
        File.WriteAllText(Path.Combine(_root, Marker), "A throw-away grid of mdm demo-grid. It is replaced when the command runs again.\n");
        foreach (var folder in (string[])["host", "voms", .. _users.Select(u => Path.Combine("users", u.Name))])
            Directory.CreateDirectory(Path.Combine(_root, folder), OwnerOnly);
    }

    private void Issue(TimeProvider clock)
    {
        using var authority = CertificateAuthority.Create($"{Organisation}/CN=Demo CA", CertificateLifetime, clock);
        authority.WriteTo(Certificates, crlLifetime: CertificateLifetime);

        using var host = authority.IssueHost($"{Organisation}/CN={_host}", _host == "localhost" ? [_host] : [_host, "localhost"], CertificateLifetime);
        host.WriteFiles(Path.Combine(_root, "host", "hostcert.pem"), Path.Combine(_root, "host", "hostkey.pem"));

        using var voms = authority.IssueHost($"{Organisation}/CN={VomsHost}", [VomsHost], CertificateLifetime);
        voms.WriteFiles(Path.Combine(_root, "voms", "vomscert.pem"), Path.Combine(_root, "voms", "vomskey.pem"));
        foreach (var vo in _users.Select(u => u.Vo).OfType<string>().Distinct())
            AttributeCertificateIssuer.WriteLsc(VomsDirectory, vo, VomsHost, voms.Certificate);

        var certificates = _users.Select(u => (User: u, Certificate: authority.IssueUser($"{Organisation}/CN={u.CommonName}", CertificateLifetime))).ToArray();
        // Every proxy has a key of its own, and keys take their time.
        Parallel.ForEach(certificates, one =>
        {
            using (one.Certificate)
                Issue(one.User, one.Certificate, voms, clock);
        });
    }

    private void Issue(DemoUser user, IssuedCredential certificate, IssuedCredential voms, TimeProvider clock)
    {
        var home = Path.Combine(_root, "users", user.Name);
        certificate.WriteFiles(Path.Combine(home, "usercert.pem"), Path.Combine(home, "userkey.pem"));

        var end = clock.GetUtcNow() + ProxyLifetime;
        var plain = new ProxyParameters { NotAfter = end };
        Write(plain with { AttributeCertificates = user.Vo is null ? [] : [Attributes(user.Vo)] }, "proxy");
        if (user.HasOtherProxies)
        {
            Write(plain, "proxy-plain");
            Write(plain with { IsLimited = true }, "proxy-limited");
            Write(plain with { IsLimited = true, AttributeCertificates = [Attributes(user.Vo!)] }, "proxy-limited-voms");
        }

        byte[] Attributes(string vo) => AttributeCertificateIssuer.Issue(
            voms,
            certificate.Certificate,
            new AttributeCertificateParameters { Vo = vo, Host = VomsHost, Port = VomsPort, Fqans = [.. user.Fqans], NotAfter = end },
            clock);

        void Write(ProxyParameters parameters, string name)
        {
            using var proxy = ProxyIssuer.Issue(certificate, parameters, clock);
            proxy.WriteProxyFile(Path.Combine(home, name));
        }
    }

    // For a shell: quoted only where it must be, so that a reader is not distracted.
    private static string Quoted(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_') ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
