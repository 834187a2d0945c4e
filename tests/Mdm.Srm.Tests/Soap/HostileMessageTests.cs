using System.Text;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;

namespace Mdm.Srm.Tests.Soap;

public class HostileMessageTests
{
    private static readonly SoapLimits Small = SoapLimits.Request with { MaxBytes = 64 * 1024, MaxElements = 200, MaxArrayItems = 20, MaxTextLength = 500 };

    public static TheoryData<string, string> NotSoap { get; } = new()
    {
        { "nothing", "" },
        { "blanks", "   \n" },
        { "not XML", "GET / HTTP/1.1" },
        { "cut short", Ls("<arrayOfSURLs><urlArray>srm://h/x")[..^40] },
        { "cut in a tag", "<Envelope><Bo" },
        { "crossed tags", "<Envelope><Body></Envelope></Body>" },
        { "two roots", "<Envelope/><Envelope/>" },
        { "another document", "<html><body>hello</body></html>" },
        { "no body", "<Envelope><Header/></Envelope>" },
        { "empty body", "<Envelope><Body/></Envelope>" },
        { "unbound prefix", "<a:Envelope><a:Body/></a:Envelope>" },
        { "document type", "<!DOCTYPE Envelope><Envelope><Body><srmPing/></Body></Envelope>" },
        { "external entity", "<!DOCTYPE e [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Envelope><Body><srmPing>&x;</srmPing></Body></Envelope>" },
        { "external subset", "<!DOCTYPE e SYSTEM \"http://127.0.0.1:1/x.dtd\"><Envelope><Body><srmPing/></Body></Envelope>" },
        { "laughs", "<!DOCTYPE e [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]><Envelope><Body><srmPing>&c;</srmPing></Body></Envelope>" },
        { "undeclared entity", "<Envelope><Body><srmPing>&nbsp;</srmPing></Body></Envelope>" },
        { "forbidden character", "<Envelope><Body><srmPing>&#1;</srmPing></Body></Envelope>" },
        { "unknown encoding", "<?xml version=\"1.0\" encoding=\"klingon-7\"?><Envelope><Body><srmPing/></Body></Envelope>" },
        { "forbidden encoding", "<?xml version=\"1.0\" encoding=\"utf-7\"?><Envelope><Body><srmPing/></Body></Envelope>" },
        { "an encoding it is not in", "<?xml version=\"1.0\" encoding=\"utf-16\"?><Envelope><Body><srmPing/></Body></Envelope>" },
        { "the same attribute twice", "<Envelope a='1' a='2'><Body><srmPing/></Body></Envelope>" },
    };

    public static TheoryData<string, string> TooMuch { get; } = new()
    {
        { "depth", "<Envelope><Body><srmLs>" + string.Concat(Enumerable.Repeat("<a>", 5_000)) },
        { "bytes", Ls(new string(' ', 70_000)) },
        { "one attribute", $"<Envelope a='{new string('x', 70_000)}'><Body><srmPing/></Body></Envelope>" },
        { "attributes", "<Envelope><Body " + string.Concat(Enumerable.Range(0, 2_000).Select(i => $"a{i}='' ")) + "><srmPing/></Body></Envelope>" },
        { "elements", Ls(string.Concat(Enumerable.Repeat("<x/>", 300))) },
        { "one value", Ls($"<arrayOfSURLs><urlArray>srm://h/{new string('x', 501)}</urlArray></arrayOfSURLs>") },
        { "pieces", Ls($"<arrayOfSURLs><urlArray>{string.Concat(Enumerable.Repeat("a<!-- -->", 100))}</urlArray></arrayOfSURLs>") },
    };

    [Theory, MemberData(nameof(NotSoap))]
    public void Refuses_what_is_not_an_envelope(string what, string message)
    {
        var read = () => SoapReader.ReadRequest(Encoding.UTF8.GetBytes(message), Small);

        read.Should().Throw<SoapException>(what).Which.Error.Should().Be(SoapError.Malformed);
    }

    [Theory, MemberData(nameof(TooMuch))]
    public void Refuses_what_is_larger_than_a_limit(string what, string message)
    {
        var read = () => SoapReader.ReadRequest(Encoding.UTF8.GetBytes(message), Small);

        read.Should().Throw<SoapException>(what).Which.Error.Should().Be(SoapError.TooLarge);
    }

    [Fact]
    public async Task Stops_reading_a_stream_at_the_limit()
    {
        var endless = new EndlessStream();

        var read = async () => await SoapReader.ReadRequestAsync(endless, Small, CancellationToken.None);

        (await read.Should().ThrowAsync<SoapException>()).Which.Error.Should().Be(SoapError.TooLarge);
        endless.Given.Should().BeLessThan(4 * Small.MaxBytes);
    }

    [Fact]
    public void Refuses_invalid_bytes()
    {
        var message = Encoding.UTF8.GetBytes(Ls("<arrayOfSURLs><urlArray>srm://h/#</urlArray></arrayOfSURLs>"));
        message[Array.IndexOf(message, (byte)'#')] = 0xC3;

        var read = () => SoapReader.ReadRequest(message, Small);

        read.Should().Throw<SoapException>().Which.Error.Should().Be(SoapError.Malformed);
    }

    [Fact]
    public void Every_cut_of_a_message_is_refused_and_nothing_else_happens()
    {
        var message = Encoding.UTF8.GetBytes(Ls("<arrayOfSURLs><urlArray>srm://h/x</urlArray></arrayOfSURLs><numOfLevels>0</numOfLevels>"));
        for (var length = 0; length < message.Length; length++)
        {
            var read = () => SoapReader.ReadRequest(message.AsMemory(0, length), Small);
            read.Should().Throw<SoapException>($"only {length} bytes are there");
        }
    }

    [Fact]
    public void A_changed_byte_never_gives_another_exception()
    {
        var message = Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + Ls("<arrayOfSURLs><urlArray>srm://h/x</urlArray></arrayOfSURLs><numOfLevels>0</numOfLevels>"));
        for (var at = 0; at < message.Length; at++)
        {
            foreach (var value in (byte[])[0, (byte)'<', (byte)'&', (byte)'"', 0x80, 0xFF, (byte)(message[at] ^ 1), (byte)(message[at] ^ 0x20)])
            {
                var changed = message.ToArray();
                changed[at] = value;
                try
                {
                    SoapReader.ReadRequest(changed, Small).Operation.Should().BeSameAs(SrmOperation.Ls);
                }
                catch (SoapException e)
                {
                    e.Error.Should().NotBe(SoapError.Fault);
                }
            }
        }
    }

    [Theory]
    [InlineData("<srmDance xmlns='http://srm.lbl.gov/StorageResourceManager'/>")]
    [InlineData("<srmLs xmlns='http://example.org/another'/>")]
    [InlineData("<srmLsResponse xmlns='http://srm.lbl.gov/StorageResourceManager'/>")]
    public void An_operation_that_does_not_exist_is_named_as_such(string body)
    {
        var read = () => SoapReader.ReadRequest(Encoding.UTF8.GetBytes($"<Envelope><Body>{body}</Body></Envelope>"), Small);

        read.Should().Throw<SoapException>().Which.Error.Should().Be(SoapError.UnknownOperation);
    }

    [Theory]
    [InlineData("", "arrayOfSURLs is missing.")]
    [InlineData("<arrayOfSURLs/><numOfLevels>many</numOfLevels>", "numOfLevels is not an integer.")]
    [InlineData("<arrayOfSURLs/><fullDetailedList>yes</fullDetailedList>", "fullDetailedList is not a boolean.")]
    [InlineData("<arrayOfSURLs/><fileStorageType>TAPE</fileStorageType>", "fileStorageType is not one of VOLATILE, DURABLE, PERMANENT.")]
    public void A_wrong_value_is_refused_in_the_words_of_the_operation(string part, string refusal)
    {
        var read = SoapReader.ReadRequest(Encoding.UTF8.GetBytes(Ls(part)), Small);

        read.Operation.Should().BeSameAs(SrmOperation.Ls);
        read.Message.Should().BeNull();
        read.Refusal.Should().Be(refusal);
    }

    [Fact]
    public void Too_many_paths_are_refused_with_the_number_that_is_allowed()
    {
        var read = SoapReader.ReadRequest(Encoding.UTF8.GetBytes(Ls("<arrayOfSURLs>" + string.Concat(Enumerable.Repeat("<urlArray/>", 21)) + "</arrayOfSURLs>")), Small);

        read.Refusal.Should().Be("arrayOfSURLs has more than 20 items; send several requests.");
    }

    private static string Ls(string part) =>
        $"<Envelope><Body><s:srmLs xmlns:s='http://srm.lbl.gov/StorageResourceManager'><srmLsRequest>{part}</srmLsRequest></s:srmLs></Body></Envelope>";

    /// <summary>An attacker who never stops sending.</summary>
    private sealed class EndlessStream : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)' ');
            Given += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
