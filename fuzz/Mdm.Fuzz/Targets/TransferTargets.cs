using System.Text;
using Mdm.Abstractions;
using Mdm.Host.Transfer;

namespace Mdm.Fuzz.Targets;

/// <summary>What callers put into TURLs and headers of the transfer door.</summary>
internal sealed class TransferTargets : IDisposable
{
    private const string TicketText = "some-ticket";
    private readonly string _directory = Directory.CreateTempSubdirectory("mdm-fuzz-").FullName;
    private readonly GridIdentity _caller = new(DistinguishedName.Parse("/DC=org/CN=Some Body"), [Fqan.Parse("/vo/Role=x")]);
    private readonly TransferTicketSeeds _tickets;
    private readonly TokenMint _mint;

    public TransferTargets()
    {
        var secret = TransferSecret.Open(Path.Combine(_directory, "secret"));
        _mint = new TokenMint(secret, TimeProvider.System);
        _tickets = new TransferTicketSeeds(secret);
    }

    public IEnumerable<FuzzTarget> All() =>
    [
        new("macaroon-request", InputShape.Text, _ => MacaroonSeeds(), Macaroon) { Tokens = [.. new[] { "\"caveats\":", "\"activity:DOWNLOAD\"", "\"path:/\"", "\"before:2030-01-01T00:00:00Z\"", "\"validity\":", "\"P9999999999Y\"", "\"PT1H\"", "[[[[[[", "{\"a\":", "null", "\\ud800" }.Select(Encoding.ASCII.GetBytes)], MaxLength = MacaroonRequest.MaxBody },
        new("ticket", InputShape.Text, TransferTicketSeeds.Make, input => _tickets.IsRedeemed(Encoding.Latin1.GetString(input), _caller)) { MaxLength = 4096 },
        new("token", InputShape.Text, _ => TokenSeeds(), Token) { MaxLength = 12 * 1024 },
        new("range", InputShape.Text, _ => RangeSeeds(), Ranges) { Tokens = [.. new[] { "bytes=", "-", ",", "0-", "-5", "0-0," }.Select(Encoding.ASCII.GetBytes)], MaxLength = 10 * 1024 },
        new("want-digest", InputShape.Text, _ => ["adler32;q=0.5, md5;q=1"u8.ToArray(), "ADLER32"u8.ToArray(), "sha-256;q=1,md5;q=0"u8.ToArray()], Digest) { Tokens = [";q="u8.ToArray(), ","u8.ToArray(), "md5"u8.ToArray()], MaxLength = 2048 },
    ];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static byte[][] MacaroonSeeds() =>
    [
        "{\"caveats\": [\"activity:LIST,DOWNLOAD\"], \"validity\": \"PT130M\"}"u8.ToArray(), "{}"u8.ToArray(),
        "{\"caveats\": [\"activity:DOWNLOAD\", \"path:/transfer\", \"before:2030-01-01T00:00:00Z\"], \"validity\": \"PT5M\"}"u8.ToArray(),
    ];

    private static bool Macaroon(byte[] input)
    {
        try
        {
            var request = MacaroonRequest.Parse(input, "/transfer/x/y");
            return request.Validity <= TimeSpan.Zero ? throw new FindingException("a validity that is none") : true;
        }
        catch (MdmException)
        {
            return false;
        }
    }

    private byte[][] TokenSeeds()
    {
        var until = TimeProvider.System.GetUtcNow().AddHours(1);
        return [.. Enumerable.Range(0, 4).Select(_ => Encoding.ASCII.GetBytes(_mint.Issue(new BearerToken(_caller, TicketText, TokenActivities.Download, until))))];
    }

    private bool Token(byte[] input)
    {
        try
        {
            return _mint.Accept(Encoding.Latin1.GetString(input), TicketText, TokenActivities.Download).Subject.Equals(_caller.Subject) ? true : throw new FindingException("a token for somebody else");
        }
        catch (MdmException)
        {
            return false;
        }
    }

    private static byte[][] RangeSeeds() => ["bytes=0-99"u8.ToArray(), "bytes=100-"u8.ToArray(), "bytes=-1"u8.ToArray(), "bytes=0-0, 5-9 ,-3"u8.ToArray()];

    private static bool Ranges(byte[] input)
    {
        const long Length = 1000;
        var ranges = ByteRanges.Parse(Encoding.Latin1.GetString(input), Length);
        foreach (var range in ranges ?? [])
        {
            if (range.Offset < 0 || range.Length <= 0 || range.Last >= Length)
                throw new FindingException($"a range outside the file: {range}");
        }
        return ranges is { Count: > 0 };
    }

    private static bool Digest(byte[] input) => WantDigest.Answer(WantDigest.Wishes(Encoding.Latin1.GetString(input)), new FileFacts(5, 0x12345678), new byte[16]) is not null;
}
