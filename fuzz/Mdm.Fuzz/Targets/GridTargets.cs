using System.Formats.Asn1;
using System.Text;
using Mdm.Fuzz.Corpus;
using Mdm.Gsi.Client;
using Mdm.Gsi.Native;
using Mdm.Gsi.Proxies;
using Mdm.Gsi.Server;
using Mdm.Gsi.Trust;
using Mdm.Gsi.Voms;

namespace Mdm.Fuzz.Targets;

/// <summary>Certificates, proxies and attributes of callers; the files that say whom to trust; the bytes between TLS and HTTP.</summary>
internal sealed class GridTargets : IDisposable
{
    private static readonly byte[][] DerTokens = [[0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x82, 0xFF, 0xFF], [0x02, 0x01, 0xFF], [0xA0, 0x03, 0x02, 0x01, 0x02], [0x06, 0x03, 0x55, 0x1D, 0x13], [0x18, 0x0F], [0x05, 0x00], [0x1F, 0xFF, 0xFF]];
    private readonly Lazy<GridCorpus> _grid = new(() => new GridCorpus());

    public IEnumerable<FuzzTarget> All() =>
    [
        new("attribute-certificate", InputShape.Der, _ => _grid.Value.AttributeExtensions, AttributeCertificates) { Tokens = DerTokens },
        new("certificate", InputShape.Der, _ => _grid.Value.Certificates, Certificate) { Tokens = DerTokens, MaxLength = 80 * 1024 },
        new("chain", InputShape.Der, _ => _grid.Value.Chains, Chain) { Tokens = DerTokens, MaxLength = 80 * 1024 },
        new("delegation", InputShape.Der, _ => _grid.Value.Certificates, Delegation) { Tokens = DerTokens },
        new("signing-policy", InputShape.Text, _ => [.. _grid.Value.PolicyTexts, .. PolicySeeds()], SigningPolicies) { Tokens = [.. new[] { "access_id_CA", "pos_rights", "cond_subjects", "globus", "CA:sign", "'\"", "\"'", "*", "TO Issuer", "PERMIT Subject", "SELF", "\\\n", "(a*)*", "[", ")" }.Select(Encoding.ASCII.GetBytes)], MaxAllocated = 4L * SigningPolicyParser.MaxRules << 20 },
        new("lsc", InputShape.Text, _ => [_grid.Value.LscText, "/DC=a/CN=b\n/DC=a/CN=c\n------NEXT CHAIN------\n# x\n/CN=d\n/CN=e\n"u8.ToArray()], Lsc) { Tokens = ["------NEXT CHAIN------\n"u8.ToArray(), "#"u8.ToArray(), "/CN="u8.ToArray()] },
        new("pem", InputShape.Text, _ => _grid.Value.PemTexts, Pem) { Tokens = ["-----BEGIN CERTIFICATE-----\n"u8.ToArray(), "\n-----END CERTIFICATE-----\n"u8.ToArray(), "-----BEGIN RSA PRIVATE KEY-----\n"u8.ToArray(), "Proc-Type: 4,ENCRYPTED\n"u8.ToArray(), "===="u8.ToArray()] },
        new("httpg-line", InputShape.Text, _ => HttpSeeds(), RequestLine) { Tokens = ["POST httpg://h/ HTTP/1.1\r\n"u8.ToArray(), "Content-Length: 7\r\n"u8.ToArray(), "Transfer-Encoding: chunked\r\n"u8.ToArray(), "\r\n\r\n"u8.ToArray(), "ffffffffffffffff\r\n"u8.ToArray()], MaxLength = 8 * 1024 },
    ];

    public void Dispose()
    {
        if (_grid.IsValueCreated)
            _grid.Value.Dispose();
    }

    private bool AttributeCertificates(byte[] input)
    {
        try
        {
            AttributeCertificate.ParseAll(input);
        }
        catch (AsnContentException)
        {
            return false;
        }
        // The verdict on what can be read never throws: it ignores, and says why.
        if (CertificateFacts.TryParse(_grid.Value.Certificates[0], out var holder))
            AttributeVerifier.Verify(input, holder, _grid.Value.Trust.Current, _grid.Value.Trust.Clock.GetUtcNow());
        return true;
    }

    private static bool Certificate(byte[] input)
    {
        using var native = X509Handle.Parse(input);
        return CertificateFacts.TryParse(input, out var facts) && facts.Subject.Length + facts.Issuer.Length >= 0;
    }

    private bool Chain(byte[] input)
    {
        var (peer, refusal) = PeerVerifier.Verify(GridCorpus.Split(input), _grid.Value.Trust.Current, _grid.Value.Trust.Clock.GetUtcNow());
        return (peer is null) == (refusal is null) ? throw new FindingException("neither a peer nor a reason, or both") : peer is not null;
    }

    private static bool Delegation(byte[] input)
    {
        try
        {
            for (var have = 0; have < Math.Min(input.Length, 8); have++)
                GsiProtocol.EncodedLength(input.AsSpan(0, have), GsiProtocol.MaxProxyLength);
            return GsiProtocol.EncodedLength(input, GsiProtocol.MaxProxyLength) is { } length
                && (length is >= 2 and <= GsiProtocol.MaxProxyLength ? true : throw new FindingException("a length beyond the limit"))
                && length <= input.Length && CertificateFacts.TryParse(input.AsMemory(0, length), out _);
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static byte[][] PolicySeeds() =>
    [
        "access_id_CA X509 '/DC=org/CN=CA'\npos_rights globus CA:sign\ncond_subjects globus '\"/DC=org/*\" \"/C=x/*\"'\n"u8.ToArray(),
        "TO Issuer \"/DC=org/CN=CA\" \\\n  PERMIT Subject \"/DC=org/.*\"\nTO Issuer SELF DENY Subject \"/DC=x/.*\"\n"u8.ToArray(),
    ];

    private static bool SigningPolicies(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        try
        {
            return SigningPolicyParser.ParseGlobus(text).Length + SigningPolicyParser.ParseNamespaces(text, "/DC=org/CN=CA").Length > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool Lsc(byte[] input)
    {
        try
        {
            var file = LscFile.Parse(Encoding.UTF8.GetString(input));
            var again = LscFile.Parse(file.ToString());
            if (file.ToString() != again.ToString())
                throw new FindingException("write, read, write gives another file");
            return file.Chains.Length > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool Pem(byte[] input)
    {
        try
        {
            var file = PemFile.Parse(Encoding.UTF8.GetString(input));
            // A whole key is checked number by number when it is parsed, which takes longer than all the rest: one in eight.
            using var key = file.PrivateKey is [.., var last] && (last & 7) == 0 ? KeyHandle.Parse(file.PrivateKey) : null;
            return file.Certificates.Length > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static byte[][] HttpSeeds() =>
    [
        "POST httpg://host:8446/srm/managerv2 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhellohttpg POST httpg://h/ HTTP/1.1\r\n\r\n"u8.ToArray(),
        "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nGET httpg://h/ HTTP/1.1\r\n\r\n"u8.ToArray(),
    ];

    /// <summary>Byte by byte it must come to the same as in one piece, and nothing but a letter of a scheme may change.</summary>
    private static bool RequestLine(byte[] input)
    {
        var (whole, bytewise) = ((byte[])[.. input], (byte[])[.. input]);
        new HttpgRequestLine().Patch(whole);
        var patcher = new HttpgRequestLine();
        for (var i = 0; i < bytewise.Length; i++)
            patcher.Patch(bytewise.AsSpan(i, 1));
        if (!whole.AsSpan().SequenceEqual(bytewise))
            throw new FindingException("depends on how the bytes were cut");
        for (var i = 0; i < input.Length; i++)
        {
            if (whole[i] != input[i] && (input[i] != 'g' || whole[i] != 's' || i < 4 || !input.AsSpan(i - 4, 4).SequenceEqual("http"u8)))
                throw new FindingException("changed something other than the scheme");
        }
        return !whole.AsSpan().SequenceEqual(input);
    }
}
