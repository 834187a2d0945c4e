using System.Buffers;
using System.Runtime.InteropServices;
using Mdm.Client;
using Mdm.Native.Handles;

namespace Mdm.Native.Calls;

/// <summary>Files: open ones, read from any place; whole ones, into memory.</summary>
internal static unsafe class FileCalls
{
    /// <summary>Downloads at once. MDM_MAX_PARALLEL.</summary>
    private const int MaxParallel = 64;

    [UnmanagedCallersOnly(EntryPoint = "mdm_file_open")]
    public static int Open(ulong session, byte* name, ulong* file, long* length, ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Demand(file, nameof(file));
        *file = 0;
        using var use = Boundary.Handles.Use<Session>(session);
        var place = Boundary.DemandText(name, nameof(name));
        var surl = Boundary.Wait(cancel, token => use.Value.PlaceAsync(place, token));
        var opened = Boundary.Wait(cancel, token => use.Value.Files.OpenFileAsync(surl, use.Value.Fetching, token));
        use.Value.TryHold();
        *file = Boundary.Handles.Add(new OpenFile(opened, use.Value));
        if (length is not null)
            *length = opened.Length;
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_file_length")]
    public static int Length(ulong file, long* length, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Demand(length, nameof(length));
        using var use = Boundary.Handles.Use<OpenFile>(file);
        *length = use.Value.Length;
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_file_read")]
    public static int Read(ulong file, long offset, byte* buffer, nuint size, nuint* read, ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Demand(read, nameof(read));
        *read = 0;
        if (size > 0)
            Boundary.Demand(buffer, nameof(buffer));
        if (offset < 0)
            throw new CallException(Kind.BadArgument, "There is nothing before the beginning of a file: offset is negative.");
        using var use = Boundary.Handles.Use<OpenFile>(file);
        while (*read < size)
        {
            // A managed view has room for no more at a time.
            using var view = new CallersMemory(buffer + *read, (int)Math.Min(size - *read, int.MaxValue));
            var at = offset + (long)*read;
            var count = Boundary.Wait(cancel, token => use.Value.ReadAsync(at, view.Memory, token));
            *read += (nuint)count;
            if (count < view.Memory.Length)
                break;
        }
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_file_close")]
    public static int Close(ulong file, ErrorStruct* error) => Boundary.Close<OpenFile>(file, error);

    [UnmanagedCallersOnly(EntryPoint = "mdm_fetch")]
    public static int Fetch(ulong session, byte* name, FetchOptionsStruct* options, delegate* unmanaged<void*, EntryStruct*, byte*, nuint, int> onFile, void* user, ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Demand(onFile, "on_file");
        using var use = Boundary.Handles.Use<Session>(session);
        var place = Boundary.DemandText(name, nameof(name));
        var given = options is null ? default : Boundary.Taken(options, nameof(options));
        if (given.Parallel > MaxParallel)
            throw new CallException(Kind.BadArgument, $"parallel is 1 to {MaxParallel} (MDM_MAX_PARALLEL), or 0 for the default.");
        var how = use.Value.Fetching with { MostBytes = given.MaxBytes is 0 or > long.MaxValue ? null : (long)given.MaxBytes };
        how = given.Parallel == 0 ? how : how with { Parallel = (int)given.Parallel };
        var surl = Boundary.Wait(cancel, token => use.Value.PlaceAsync(place, token));
        // The caller's function runs on the caller's thread, one file at a time, so it needs no locks and may throw what its own frames catch.
        Boundary.Wait(cancel, token =>
        {
            var all = use.Value.Files.ReadAllAsync(surl, given.IsRecursive != 0, how, token).GetAsyncEnumerator(token);
            try
            {
                while (all.MoveNextAsync().AsTask().GetAwaiter().GetResult())
                {
                    if (!Hand(all.Current, onFile, user))
                        throw new CallException(Kind.Cancelled, "The function that takes the files called the fetch off.");
                }
                return Task.FromResult(true);
            }
            catch (Exception e) when (use.Value.IsEnd(e))
            {
                throw use.Value.Ended(e);
            }
            finally
            {
                all.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        });
        return Kind.Ok;
    });

    private static bool Hand(FileContent file, delegate* unmanaged<void*, EntryStruct*, byte*, nuint, int> onFile, void* user)
    {
        var text = ArrayPool<byte>.Shared.Rent(Entries.TextSize);
        try
        {
            using var bytes = file.Bytes.Pin();
            fixed (byte* place = text)
            {
                var entry = new EntryStruct { Size = (uint)sizeof(EntryStruct) };
                var room = new TextRoom(place, Entries.TextSize);
                Entries.Write(file.Entry, &entry, ref room);
                return onFile(user, &entry, (byte*)bytes.Pointer, (nuint)file.Bytes.Length) == 0;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
            // Nobody else sees them, and whoever is given the memory next must not find a patient in it.
            MemoryMarshal.AsMemory(file.Bytes).Span.Clear();
        }
    }

    /// <summary>A caller's buffer, for as long as its call lasts.</summary>
    private sealed class CallersMemory(byte* buffer, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(buffer, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(buffer + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
