using System.Security.Cryptography;
using System.Text;

namespace Mdm.Host.Transfer;

/// <summary>The secret that tickets and tokens are made with. Hosts that stand for one another read the same file.</summary>
internal sealed class TransferSecret
{
    /// <summary>Bytes of a secret made here, and the least that is accepted.</summary>
    public const int Size = 32;

    private const int LargestFile = 4096;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly byte[] _secret;

    private TransferSecret(byte[] secret) => _secret = secret;

    /// <summary>Reads the file; makes it when there is none.</summary>
    /// <exception cref="MdmException">Refused: others may read or write it, or it is too short.</exception>
    public static TransferSecret Open(string path)
    {
        if (!File.Exists(path))
            Make(path);
        if ((File.GetUnixFileMode(path) & Others) != 0)
            throw new MdmException(MdmErrorKind.Refused, $"Transfer:SecretFile {path} may be read or written by others; chmod 600 it, and make a new one if somebody could have read it.");
        if (new FileInfo(path).Length is < Size or > LargestFile)
            throw new MdmException(MdmErrorKind.Refused, $"Transfer:SecretFile {path} must hold {Size} to {LargestFile} bytes.");
        return new TransferSecret(File.ReadAllBytes(path));
    }

    /// <summary>A key of its own for each purpose.</summary>
    public byte[] KeyFor(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, Size, info: Encoding.ASCII.GetBytes(purpose));

    private static void Make(string path)
    {
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var partial = full + "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        using (var file = new FileStream(partial, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            file.Write(RandomNumberGenerator.GetBytes(Size));
            file.Flush(flushToDisk: true);
        }
        try
        {
            // Renamed into place, so that a host that starts at the same time finds all of it or nothing; whose is first stays.
            File.Move(partial, full, overwrite: false);
        }
        catch (IOException) when (File.Exists(full))
        {
            File.Delete(partial);
        }
    }
}
