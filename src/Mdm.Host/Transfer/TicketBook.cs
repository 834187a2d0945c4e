using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Mdm.Host.Staging;

namespace Mdm.Host.Transfer;

internal sealed partial class TransferTicket
{
    /// <summary>
    /// Issues tickets and knows its own again. Nothing is stored: a ticket says its file, end and (hashed) caller under a MAC, so it holds over restarts and on every host
    /// that shares the secret. It is no permission by itself: each redeeming asks for the right anew.
    /// </summary>
    internal sealed class TicketBook(TransferOptions options, TransferSecret secret, TimeProvider time)
    {
        /// <summary>The path below which TURLs lie.</summary>
        public const string Root = "/transfer/";

        private const byte Version = 1;
        private const int CallerSize = 16;
        private const int MacSize = 32;
        private const int BodySize = 1 + FileId.Size + sizeof(long) + CallerSize;

        private readonly byte[] _key = secret.KeyFor("mdm-transfer-ticket-v1");

        /// <summary>A ticket for a staged file.</summary>
        /// <param name="file">What it opens.</param>
        /// <param name="name">The last name of the TURL; it decorates, and decides nothing.</param>
        /// <param name="caller">Who may use it.</param>
        /// <param name="until">Until when, to the second.</param>
        public TransferTicket Issue(StagedFile file, string name, GridIdentity caller, DateTimeOffset until) => Make(BytesOf(file.Id, caller, until), name);

        /// <summary>The address under which another host of the same secret has promised a file to that caller: the ticket is the one that it issued.</summary>
        public Uri AddressAt(Uri host, FileId file, string name, GridIdentity caller, DateTimeOffset until) => AddressOf(host, BytesOf(file, caller, until), name);

        private byte[] BytesOf(FileId file, GridIdentity caller, DateTimeOffset until)
        {
            var bytes = new byte[BodySize + MacSize];
            bytes[0] = Version;
            file.ToBytes().CopyTo(bytes, 1);
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1 + FileId.Size), until.ToUnixTimeSeconds());
            HashOf(caller).CopyTo(bytes.AsSpan(BodySize - CallerSize));
            HMACSHA256.HashData(_key, bytes.AsSpan(0, BodySize), bytes.AsSpan(BodySize));
            return bytes;
        }

        /// <summary>Knows a ticket again, for the caller it was made for.</summary>
        /// <exception cref="MdmException">NotFound: expired; AccessDenied: another's, or not of this host.</exception>
        public TransferTicket Redeem(string text, string name, GridIdentity caller)
        {
            var bytes = Decode(text) ?? throw new MdmException(MdmErrorKind.AccessDenied, "This transfer address was not made by this host, or it is damaged. Ask for the file again.");
            if (!CryptographicOperations.FixedTimeEquals(HashOf(caller), bytes.AsSpan(BodySize - CallerSize, CallerSize)))
                throw new MdmException(MdmErrorKind.AccessDenied, $"This transfer address was made for somebody else, not for {caller.Subject}. Ask for the file yourself.");
            var ticket = Make(bytes, name);
            return ticket.Until > time.GetUtcNow() ? ticket
                : throw new MdmException(MdmErrorKind.NotFound, $"This transfer address expired at {ticket.Until:yyyy-MM-ddTHH:mm:ssZ}. Ask for the file again.");
        }

        private TransferTicket Make(byte[] bytes, string name) => new(
            new FileId(bytes.AsSpan(1, FileId.Size)),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(1 + FileId.Size))),
            AddressOf(options.BaseAddress!, bytes, name));

        private static Uri AddressOf(Uri host, byte[] bytes, string name) => new(host, $"{Root}{Base64Url.EncodeToString(bytes)}/{Uri.EscapeDataString(name)}");

        private byte[]? Decode(string text)
        {
            var bytes = new byte[BodySize + MacSize];
            // Asked first: decoding throws on a character that is none of base64url.
            if (text.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var count) || count != bytes.Length || bytes[0] != Version)
                return null;
            return CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(_key, bytes.AsSpan(0, BodySize)), bytes.AsSpan(BodySize)) ? bytes : null;
        }

        /// <summary>Keyed, so that a TURL in somebody's log does not tell whose it is.</summary>
        private ReadOnlySpan<byte> HashOf(GridIdentity caller) =>
            HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes("caller\n" + caller.Subject)).AsSpan(0, CallerSize);
    }
}
