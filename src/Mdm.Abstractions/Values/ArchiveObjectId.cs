using System.Security.Cryptography;
using System.Text;

namespace Mdm.Abstractions;

/// <summary>
/// How an archive knows an object; opaque to the host. DICOM archives agree on <c>study/series/instance</c> UIDs, so that one backend can replace another.
/// </summary>
/// <remarks>Prints a hash: the value may identify a patient's examination. Use <see cref="Value"/> only to talk to the archive and to store the reference.</remarks>
public sealed record ArchiveObjectId
{
    /// <summary>Longest id in UTF-16 units.</summary>
    public const int MaxLength = 1024;

    /// <summary>Takes the archive's own id.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: empty, too long, or with control characters or half of a surrogate pair.</exception>
    public ArchiveObjectId(string value)
    {
        if (string.IsNullOrEmpty(value) || value.Length > MaxLength || !Printable.Is(value))
            throw new MdmException(MdmErrorKind.InvalidName, $"An archive object id has 1 to {MaxLength} printable characters.");
        Value = value;
    }

    /// <summary>The archive's own id.</summary>
    public string Value { get; }

    /// <summary><c>object:</c> and twelve digits of a hash.</summary>
    public override string ToString() =>
        "object:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Value)).AsSpan(0, 6));
}
