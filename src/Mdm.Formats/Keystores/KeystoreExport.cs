using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Mdm.Abstractions;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Keystores;

/// <summary>
/// All that one keystore holds as a file that only a passphrase opens, to move it to another place. <c>MDMKEYS1</c>, 4 bytes iterations (big-endian), 16 bytes salt; then pieces: 4 bytes length, AES-256-GCM
/// ciphertext with its 16-byte tag. Key: PBKDF2-HMAC-SHA256(passphrase, salt, iterations). Nonce: 4 bytes number of the piece, 7 zero bytes, 1 in the last piece and 0 in others. Additional data: the first
/// 28 bytes. A piece is JSON: <c>{"keys":[…]}</c>.
/// </summary>
public static class KeystoreExport
{
    /// <summary>PBKDF2 iterations of what is written: OWASP's 2023 figure for HMAC-SHA256.</summary>
    public const int Iterations = 600_000;

    /// <summary>Most iterations that are read.</summary>
    public const int MaxIterations = 10_000_000;

    /// <summary>Shortest passphrase.</summary>
    public const int MinPassphraseLength = 12;

    private const int SaltLength = 16, HeaderLength = 28, TagLength = 16, NonceLength = 12, KeyLength = 32;

    /// <summary>Writes everything that the keystore holds. The caller is one of its administrators, and nobody registers meanwhile.</summary>
    /// <returns>How many keys.</returns>
    public static async Task<int> ExportAsync(KeystoreClient keystore, Stream to, string passphrase, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keystore);
        ArgumentNullException.ThrowIfNull(to);
        Demand(passphrase);
        var header = new byte[HeaderLength];
        "MDMKEYS1"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), Iterations);
        RandomNumberGenerator.Fill(header.AsSpan(HeaderLength - SaltLength));
        using var cipher = Cipher(header, passphrase, Iterations);
        await to.WriteAsync(header, cancellationToken).ConfigureAwait(false);
        var count = 0;
        var piece = 0;
        KeyId? after = null;
        while (true)
        {
            var page = await keystore.ListAsync(new ListRequest(after, KeystoreLimits.MaxKeys), cancellationToken).ConfigureAwait(false);
            var exported = await WithSharesAsync(keystore, page, cancellationToken).ConfigureAwait(false);
            await WritePieceAsync(to, cipher, header, piece++, !page.HasMore, KeystoreWire.Write(exported, ExportJson.Default.ExportPage), cancellationToken).ConfigureAwait(false);
            count += exported.Keys.Count;
            if (!page.HasMore)
                return count;
            after = page.Keys[^1].Id;
        }
    }

    /// <summary>Puts an export into a keystore; what is there already stays. May be broken off and run again.</summary>
    /// <returns>How many keys.</returns>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Corrupt"/>: no export, altered, cut off, or another passphrase.</exception>
    public static async Task<int> ImportAsync(Stream from, string passphrase, KeystoreClient keystore, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(keystore);
        Demand(passphrase);
        var header = new byte[HeaderLength];
        if (await from.ReadAtLeastAsync(header, HeaderLength, false, cancellationToken).ConfigureAwait(false) < HeaderLength || !header.AsSpan().StartsWith("MDMKEYS1"u8))
            throw new MdmException(MdmErrorKind.Corrupt, "This is not an export of a keystore.");
        var iterations = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(8));
        if (iterations is < 1 or > MaxIterations)
            throw new MdmException(MdmErrorKind.Corrupt, "This is not an export of a keystore.");
        using var cipher = Cipher(header, passphrase, iterations);
        var count = 0;
        for (var piece = 0; ; piece++)
        {
            var (page, isLast) = await ReadPieceAsync(from, cipher, header, piece, cancellationToken).ConfigureAwait(false);
            await PutAsync(keystore, page, cancellationToken).ConfigureAwait(false);
            count += page.Keys.Count;
            if (isLast)
                return count;
        }
    }

    private static void Demand(string passphrase)
    {
        if (passphrase is null || passphrase.Length < MinPassphraseLength)
            throw new MdmException(MdmErrorKind.InvalidName, $"A passphrase of at least {MinPassphraseLength} characters is needed.");
    }

    private static AesGcm Cipher(byte[] header, string passphrase, int iterations)
    {
        var key = Rfc2898DeriveBytes.Pbkdf2(passphrase, header.AsSpan(HeaderLength - SaltLength), iterations, HashAlgorithmName.SHA256, KeyLength);
        try
        {
            return new AesGcm(key, TagLength);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Nonce(int piece, bool isLast)
    {
        var nonce = new byte[NonceLength];
        BinaryPrimitives.WriteInt32BigEndian(nonce, piece);
        nonce[^1] = (byte)(isLast ? 1 : 0);
        return nonce;
    }

    private static async Task WritePieceAsync(Stream to, AesGcm cipher, byte[] header, int number, bool isLast, byte[] content, CancellationToken cancellationToken)
    {
        var piece = new byte[sizeof(int) + content.Length + TagLength];
        BinaryPrimitives.WriteInt32BigEndian(piece, content.Length + TagLength);
        cipher.Encrypt(Nonce(number, isLast), content, piece.AsSpan(sizeof(int), content.Length), piece.AsSpan(sizeof(int) + content.Length), header);
        CryptographicOperations.ZeroMemory(content);
        await to.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<(ExportPage Page, bool IsLast)> ReadPieceAsync(Stream from, AesGcm cipher, byte[] header, int number, CancellationToken cancellationToken)
    {
        var length = new byte[sizeof(int)];
        if (await from.ReadAtLeastAsync(length, length.Length, false, cancellationToken).ConfigureAwait(false) < length.Length || BinaryPrimitives.ReadInt32BigEndian(length) is not (>= TagLength and <= KeystoreLimits.MaxAnswerLength and var whole))
            throw new MdmException(MdmErrorKind.Corrupt, "The export is cut off.");
        var piece = new byte[whole];
        if (await from.ReadAtLeastAsync(piece, whole, false, cancellationToken).ConfigureAwait(false) < whole)
            throw new MdmException(MdmErrorKind.Corrupt, "The export is cut off.");
        var content = new byte[whole - TagLength];
        foreach (var isLast in (bool[])[false, true])
        {
            try
            {
                cipher.Decrypt(Nonce(number, isLast), piece.AsSpan(0, content.Length), piece.AsSpan(content.Length), content, header);
                return (KeystoreWire.Read(content, ExportJson.Default.ExportPage), isLast);
            }
            catch (AuthenticationTagMismatchException)
            {
                // The other kind of piece, or not ours.
            }
        }
        throw new MdmException(MdmErrorKind.Corrupt, "The export was altered, or the passphrase is another.");
    }

    private static async Task<ExportPage> WithSharesAsync(KeystoreClient keystore, ListAnswer page, CancellationToken cancellationToken)
    {
        if (page.Keys.Count == 0)
            return new ExportPage([]);
        var shares = await keystore.ReadAsync(new ReadRequest([.. page.Keys.Select(k => k.Id)]), cancellationToken).ConfigureAwait(false);
        return new ExportPage([.. page.Keys.Select((k, i) => k.Status == KeyStatus.Destroyed
            ? new ExportedKey(k.Id, null, null, k.Stamp, k.Accepted, k.Registrar)
            : new ExportedKey(k.Id, shares.Keys[i].Shares ?? [], page.Rights[k.Rights], k.Stamp, k.Accepted, k.Registrar))]);
    }

    private static async Task PutAsync(KeystoreClient keystore, ExportPage page, CancellationToken cancellationToken)
    {
        var destroyed = page.Keys.Where(k => k.Shares is null).Select(k => k.Id).ToArray();
        if (destroyed.Length > 0)
            await keystore.DestroyAsync(new KeysRequest(destroyed), cancellationToken).ConfigureAwait(false);
        // One by one in each list what stands first is in force; what stands second was staged.
        foreach (var key in page.Keys.Where(k => k.Shares is { Count: > 0 } && k.Rights is not null).Chunk(KeystoreLimits.MaxKeys / 4))
        {
            SplitId Split(ExportedKey k, int i)
            {
                using var share = KeyShare.Parse(k.Shares![i]);
                return share.Split;
            }

            await keystore.StageAsync(new DepositRequest([.. key.Select((k, i) => new DepositItem(k.Id, k.Shares![0], k.Accepted, i, k.Stamp, k.Registrar))], [.. key.Select(k => k.Rights!)]), cancellationToken).ConfigureAwait(false);
            // In force now, or since an earlier import.
            var promoted = await keystore.PromoteAsync(new PromoteRequest([.. key.Select(k => new PromoteItem(k.Id, Split(k, 0)))]), cancellationToken).ConfigureAwait(false);
            if (Array.FindIndex([.. promoted.Keys], k => k.Status is not (KeyStatus.Ok or KeyStatus.Destroyed)) is >= 0 and var bad)
                throw new MdmException(MdmErrorKind.Refused, $"The keystore {keystore.Name} has another share of the key {key[bad].Id} already, or does not let you ({promoted.Keys[bad].Status}).");
            var staged = key.Where(k => k.Shares!.Count > 1).ToArray();
            if (staged.Length > 0)
                await keystore.StageAsync(new DepositRequest([.. staged.Select((k, i) => new DepositItem(k.Id, k.Shares![1], k.Accepted, i, k.Stamp, k.Registrar, Split(k, 0)))], [.. staged.Select(k => k.Rights!)]), cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>A piece of an export.</summary>
internal sealed record ExportPage(IReadOnlyList<ExportedKey> Keys);

/// <summary>A key as the keystore held it; no shares where it was destroyed.</summary>
internal sealed record ExportedKey(KeyId Id, IReadOnlyList<byte[]>? Shares, WireRights? Rights, long Stamp, Ballot Accepted, string? Registrar);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false, RespectNullableAnnotations = true, MaxDepth = KeystoreLimits.MaxDepth, Converters = [typeof(KeyIdConverter), typeof(SplitIdConverter), typeof(BallotConverter)])]
[JsonSerializable(typeof(ExportPage))]
internal sealed partial class ExportJson : JsonSerializerContext;
