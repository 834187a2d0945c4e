using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Fuzz.Corpus;
using Mdm.Plugins.Dicom.UpperLayer;

namespace Mdm.Fuzz.Targets;

/// <summary>Everything that reads what a PACS, or whoever pretends to be one, sends.</summary>
internal sealed class DicomTargets : IDisposable
{
    private static readonly AgreedContext Context = new(1, "1.2.840.10008.5.1.4.1.1.7", TransferSyntax.ExplicitLittleEndianUid, true);
    private static readonly TimeSpan OnLoopback = TimeSpan.FromSeconds(4);
    private readonly byte[] _scratch = new byte[64 * 1024];
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public IEnumerable<FuzzTarget> All() =>
    [
        new("pdu", InputShape.Binary, _ => PduSeeds(), Pdu) { Tokens = [[0x20, 0, 0, 8], [0x50, 0, 0, 4], [0x54, 0, 0, 8], [0x21, 0, 0, 4]], MaxLength = 32 * 1024 },
        new("association", InputShape.Binary, AssociationSeeds, Received) { Tokens = [[4, 0, 0, 0, 0, 12, 0, 0, 0, 8, 1, 3], [7, 0, 0, 0, 0, 4], [5, 0, 0, 0, 0, 4]], MaxLength = 16 * 1024 },
        new("command", InputShape.Binary, CommandSeeds, input => Parsed(() => AttributeSet.ParseCommand(input), DataEncoding.ImplicitLittleEndian, isCommand: true)) { MaxLength = 16 * 1024 },
        new("data-set", InputShape.Binary, DicomCorpus.DataSets, DataSet) { Tokens = DicomCorpus.Tokens },
        new("part10", InputShape.Binary, DicomCorpus.Files, File) { Tokens = DicomCorpus.Tokens },
        new("character-set", InputShape.Binary, CharacterSeeds, Characters) { Tokens = [[0x1B, 0x24, 0x42], [0x1B, 0x28, 0x4A], [0x1B, 0x24, 0x29, 0x43], [0x1B, 0x28, 0x42], [(byte)'\\'], [(byte)'=']], MaxLength = 4096 },
    ];

    public void Dispose() => _listener.Dispose();

    private static byte[][] PduSeeds()
    {
        var user = new UserInformation(16384, "1.2.3", [new RoleSelection("1.2.840.10008.5.1.4.1.1.2", true, true), new RoleSelection("1.2.840.10008.5.1.4.1.1.7", false, true)]);
        var contexts = Enumerable.Range(0, 5).Select(i => new ProposedContext((byte)(2 * i + 1), "1.2.840.10008.5.1.4.1.1." + i, [TransferSyntax.ImplicitLittleEndianUid, TransferSyntax.ExplicitLittleEndianUid])).ToArray();
        return
        [
            PduCodec.Encode(new AssociateRequest("PACS", "MDM", contexts, user)),
            PduCodec.Encode(new AssociateAccept("PACS", "MDM", [.. contexts.Select(c => new ContextAnswer(c.Id, ContextResult.Accepted, c.TransferSyntaxes[0]))], user)),
            PduCodec.Encode(new AssociateReject(1, 1, 7)), PduCodec.Encode(new AssociateAbort(2, 1)),
        ];
    }

    private static bool Pdu(byte[] input)
    {
        if (input.Length < PduCodec.HeaderLength)
            return false;
        var body = input.AsSpan(PduCodec.HeaderLength);
        try
        {
            switch ((PduType)input[0])
            {
                case PduType.AssociateRequest:
                    var request = PduCodec.DecodeRequest(body);
                    var written = PduCodec.Encode(request);
                    Same("association request", written, PduCodec.Encode(PduCodec.DecodeRequest(written.AsSpan(PduCodec.HeaderLength))));
                    break;
                case PduType.AssociateAccept:
                    var accept = PduCodec.Encode(PduCodec.DecodeAccept(body));
                    Same("association answer", accept, PduCodec.Encode(PduCodec.DecodeAccept(accept.AsSpan(PduCodec.HeaderLength))));
                    break;
                case PduType.AssociateReject:
                    _ = PduCodec.DecodeReject(body).Explanation;
                    break;
                default:
                    PduCodec.DecodeAbort(body);
                    break;
            }
            return true;
        }
        catch (MdmException)
        {
            return false;
        }
    }

    private static byte[][] AssociationSeeds(Xorshift random)
    {
        static byte[] Pdv(bool isCommand, bool isLast, ReadOnlySpan<byte> value)
        {
            var pdu = new byte[12 + value.Length];
            pdu[0] = (byte)PduType.Data;
            BinaryPrimitives.WriteInt32BigEndian(pdu.AsSpan(2), value.Length + 6);
            BinaryPrimitives.WriteInt32BigEndian(pdu.AsSpan(6), value.Length + 2);
            pdu[10] = 1;
            pdu[11] = (byte)((isCommand ? 1 : 0) | (isLast ? 2 : 0));
            value.CopyTo(pdu.AsSpan(12));
            return pdu;
        }

        var data = DicomCorpus.DataSet(random, DataEncoding.ExplicitLittleEndian, isEncapsulated: false);
        return
        [
            .. CommandSeeds(random).Select(command => (byte[])
            [
                .. Pdv(true, false, command.AsSpan(0, 20)), .. Pdv(true, true, command.AsSpan(20)), .. Pdv(false, false, data.AsSpan(0, 30)), .. Pdv(false, true, data.AsSpan(30)),
                .. Pdv(true, true, command), .. PduCodec.EncodeRelease(PduType.ReleaseRequest),
            ]),
        ];
    }

    /// <summary>A whole conversation through the real receiver, over a real connection.</summary>
    private bool Received(byte[] input)
    {
        if (!_listener.Server.IsBound)
            _listener.Start();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
        peer.Connect(_listener.LocalEndpoint);
        var accepted = _listener.AcceptSocket();
        accepted.LingerState = new LingerOption(true, 0);
        peer.Send(input);
        peer.Shutdown(SocketShutdown.Send);
        var options = new AssociationOptions { MessageTimeout = OnLoopback, StallTimeout = OnLoopback, NegotiationTimeout = OnLoopback };
        return ReceiveAllAsync(new Association(new Transport(accepted, TimeProvider.System), options, 16384, [Context], "MDM", "PACS")).GetAwaiter().GetResult();
    }

    private async Task<bool> ReceiveAllAsync(Association association)
    {
        await using (association)
        {
            try
            {
                while (await association.ReceiveAsync(CancellationToken.None) is { } message)
                {
                    while (message.DataSet is { } data && await data.ReadAsync(_scratch) > 0)
                        continue;
                }
                return true;
            }
            catch (MdmException)
            {
                return association.IsOpen ? throw new FindingException("the association stays open after it was refused") : false;
            }
        }
    }

    private static byte[][] CommandSeeds(Xorshift random) =>
    [
        .. new[] { Dimse.StoreRequest, Dimse.FindResponse, Dimse.GetResponse, Dimse.EchoRequest }.Select(field => new AttributeSet()
            .Set(Tags.CommandField, field).Set(Tags.MessageId, (ushort)random.Below(65536)).Set(Tags.AffectedSopClassUid, "1.2.840.10008.5.1.4.1.1.7")
            .Set(Tags.AffectedSopInstanceUid, "1.2.3.4").Set(Tags.CommandDataSetType, Dimse.HasDataSet).Set(Tags.Status, Dimse.Pending).Set(Tags.RemainingSuboperations, 5).ToArray(DataEncoding.ImplicitLittleEndian)),
    ];

    private bool DataSet(byte[] input)
    {
        if (input.Length == 0)
            return false;
        var encoding = (DataEncoding)(input[0] % 3);
        var body = input.AsMemory(1);
        var read = Walk(body, encoding);
        var parsed = Parsed(() => AttributeSet.Parse(body.Span, encoding), encoding, isCommand: false);
        return read == parsed ? read : throw new FindingException($"the stream reader says {read}, the one in memory {parsed}");
    }

    private bool Walk(ReadOnlyMemory<byte> body, DataEncoding encoding)
    {
        using var reader = new DataSetReader(new ReadOnlyMemoryStream(body), encoding);
        try
        {
            while (reader.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult().Kind != TokenKind.End)
            {
                while (reader.ValueRemaining > 0)
                    reader.ReadValueAsync(_scratch, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            }
            return true;
        }
        catch (MdmException)
        {
            return false;
        }
    }

    private static bool Parsed(Func<AttributeSet> parse, DataEncoding encoding, bool isCommand)
    {
        AttributeSet set;
        try
        {
            set = parse();
        }
        catch (MdmException)
        {
            return false;
        }
        foreach (var attribute in set.Attributes)
            _ = (set.GetValues(attribute.Tag).Count, set.GetUInt16(attribute.Tag), set.GetInteger(attribute.Tag), set.CharacterSet.Decode(attribute.Value.Span, attribute.Vr));
        byte[] written;
        try
        {
            written = set.ToArray(encoding);
        }
        catch (MdmException)
        {
            // The longest odd value has no even form, which is said when it is written.
            return true;
        }
        Same("data set", written, (isCommand ? AttributeSet.ParseCommand(written) : AttributeSet.Parse(written, encoding)).ToArray(encoding));
        return true;
    }

    private bool File(byte[] input)
    {
        if (Canonical(input) is not { } canonical)
            return false;
        Same("canonical form", canonical, Canonical(canonical) ?? throw new FindingException("the canonical form is refused"));
        return true;
    }

    private byte[]? Canonical(byte[] input)
    {
        try
        {
            using var canonical = CanonicalPart10.FromFileAsync(new ReadOnlyMemoryStream(input), null, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            var output = new MemoryStream();
            for (int count; (count = canonical.ReadAsync(_scratch).AsTask().GetAwaiter().GetResult()) > 0 && output.Length < 4 << 20;)
                output.Write(_scratch, 0, count);
            // What inflates to megabytes is read no further: its size is the deflater's doing, and bounded by limits in use.
            if (output.Length >= 4 << 20)
                return null;
            return canonical.IsComplete ? output.ToArray() : throw new FindingException("ended without being complete");
        }
        catch (MdmException)
        {
            return null;
        }
    }

    private static byte[][] CharacterSeeds(Xorshift random) =>
    [
        .. new[] { "", "ISO_IR 100", "ISO_IR 192", "GB18030", "\\ISO 2022 IR 87", "ISO 2022 IR 13\\ISO 2022 IR 87", "\\ISO 2022 IR 149", "ISO_IR 166" }
            .Select(term => (byte[])[(byte)term.Length, .. System.Text.Encoding.ASCII.GetBytes(term), .. "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B"u8, .. random.Bytes(8)]),
    ];

    private static bool Characters(byte[] input)
    {
        if (input.Length == 0)
            return false;
        var split = Math.Min(input.Length, 1 + input[0]);
        var set = CharacterSet.Parse(System.Text.Encoding.Latin1.GetString(input.AsSpan(1, split - 1)));
        foreach (var vr in (Vr[])[Vr.PN, Vr.LO, Vr.UT])
            set.Decode(input.AsSpan(split), vr);
        return set.IsKnown;
    }

    private static void Same(string what, byte[] first, byte[] second)
    {
        if (first.AsSpan().SequenceEqual(second))
            return;
        var at = first.AsSpan().CommonPrefixLength(second);
        string Around(byte[] bytes) => Convert.ToHexString(bytes.AsSpan(Math.Max(0, at - 40)..Math.Min(bytes.Length, at + 16)));
        throw new FindingException($"write, read, write gives another {what} at byte {at}: {Around(first)} became {Around(second)}");
    }
}

/// <summary>Bytes of an input as a stream that can do nothing but be read, as a socket.</summary>
internal sealed class ReadOnlyMemoryStream(ReadOnlyMemory<byte> content) : ReadOnlyByteStream
{
    private ReadOnlyMemory<byte> _rest = content;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return ValueTask.FromResult(count);
    }
}
