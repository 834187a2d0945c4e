using System.Security.Cryptography;
using System.Text;
using Mdm.Host.Configuration;

namespace Mdm.Host.Transfer;

/// <summary>The secret that tickets and tokens are made with. Hosts that stand for one another read the same file.</summary>
internal sealed class TransferSecret
{
    private readonly byte[] _secret;

    private TransferSecret(byte[] secret) => _secret = secret;

    /// <summary>Reads the file; makes it when there is none.</summary>
    /// <exception cref="MdmException">Refused: others may read or write it, or it is too short.</exception>
    public static TransferSecret Open(string path) => new(SecretFile.Open(Path.GetFullPath(path), "Transfer:SecretFile"));

    /// <summary>As <see cref="Open"/>, and makes nothing.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="MdmException">As above.</exception>
    public static TransferSecret? Find(string path) => SecretFile.Find(Path.GetFullPath(path), "Transfer:SecretFile") is { } secret ? new TransferSecret(secret) : null;

    /// <summary>A key of its own for each purpose.</summary>
    public byte[] KeyFor(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, SecretFile.Size, info: Encoding.ASCII.GetBytes(purpose));
}
