using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Mdm.Host.Transfer;

/// <summary>What a bearer token allows.</summary>
[Flags]
internal enum TokenActivities
{
    None = 0,
    List = 1,
    Download = 2,
    Upload = 4,

    /// <summary>Rename, remove: whatever else may be done to what a TURL names.</summary>
    Manage = 8,
}

/// <summary>Whoever shows it acts as the caller who asked for it, on one TURL, for the activities it names, until then.</summary>
internal sealed record BearerToken(GridIdentity Caller, string TicketText, TokenActivities Activities, DateTimeOffset Until);

/// <summary>Makes tokens and knows its own again; nothing is stored. They say what they say under a MAC and are encrypted, since they name the caller.</summary>
internal sealed class TokenMint(TransferSecret secret, TimeProvider time)
{
    /// <summary>Longest token in characters; a request header has to take it.</summary>
    public const int LongestToken = 8192;

    /// <summary>Most VOMS attributes that a token carries on.</summary>
    private const int MaxFqans = 32;

    private const byte Version = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int BoundSize = 16;

    private readonly byte[] _key = secret.KeyFor("mdm-transfer-token-v1");

    /// <exception cref="MdmException">Refused: the caller's names are too long for a token.</exception>
    public string Issue(BearerToken token)
    {
        var plain = new MemoryStream();
        using (var writer = new BinaryWriter(plain, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write((byte)token.Activities);
            writer.Write(token.Until.ToUnixTimeSeconds());
            writer.Write(Bound(token.TicketText));
            writer.Write(token.Caller.IsLimited);
            writer.Write(token.Caller.Subject.ToString());
            var fqans = token.Caller.Fqans.IsDefault ? [] : token.Caller.Fqans;
            writer.Write((byte)Math.Min(fqans.Length, MaxFqans));
            foreach (var fqan in fqans.Take(MaxFqans))
                writer.Write(fqan.ToString());
        }
        var bytes = new byte[1 + NonceSize + plain.Length + TagSize];
        bytes[0] = Version;
        var nonce = bytes.AsSpan(1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using (var aes = new AesGcm(_key, TagSize))
            aes.Encrypt(nonce, plain.ToArray(), bytes.AsSpan(1 + NonceSize, (int)plain.Length), bytes.AsSpan(^TagSize..), bytes.AsSpan(0, 1));
        var text = Base64Url.EncodeToString(bytes);
        return text.Length <= LongestToken ? text : throw new MdmException(MdmErrorKind.Refused, "The caller's attributes are too long for a token; use the certificate.");
    }

    /// <summary>Knows a token again.</summary>
    /// <param name="text">The token.</param>
    /// <param name="ticketText">The TURL's ticket on which it is shown.</param>
    /// <param name="activity">What is to be done.</param>
    /// <exception cref="MdmException">AccessDenied, saying why.</exception>
    public GridIdentity Accept(string text, string ticketText, TokenActivities activity)
    {
        var (token, bound) = Open(text) ?? throw new MdmException(MdmErrorKind.AccessDenied, "The bearer token was not made by this host, or it is damaged.");
        if (token.Until <= time.GetUtcNow())
            throw new MdmException(MdmErrorKind.AccessDenied, $"The bearer token expired at {token.Until:yyyy-MM-ddTHH:mm:ssZ}.");
        if (!CryptographicOperations.FixedTimeEquals(bound, Bound(ticketText)))
            throw new MdmException(MdmErrorKind.AccessDenied, "The bearer token was made for another transfer address.");
        if ((token.Activities & activity) == 0)
            throw new MdmException(MdmErrorKind.AccessDenied, $"The bearer token does not allow {activity}.");
        return token.Caller;
    }

    private (BearerToken Token, byte[] Bound)? Open(string text)
    {
        if (text.Length is 0 or > LongestToken || !Base64Url.IsValid(text))
            return null;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length <= 1 + NonceSize + TagSize || bytes[0] != Version)
            return null;
        var plain = new byte[bytes.Length - 1 - NonceSize - TagSize];
        try
        {
            using var aes = new AesGcm(_key, TagSize);
            aes.Decrypt(bytes.AsSpan(1, NonceSize), bytes.AsSpan(1 + NonceSize, plain.Length), bytes.AsSpan(^TagSize..), plain, bytes.AsSpan(0, 1));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        // Authentic: whatever is inside was written by Issue.
        using var reader = new BinaryReader(new MemoryStream(plain), Encoding.UTF8);
        var activities = (TokenActivities)reader.ReadByte();
        var until = DateTimeOffset.FromUnixTimeSeconds(reader.ReadInt64());
        var bound = reader.ReadBytes(BoundSize);
        var isLimited = reader.ReadBoolean();
        var subject = DistinguishedName.Parse(reader.ReadString());
        var fqans = ImmutableArray.CreateBuilder<Fqan>();
        for (int left = reader.ReadByte(); left > 0; left--)
            fqans.Add(Fqan.Parse(reader.ReadString()));
        return (new BearerToken(new GridIdentity(subject, fqans.ToImmutable()) { IsLimited = isLimited }, string.Empty, activities, until), bound);
    }

    private static byte[] Bound(string ticketText) => SHA256.HashData(Encoding.ASCII.GetBytes(ticketText))[..BoundSize];
}
