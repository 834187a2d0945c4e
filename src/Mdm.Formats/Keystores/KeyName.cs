using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Formats.Keystores;

/// <summary>
/// What users call keys: 32 hexadecimal digits are an id; any other name of up to 250 characters stands for as many ids as it has versions. The id of version v is the first 16 bytes
/// of SHA-256(<c>mdm-key-name-v1</c> ‖ 0 ‖ name in UTF-8 ‖ 0 ‖ v in decimal digits). The version in force is the highest that is registered.
/// </summary>
public sealed record KeyName
{
    /// <summary>Longest name in UTF-16 units.</summary>
    public const int MaxLength = 250;

    /// <summary>Versions of a name: how often a key may be rotated, and one.</summary>
    public const int MaxVersions = KeystoreLimits.MaxKeys;

    private readonly KeyId? _id;

    private KeyName(string text, KeyId? id) => (Text, _id) = (text, id);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>True for an id, which has no versions.</summary>
    public bool IsId => _id is not null;

    /// <summary>All ids that it may stand for, the first version first.</summary>
    public IReadOnlyList<KeyId> Ids => IsId ? [_id!.Value] : [.. Enumerable.Range(1, MaxVersions).Select(IdOf)];

    /// <summary>Reads a name.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: empty, too long, or with control characters.</exception>
    public static KeyName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > MaxLength || text.Any(char.IsControl))
            throw new MdmException(MdmErrorKind.InvalidName, $"A key is named by 1 to {MaxLength} characters, without control characters, or by the 32 hexadecimal digits of its id.");
        return new KeyName(text, KeyId.TryParse(text, out var id) ? id : null);
    }

    /// <summary>The id of a version, from 1.</summary>
    public KeyId IdOf(int version)
    {
        if (_id is { } id)
            return id;
        var bytes = Encoding.UTF8.GetBytes($"mdm-key-name-v1\0{Text}\0{version.ToString(CultureInfo.InvariantCulture)}");
        return new KeyId(SHA256.HashData(bytes).AsSpan(0, KeyId.Size));
    }
}
