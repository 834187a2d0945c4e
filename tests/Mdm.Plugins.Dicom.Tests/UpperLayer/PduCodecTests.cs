using Mdm.Abstractions;
using Mdm.Plugins.Dicom.UpperLayer;

namespace Mdm.Plugins.Dicom.Tests.UpperLayer;

public class PduCodecTests
{
    private static AssociateRequest Request => new(
        "CALLED", "CALLING",
        [new ProposedContext(1, "1.2.840.10008.1.1", ["1.2.840.10008.1.2"]), new ProposedContext(3, "1.2.840.10008.5.1.4.1.1.2", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])],
        new UserInformation(16384, "2.25.1", [new RoleSelection("1.2.840.10008.5.1.4.1.1.2", false, true)]));

    [Fact]
    public void Reads_the_request_it_wrote()
    {
        var pdu = PduCodec.Encode(Request);
        PduCodec.DecodeRequest(pdu.AsSpan(PduCodec.HeaderLength)).Should().BeEquivalentTo(Request);
    }

    [Fact]
    public void Reads_the_answer_it_wrote()
    {
        var accept = new AssociateAccept("CALLED", "CALLING", [new ContextAnswer(1, ContextResult.Accepted, "1.2"), new ContextAnswer(3, ContextResult.AbstractSyntaxNotSupported, "1.2")], new UserInformation(0, "2.25.1", []));
        var pdu = PduCodec.Encode(accept);
        PduCodec.DecodeAccept(pdu.AsSpan(PduCodec.HeaderLength)).Should().BeEquivalentTo(accept);
    }

    [Fact]
    public void Survives_every_truncation_and_byte_flip()
    {
        var body = PduCodec.Encode(Request)[PduCodec.HeaderLength..];
        for (var length = 0; length < body.Length; length++)
            Try(body[..length]);
        for (var i = 0; i < body.Length; i++)
        {
            for (var value = 0; value < 256; value += 5)
            {
                var changed = (byte[])body.Clone();
                changed[i] = (byte)value;
                Try(changed);
            }
        }

        static void Try(byte[] bytes)
        {
            try
            {
                PduCodec.DecodeRequest(bytes).Contexts.Should().NotBeEmpty();
                PduCodec.DecodeAccept(bytes).Should().NotBeNull();
            }
            catch (MdmException exception)
            {
                exception.Kind.Should().BeOneOf(MdmErrorKind.Corrupt, MdmErrorKind.Refused);
            }
        }
    }
}
