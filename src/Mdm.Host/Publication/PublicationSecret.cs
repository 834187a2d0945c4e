using System.Security.Cryptography;

namespace Mdm.Host.Publication;

/// <summary>The file with the key of <see cref="PublishedIds"/>. Who loses it publishes everything anew, under other ids.</summary>
internal static class PublicationSecret
{
    /// <summary>Bytes of a secret made here, and the least that is accepted.</summary>
    public const int Size = 32;

    private const int LargestFile = 4096;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Reads the file; makes it when there is none.</summary>
    /// <exception cref="MdmException">Refused: others may read or write it, or it has no fitting length.</exception>
    public static PublishedIds Open(string path)
    {
        if (!File.Exists(path))
            Make(path);
        if ((File.GetUnixFileMode(path) & Others) != 0)
            throw new MdmException(MdmErrorKind.Refused, $"{path} may be read or written by others; chmod 600 it.");
        return new FileInfo(path).Length is >= Size and <= LargestFile
            ? new PublishedIds(File.ReadAllBytes(path))
            : throw new MdmException(MdmErrorKind.Refused, $"{path} must hold {Size} to {LargestFile} bytes.");
    }

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
            // Renamed into place: who starts at the same time finds all of it or nothing.
            File.Move(partial, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(partial);
        }
    }
}
