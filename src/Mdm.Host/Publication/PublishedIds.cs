using System.Security.Cryptography;
using System.Text;
using Mdm.Host.Configuration;

namespace Mdm.Host.Publication;

/// <summary>
/// The ids of what is published: keyed hashes, so that publishing twice changes nothing and an id betrays nothing about the object behind it. Each purpose has its own
/// word in front, each part its own end.
/// </summary>
internal sealed class PublishedIds(ReadOnlyMemory<byte> secret)
{
    private const char End = '\0';

    /// <summary>With the secret of that file. Who loses it publishes everything anew, under other ids.</summary>
    /// <exception cref="MdmException">Refused: the file will not do.</exception>
    public static PublishedIds Open(string path) => new(SecretFile.Open(path, "The secret of publications"));

    /// <summary>The file that stands for an object in a publication.</summary>
    public FileId OfFile(string publication, ArchiveObjectId id) => Id("file", publication, id.Value);

    /// <summary>A directory of a publication, by its names in the layout; the empty text is the publication's root.</summary>
    public FileId OfDirectory(string publication, string layoutPath) => Id("directory", publication, layoutPath);

    /// <summary>A directory above the publications' roots.</summary>
    public FileId OfAncestor(StoragePath path) => Id("ancestor", string.Empty, path.ToString());

    /// <summary>What the ledger keeps of a study's name.</summary>
    public byte[] OfStudy(string publication, string study) => Id("study", publication, study).ToBytes();

    /// <summary>What the ledger keeps of a patient, the same in all publications.</summary>
    public byte[] OfPatient(string patientId) => Id("patient", string.Empty, patientId.Trim(' ', '\0')).ToBytes();

    /// <summary>What the ledger keeps of an object's version.</summary>
    public byte[] OfVersion(string version) => Id("version", string.Empty, version).ToBytes();

    /// <summary>A name for a label that may not be shown: 32 hexadecimal digits.</summary>
    public string NameOf(string publication, string label) => Id("label", publication, label).ToString();

    /// <summary>Eight hexadecimal digits that tell apart what a safe name alone would not.</summary>
    public string MarkOf(string text) => Id("mark", string.Empty, text).ToString()[..8];

    private FileId Id(string purpose, string publication, string text)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret.Span, Encoding.UTF8.GetBytes(string.Concat(purpose + End, publication + End, text)), hash);
        return new FileId(hash[..FileId.Size]);
    }
}
