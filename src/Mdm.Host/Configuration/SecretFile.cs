using System.Security.Cryptography;

namespace Mdm.Host.Configuration;

/// <summary>A file that holds a secret of the host's own; made where it is missing, readable by the service only.</summary>
internal static class SecretFile
{
    /// <summary>Bytes of a secret made here, and the least that is accepted.</summary>
    public const int Size = 32;

    private const int LargestFile = 4096;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Reads the file; makes it when there is none.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="setting">What it is called in messages, as <c>Transfer:SecretFile</c>.</param>
    /// <exception cref="MdmException">Refused: others may read or write it, or it has no fitting length.</exception>
    public static byte[] Open(string path, string setting)
    {
        if (!File.Exists(path))
            Make(path);
        if ((File.GetUnixFileMode(path) & Others) != 0)
            throw new MdmException(MdmErrorKind.Refused, $"{setting} {path} may be read or written by others; chmod 600 it, and make a new one if somebody could have read it.");
        return new FileInfo(path).Length is >= Size and <= LargestFile
            ? File.ReadAllBytes(path)
            : throw new MdmException(MdmErrorKind.Refused, $"{setting} {path} must hold {Size} to {LargestFile} bytes.");
    }

    /// <summary>As <see cref="Open"/>, and makes nothing.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="MdmException">As above.</exception>
    public static byte[]? Find(string path, string setting) => File.Exists(path) ? Open(path, setting) : null;

    private static void Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
        var partial = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        using (var file = new FileStream(partial, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            file.Write(RandomNumberGenerator.GetBytes(Size));
            file.Flush(flushToDisk: true);
        }
        try
        {
            // Renamed into place: who starts at the same time finds all of it or nothing; whose is first stays.
            File.Move(partial, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(partial);
        }
    }
}
