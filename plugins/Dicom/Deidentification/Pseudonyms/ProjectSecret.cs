using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

/// <summary>
/// The secret of one project. Whoever has it can link pseudonyms to values that he guesses, so it never leaves the service; all hosts of a project share it.
/// Every use has a key of its own, derived by HKDF-SHA256.
/// </summary>
internal sealed class ProjectSecret
{
    /// <summary>Bytes: 256 bits of randomness, as <c>openssl rand -out FILE 32</c> writes them.</summary>
    public const int MinLength = 32;

    /// <summary>Bytes: what is longer is some other file.</summary>
    public const int MaxLength = 4096;

    /// <summary>Different byte values of the shortest secret. Random hexadecimal text has 16; a word typed over and over does not reach it.</summary>
    public const int MinDifferentBytes = 12;

    // Names the derivation: another one would be another project.
    private const string Derivation = "mdm dicom-ps3.15 1 ";

    private readonly byte[] _secret;

    private ProjectSecret(byte[] secret) => _secret = secret;

    /// <summary>Takes the bytes of a secret.</summary>
    /// <exception cref="MdmException">Refused: too short, too long, or no randomness.</exception>
    public static ProjectSecret Of(ReadOnlySpan<byte> secret)
    {
        if (secret.Length is < MinLength or > MaxLength)
            throw new MdmException(MdmErrorKind.Refused, $"The project secret (SecretFile) must have {MinLength} to {MaxLength} bytes; make one with: openssl rand -out FILE {MinLength}");
        var seen = new HashSet<byte>();
        foreach (var octet in secret)
            seen.Add(octet);
        return seen.Count >= MinDifferentBytes
            ? new ProjectSecret(secret.ToArray())
            : throw new MdmException(MdmErrorKind.Refused, $"The project secret (SecretFile) is not random; make one with: openssl rand -out FILE {MinLength}");
    }

    /// <summary>Reads the secret's file. All bytes count, a line end too.</summary>
    /// <exception cref="MdmException">Refused: not there, readable by others than owner and group, writable by others than the owner, or weak.</exception>
    public static ProjectSecret Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            const UnixFileMode Foreign = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.GroupWrite;
            if ((File.GetUnixFileMode(file) & Foreign) != 0)
                throw new MdmException(MdmErrorKind.Refused, "The project secret (SecretFile) can be read or written by others; set its mode to 0600.");
            var bytes = new byte[MaxLength + 1];
            var length = RandomAccess.Read(file, bytes, 0);
            return Of(bytes.AsSpan(0, length));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.Refused, $"The project secret (SecretFile) cannot be read; make one with: (umask 077; openssl rand -out FILE {MinLength})", exception);
        }
    }

    /// <summary>A 256-bit key for one use.</summary>
    public byte[] KeyFor(string use) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, 32, info: Encoding.ASCII.GetBytes(Derivation + use));
}
