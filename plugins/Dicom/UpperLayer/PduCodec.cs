// PS3.8 §9.3 and PS3.7 annex D: protocol data units as bytes. P-DATA-TF is not here, since its content is streamed (Association).
// Left out: asynchronous operations window, extended negotiation and user identity are skipped when read and never written.
using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Plugins.Dicom.UpperLayer;

internal static class PduCodec
{
    public const int HeaderLength = 6;

    /// <summary>Bytes of an A-ASSOCIATE PDU. 128 contexts of one syntax with their roles take 25 KB.</summary>
    public const int MaxAssociateLength = 256 * 1024;

    /// <summary>PS3.8 table 9-18: odd numbers up to 255.</summary>
    public const int MaxContexts = 128;

    /// <summary>PS3.5 §9.1.</summary>
    public const int MaxUidLength = 64;

    private const int MaxTransferSyntaxesPerContext = 128;
    private const int MaxRoles = 1024;
    private const string ApplicationContext = "1.2.840.10008.3.1.1.1";
    private const int FixedLength = 68;

    private enum Item : byte
    {
        ApplicationContext = 0x10,
        ProposedContext = 0x20,
        ContextAnswer = 0x21,
        AbstractSyntax = 0x30,
        TransferSyntax = 0x40,
        User = 0x50,
        MaximumLength = 0x51,
        ImplementationClass = 0x52,
        Role = 0x54,
    }

    public static byte[] Encode(AssociateRequest pdu)
    {
        if (pdu.Contexts.Count is 0 or > MaxContexts)
            throw new ArgumentException("An association has 1 to 128 presentation contexts.", nameof(pdu));
        var body = Start(pdu.CalledAeTitle, pdu.CallingAeTitle);
        foreach (var context in pdu.Contexts)
        {
            var inner = new ArrayBufferWriter<byte>();
            inner.Write<byte>([context.Id, 0, 0, 0]);
            WriteText(inner, Item.AbstractSyntax, context.AbstractSyntax);
            foreach (var syntax in context.TransferSyntaxes)
                WriteText(inner, Item.TransferSyntax, syntax);
            WriteItem(body, Item.ProposedContext, inner.WrittenSpan);
        }

        WriteUser(body, pdu.User);
        return Finish(PduType.AssociateRequest, body.WrittenSpan);
    }

    public static byte[] Encode(AssociateAccept pdu)
    {
        var body = Start(pdu.CalledAeTitle, pdu.CallingAeTitle);
        foreach (var context in pdu.Contexts)
        {
            var inner = new ArrayBufferWriter<byte>();
            inner.Write<byte>([context.Id, 0, (byte)context.Result, 0]);
            // A refused context carries one too, which nobody reads (§9.3.3.2).
            WriteText(inner, Item.TransferSyntax, context.TransferSyntax);
            WriteItem(body, Item.ContextAnswer, inner.WrittenSpan);
        }

        WriteUser(body, pdu.User);
        return Finish(PduType.AssociateAccept, body.WrittenSpan);
    }

    public static byte[] Encode(AssociateReject pdu) => Finish(PduType.AssociateReject, [0, pdu.Result, pdu.Source, pdu.Reason]);

    public static byte[] Encode(AssociateAbort pdu) => Finish(PduType.Abort, [0, 0, pdu.Source, pdu.Reason]);

    public static byte[] EncodeRelease(PduType type) => Finish(type, [0, 0, 0, 0]);

    /// <summary>Reads the body (after the six bytes of header) of an A-ASSOCIATE-RQ.</summary>
    /// <exception cref="MdmException">Corrupt: malformed. Refused: over a limit.</exception>
    public static AssociateRequest DecodeRequest(ReadOnlySpan<byte> body)
    {
        var (called, calling) = Titles(body);
        var contexts = new List<ProposedContext>();
        var user = new UserInformation(0, "", []);
        var rest = body[FixedLength..];
        while (TryReadItem(ref rest, out var item, out var value))
        {
            if (item == Item.ProposedContext)
            {
                if (contexts.Count == MaxContexts)
                    throw Refused("more presentation contexts than 128");
                contexts.Add(ReadProposed(value));
            }
            else if (item == Item.User)
            {
                user = ReadUser(value);
            }
        }

        if (contexts.Count == 0)
            throw Corrupt("no presentation context");
        return new AssociateRequest(called, calling, contexts, user);
    }

    /// <summary>Reads the body of an A-ASSOCIATE-AC.</summary>
    /// <exception cref="MdmException">Corrupt: malformed. Refused: over a limit.</exception>
    public static AssociateAccept DecodeAccept(ReadOnlySpan<byte> body)
    {
        var (called, calling) = Titles(body);
        var contexts = new List<ContextAnswer>();
        var user = new UserInformation(0, "", []);
        var rest = body[FixedLength..];
        while (TryReadItem(ref rest, out var item, out var value))
        {
            if (item == Item.ContextAnswer)
            {
                if (contexts.Count == MaxContexts)
                    throw Refused("more presentation contexts than 128");
                if (value.Length < 4)
                    throw Corrupt("a short presentation context");
                var inner = value[4..];
                var syntax = TryReadItem(ref inner, out var kind, out var text) && kind == Item.TransferSyntax ? Text(text) : "";
                contexts.Add(new ContextAnswer(value[0], (ContextResult)value[2], syntax));
            }
            else if (item == Item.User)
            {
                user = ReadUser(value);
            }
        }

        return new AssociateAccept(called, calling, contexts, user);
    }

    public static AssociateReject DecodeReject(ReadOnlySpan<byte> body) =>
        body.Length >= 4 ? new AssociateReject(body[1], body[2], body[3]) : throw Corrupt("a short reject");

    public static AssociateAbort DecodeAbort(ReadOnlySpan<byte> body) =>
        body.Length >= 4 ? new AssociateAbort(body[2], body[3]) : throw Corrupt("a short abort");

    private static ProposedContext ReadProposed(ReadOnlySpan<byte> value)
    {
        if (value.Length < 4)
            throw Corrupt("a short presentation context");
        var id = value[0];
        if ((id & 1) == 0)
            throw Corrupt("an even presentation context id");
        string? abstractSyntax = null;
        var transferSyntaxes = new List<string>();
        var rest = value[4..];
        while (TryReadItem(ref rest, out var item, out var text))
        {
            if (item == Item.AbstractSyntax)
                abstractSyntax = Text(text);
            else if (item == Item.TransferSyntax && transferSyntaxes.Count == MaxTransferSyntaxesPerContext)
                throw Refused("more transfer syntaxes in one context than 128");
            else if (item == Item.TransferSyntax)
                transferSyntaxes.Add(Text(text));
        }

        return new ProposedContext(id, abstractSyntax ?? throw Corrupt("a presentation context without abstract syntax"), transferSyntaxes);
    }

    private static UserInformation ReadUser(ReadOnlySpan<byte> value)
    {
        uint maximumLength = 0;
        var implementation = "";
        var roles = new List<RoleSelection>();
        while (TryReadItem(ref value, out var item, out var content))
        {
            switch (item)
            {
                case Item.MaximumLength when content.Length >= 4:
                    maximumLength = BinaryPrimitives.ReadUInt32BigEndian(content);
                    break;
                case Item.ImplementationClass:
                    implementation = Text(content);
                    break;
                case Item.Role:
                    if (roles.Count == MaxRoles)
                        throw Refused("more role selections than 1024");
                    roles.Add(ReadRole(content));
                    break;
            }
        }

        return new UserInformation(maximumLength, implementation, roles);
    }

    private static RoleSelection ReadRole(ReadOnlySpan<byte> content)
    {
        if (content.Length < 2)
            throw Corrupt("a short role selection");
        int length = BinaryPrimitives.ReadUInt16BigEndian(content);
        if (content.Length < 2 + length + 2)
            throw Corrupt("a short role selection");
        return new RoleSelection(Text(content.Slice(2, length)), content[2 + length] == 1, content[3 + length] == 1);
    }

    private static (string Called, string Calling) Titles(ReadOnlySpan<byte> body)
    {
        if (body.Length < FixedLength)
            throw Corrupt("a short association request or answer");
        if ((BinaryPrimitives.ReadUInt16BigEndian(body) & 1) == 0)
            throw Corrupt("another protocol version than 1");
        // §9.3.2: 16 bytes, spaces around them do not count.
        return (Encoding.Latin1.GetString(body.Slice(4, 16)).Trim(' ', '\0'), Encoding.Latin1.GetString(body.Slice(20, 16)).Trim(' ', '\0'));
    }

    private static bool TryReadItem(ref ReadOnlySpan<byte> rest, out Item item, out ReadOnlySpan<byte> value)
    {
        item = default;
        value = default;
        if (rest.IsEmpty)
            return false;
        if (rest.Length < 4)
            throw Corrupt("an item cut short");
        item = (Item)rest[0];
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (rest.Length - 4 < length)
            throw Corrupt("an item longer than its PDU");
        value = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        return true;
    }

    private static string Text(ReadOnlySpan<byte> value) =>
        value.Length <= MaxUidLength + 1 ? Encoding.ASCII.GetString(value).Trim('\0', ' ') : throw Corrupt("a UID longer than 64 characters");

    private static ArrayBufferWriter<byte> Start(string calledAeTitle, string callingAeTitle)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        body.Write<byte>([0, 1, 0, 0]);
        body.Write(Encoding.ASCII.GetBytes(calledAeTitle.PadRight(16)[..16]));
        body.Write(Encoding.ASCII.GetBytes(callingAeTitle.PadRight(16)[..16]));
        body.Write(new byte[32]);
        WriteText(body, Item.ApplicationContext, ApplicationContext);
        return body;
    }

    private static void WriteUser(ArrayBufferWriter<byte> body, UserInformation user)
    {
        var inner = new ArrayBufferWriter<byte>();
        var maximum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(maximum, user.MaximumLength);
        WriteItem(inner, Item.MaximumLength, maximum);
        WriteText(inner, Item.ImplementationClass, user.ImplementationClassUid);
        foreach (var role in user.Roles)
        {
            var uid = Encoding.ASCII.GetBytes(role.SopClassUid);
            var content = new byte[uid.Length + 4];
            BinaryPrimitives.WriteUInt16BigEndian(content, (ushort)uid.Length);
            uid.CopyTo(content, 2);
            content[^2] = role.ScuRole ? (byte)1 : (byte)0;
            content[^1] = role.ScpRole ? (byte)1 : (byte)0;
            WriteItem(inner, Item.Role, content);
        }

        WriteItem(body, Item.User, inner.WrittenSpan);
    }

    private static void WriteText(ArrayBufferWriter<byte> output, Item item, string text) => WriteItem(output, item, Encoding.ASCII.GetBytes(text));

    private static void WriteItem(ArrayBufferWriter<byte> output, Item item, ReadOnlySpan<byte> value)
    {
        var span = output.GetSpan(4);
        span[0] = (byte)item;
        span[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], checked((ushort)value.Length));
        output.Advance(4);
        output.Write(value);
    }

    private static byte[] Finish(PduType type, ReadOnlySpan<byte> body)
    {
        var pdu = new byte[HeaderLength + body.Length];
        pdu[0] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(pdu.AsSpan(2), (uint)body.Length);
        body.CopyTo(pdu.AsSpan(HeaderLength));
        return pdu;
    }

    private static MdmException Corrupt(string what) => new(MdmErrorKind.Corrupt, $"The DICOM peer sent {what}.");

    private static MdmException Refused(string what) => new(MdmErrorKind.Refused, $"The DICOM peer sent {what}.");
}
