using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Mdm.Abstractions.Testing;

/// <summary>
/// Takes identity out of <see cref="AttributedText"/>, for tests of whatever de-identifies: patients and UIDs get keyed pseudonyms, what says who or what goes otherwise, and content that
/// repeats what was taken out is refused.
/// </summary>
/// <param name="secret">The project's; another one gives other pseudonyms.</param>
public sealed class InMemoryDeidentifier(ReadOnlySpan<byte> secret) : IEntryDisclosure
{
    /// <summary>Longest object in bytes.</summary>
    public const int MaxObjectBytes = 16 * 1024 * 1024;

    /// <summary>Shorter values are found in any content by chance.</summary>
    private const int ShortestTelling = 4;

    private readonly byte[] _secret = secret.ToArray();

    /// <inheritdoc/>
    public string RulesVersion => "text-1-" + Hash("rules")[..16];

    /// <inheritdoc/>
    public bool Accepts(string mediaType) => mediaType == AttributedText.MediaType;

    /// <inheritdoc/>
    public async ValueTask DeidentifyAsync(Stream original, Stream deidentified, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(deidentified);
        using var whole = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = await original.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (whole.Length + count > MaxObjectBytes)
                throw new MdmException(MdmErrorKind.Refused, $"A text object has at most {MaxObjectBytes} bytes.");
            whole.Write(buffer, 0, count);
        }
        var bytes = whole.ToArray();
        var (attributes, contentAt) = AttributedText.Read(bytes) ?? throw new MdmException(MdmErrorKind.Corrupt, "A text object has lines of attributes, then an empty line.");
        var telling = attributes.Where(IsTaken).SelectMany(static attribute => attribute.Values).Where(static value => value.Length >= ShortestTelling);
        if (telling.Any(value => bytes.AsSpan(contentAt).IndexOf(Encoding.UTF8.GetBytes(value)) >= 0))
            throw new MdmException(MdmErrorKind.Refused, "The content repeats what was taken out of the attributes.");
        var shown = attributes.Select(Shown).OfType<ArchiveAttribute>().Select(static attribute => (attribute.Keyword, string.Join('\\', attribute.Values)));
        await deidentified.WriteAsync(AttributedText.Write(shown, bytes.AsSpan(contentAt)), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public DisclosedEntry Disclose(ArchiveEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new DisclosedEntry([.. entry.Labels.Select(Uid)], [.. entry.Attributes.Select(Shown).OfType<ArchiveAttribute>()]);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        CryptographicOperations.ZeroMemory(_secret);
        return default;
    }

    private static bool IsTaken(ArchiveAttribute attribute) => AttributedText.Define(attribute.Keyword)?.Group != "image";

    private ArchiveAttribute? Shown(ArchiveAttribute attribute) => attribute switch
    {
        _ when AttributedText.Define(attribute.Keyword) is null => null,
        { Keyword: "PatientName" or "PatientID" } => attribute with { Values = [.. attribute.Values.Select(value => "P" + Hash(value)[..16])] },
        { ValueRepresentation: "UI" } => attribute with { Values = [.. attribute.Values.Select(Uid)] },
        _ => IsTaken(attribute) ? null : attribute,
    };

    private string Uid(string value) => "2.25." + new BigInteger(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(value)).AsSpan(0, 16), isUnsigned: true).ToString(CultureInfo.InvariantCulture);

    private string Hash(string value) => Convert.ToHexString(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(value)));
}
