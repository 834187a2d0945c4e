using System.Text;
using Mdm.Abstractions;

namespace Mdm.Plugins.Disk.Tree;

/// <summary>An object's id as a path below the top: names with <c>/</c> between them, none of which leads anywhere else.</summary>
internal sealed record ObjectPath
{
    /// <summary>Bytes of UTF-8 in one name, as Linux has it.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Names in a path.</summary>
    public const int MaxDepth = 32;

    private ObjectPath(ArchiveObjectId id, string[] names) => (Id, Names) = (id, names);

    public ArchiveObjectId Id { get; }

    public IReadOnlyList<string> Names { get; }

    /// <exception cref="MdmException">InvalidName.</exception>
    public static ObjectPath Parse(ArchiveObjectId id) => TryParse(id.Value)
        ?? throw new MdmException(MdmErrorKind.InvalidName, $"An object on disk is named by at most {MaxDepth} names of 1 to {MaxNameBytes} bytes with '/' between them, none of them '.' or '..' and the first not {Incoming.FolderName}.");

    /// <summary>Null where the text is of another form.</summary>
    public static ObjectPath? TryParse(string text)
    {
        var names = text.Split('/');
        if (text.Length > ArchiveObjectId.MaxLength || names.Length > MaxDepth || names[0] == Incoming.FolderName || !Array.TrueForAll(names, IsName))
            return null;
        try
        {
            return new ObjectPath(new ArchiveObjectId(text), names);
        }
        catch (MdmException e) when (e.Kind == MdmErrorKind.InvalidName)
        {
            return null;
        }
    }

    private static bool IsName(string name) => name.Length > 0 && name is not ("." or "..") && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes;
}
