using System.Runtime.InteropServices;
using Mdm.Native.Handles;

namespace Mdm.Native.Calls;

/// <summary>Looking at directories.</summary>
internal static unsafe class DirectoryCalls
{
    [UnmanagedCallersOnly(EntryPoint = "mdm_stat")]
    public static int Stat(ulong session, byte* name, EntryStruct* entry, byte* text, nuint textSize, nuint* needed, ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.DemandStruct(entry, nameof(entry));
        using var use = Boundary.Handles.Use<Session>(session);
        var place = Boundary.DemandText(name, nameof(name));
        var surl = Boundary.Wait(cancel, token => use.Value.PlaceAsync(place, token));
        var found = Boundary.Wait(cancel, token => use.Value.Files.StatAsync(surl, token));
        var room = new TextRoom(text, textSize);
        var fits = Entries.Write(found, entry, ref room);
        if (needed is not null)
            *needed = room.Needed;
        return fits ? Kind.Ok : Kind.TooSmall;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_listing_open")]
    public static int Open(ulong session, byte* name, ulong* listing, ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Demand(listing, nameof(listing));
        *listing = 0;
        using var use = Boundary.Handles.Use<Session>(session);
        var place = Boundary.DemandText(name, nameof(name));
        var surl = Boundary.Wait(cancel, token => use.Value.PlaceAsync(place, token));
        // That there is such a place is said here, not at the first entry.
        Boundary.Wait(cancel, token => use.Value.Files.StatAsync(surl, token));
        use.Value.TryHold();
        *listing = Boundary.Handles.Add(new Listing(surl, use.Value));
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_listing_next")]
    public static int Next(ulong listing, EntryStruct* entry, byte* text, nuint textSize, nuint* needed, ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.DemandStruct(entry, nameof(entry));
        using var use = Boundary.Handles.Use<Listing>(listing);
        return Taking.Next(use.Value, cancel, found =>
        {
            var room = new TextRoom(text, textSize);
            var fits = Entries.Write(found, entry, ref room);
            if (needed is not null)
                *needed = room.Needed;
            return fits;
        });
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_listing_close")]
    public static int Close(ulong listing, ErrorStruct* error) => Boundary.Close<Listing>(listing, error);
}
