using System.Text;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Native.Calls;

/// <summary>Entries of directories as C programs see them.</summary>
internal static unsafe class Entries
{
    /// <summary>Room that is enough for any entry's texts. MDM_ENTRY_TEXT_SIZE.</summary>
    public const int TextSize = 20480;

    /// <summary>Writes an entry, its texts into the room.</summary>
    /// <returns>False when there is not room enough.</returns>
    public static bool Write(GridEntry entry, EntryStruct* target, ref TextRoom room)
    {
        EntryStruct filled = default;
        filled.Type = entry.Type switch { FileType.Directory => 1, FileType.Link => 2, _ => 0 };
        filled.Length = entry.Length ?? -1;
        filled.Modified = entry.Modified?.ToUnixTimeSeconds() ?? long.MinValue;
        filled.IsOnline = entry.Locality switch { null => -1, FileLocality.Online or FileLocality.OnlineAndNearline => 1, _ => 0 };
        var adler = new Span<byte>(filled.Adler32, EntryStruct.AdlerSize);
        // Eight digits; a host that says more says nothing that can be compared.
        if (entry.Adler32 is { Length: < EntryStruct.AdlerSize } digits)
            Encoding.ASCII.GetBytes(digits, adler);
        filled.Surl = room.Put(entry.Surl.ToString());
        filled.Path = room.Put(entry.Surl.Path.ToString());
        Boundary.Give(target, filled);
        return room.Fits;
    }
}
