using System.Buffers.Text;
using System.Security.Cryptography;
using Mdm.Host.Configuration;

namespace Mdm.Host.Members;

/// <summary>This host among those that share its stores.</summary>
/// <param name="Id">Its name in the stores: one state directory, one id; opaque, 16 characters of base64url.</param>
internal sealed record ThisHost(string Id)
{
    private const string FileName = "host-id";
    private const int IdBytes = 12;

    /// <summary>As <see cref="Open"/>, and makes nothing.</summary>
    /// <returns>Null for a host that was never started with that state directory.</returns>
    /// <exception cref="MdmException">Refused: the file cannot be used.</exception>
    public static ThisHost? Find(string stateDirectory) => SecretFile.Find(Path.Combine(stateDirectory, FileName), "State:Directory") is { } bytes ? Of(bytes) : null;

    /// <summary>Takes the id that the state directory holds; gives it one at the first start.</summary>
    /// <exception cref="MdmException">Refused: the file cannot be used.</exception>
    public static ThisHost Open(string stateDirectory) => Of(SecretFile.Open(Path.Combine(stateDirectory, FileName), "State:Directory"));

    // What is told is a hash: the file may be looked at without learning what is in the stores, and the other way round.
    private static ThisHost Of(byte[] bytes) => new(Base64Url.EncodeToString(SHA256.HashData(bytes).AsSpan(0, IdBytes)));
}
