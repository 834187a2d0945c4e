using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Mdm.Host.Transfer;

namespace Mdm.Host.Uploads;

internal sealed partial class UploadTicket
{
    /// <summary>
    /// Issues tickets and knows its own again. Nothing is stored: a ticket says its put, file, end and (hashed) caller under a MAC, so it holds over restarts and on every host that shares the secret. It is
    /// no permission by itself: each redeeming asks for the right and the put's state anew.
    /// </summary>
    internal sealed class UploadTicketBook(TransferSecret secret, TimeProvider time)
    {
        /// <summary>The path below which TURLs to write to lie.</summary>
        public const string Root = "/upload/";

        private const byte Version = 1;
        private const int TokenSize = 16;
        private const int CallerSize = 16;
        private const int MacSize = 32;
        private const int BodySize = 1 + TokenSize + sizeof(int) + sizeof(long) + CallerSize;

        private readonly byte[] _key = secret.KeyFor("mdm-upload-ticket-v1");

        /// <summary>A ticket for a file of a put.</summary>
        /// <param name="row">Which.</param>
        /// <param name="caller">Who may use it.</param>
        public UploadTicket Issue(UploadRow row, GridIdentity caller)
        {
            var bytes = new byte[BodySize + MacSize];
            bytes[0] = Version;
            Base64Url.DecodeFromChars(row.Token).CopyTo(bytes, 1);
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1 + TokenSize), row.Position);
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1 + TokenSize + sizeof(int)), row.TurlUntil.ToUnixTimeSeconds());
            HashOf(caller).CopyTo(bytes.AsSpan(BodySize - CallerSize));
            HMACSHA256.HashData(_key, bytes.AsSpan(0, BodySize), bytes.AsSpan(BodySize));
            return Make(bytes, row.Base, row.Path!.Name);
        }

        /// <summary>Knows a ticket again, for the caller it was made for.</summary>
        /// <exception cref="MdmException">NotFound: expired; AccessDenied: another's, or not of this host.</exception>
        public UploadTicket Redeem(string text, Uri address, string name, GridIdentity caller)
        {
            var bytes = Decode(text) ?? throw new MdmException(MdmErrorKind.AccessDenied, "This upload address was not made by this host, or it is damaged. Ask for the put again.");
            if (!CryptographicOperations.FixedTimeEquals(HashOf(caller), bytes.AsSpan(BodySize - CallerSize, CallerSize)))
                throw new MdmException(MdmErrorKind.AccessDenied, $"This upload address was made for somebody else, not for {caller.Subject}. Ask for the put yourself.");
            var ticket = Make(bytes, address, name);
            return ticket.Until > time.GetUtcNow() ? ticket
                : throw new MdmException(MdmErrorKind.NotFound, $"This upload address expired at {ticket.Until:yyyy-MM-ddTHH:mm:ssZ}. Ask for the put again.");
        }

        private static UploadTicket Make(byte[] bytes, Uri address, string name) => new(
            Base64Url.EncodeToString(bytes.AsSpan(1, TokenSize)),
            BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1 + TokenSize)),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(1 + TokenSize + sizeof(int)))),
            new Uri(address, $"{Root}{Base64Url.EncodeToString(bytes)}/{Uri.EscapeDataString(name)}"));

        private byte[]? Decode(string text)
        {
            var bytes = new byte[BodySize + MacSize];
            // Asked first: decoding throws on a character that is none of base64url.
            if (text.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var count) || count != bytes.Length || bytes[0] != Version)
                return null;
            return CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(_key, bytes.AsSpan(0, BodySize)), bytes.AsSpan(BodySize)) ? bytes : null;
        }

        /// <summary>Keyed, so that a TURL in somebody's log does not tell whose it is.</summary>
        private ReadOnlySpan<byte> HashOf(GridIdentity caller) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes("caller\n" + caller.Subject)).AsSpan(0, CallerSize);
    }
}
