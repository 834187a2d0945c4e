using System.Security.Cryptography;

namespace Mdm.Abstractions.Testing;

/// <summary>An object of which a test knows what an archive must say and give.</summary>
/// <param name="Id">Its id in the archive.</param>
/// <param name="MediaType">Its type.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">Their digest, in upper-case hexadecimal digits.</param>
public sealed record KnownObject(ArchiveObjectId Id, string MediaType, long Length, string Sha256)
{
    /// <summary>An object of these bytes.</summary>
    public static KnownObject Of(string id, string mediaType, ReadOnlySpan<byte> content) =>
        new(new ArchiveObjectId(id), mediaType, content.Length, Convert.ToHexString(SHA256.HashData(content)));
}
