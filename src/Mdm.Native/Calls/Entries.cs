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
        target->Type = entry.Type switch { FileType.Directory => 1, FileType.Link => 2, _ => 0 };
        target->Length = entry.Length ?? -1;
        target->Modified = entry.Modified?.ToUnixTimeSeconds() ?? long.MinValue;
        target->IsOnline = entry.Locality switch { null => -1, FileLocality.Online or FileLocality.OnlineAndNearline => 1, _ => 0 };
        var adler = new Span<byte>(target->Adler32, EntryStruct.AdlerSize);
        adler.Clear();
        // Eight digits; a host that says more says nothing that can be compared.
        if (entry.Adler32 is { Length: < EntryStruct.AdlerSize } digits)
            Encoding.ASCII.GetBytes(digits, adler);
        target->Surl = room.Put(entry.Surl.ToString());
        target->Path = room.Put(entry.Surl.Path.ToString());
        return room.Fits;
    }
}
