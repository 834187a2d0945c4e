using Mdm.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Plugins.Disk.Tree;

/// <summary>
/// The tree below the top. Every path is followed from the open top name by name, and a symbolic link on the way, or at the end, counts as nothing: so nothing outside is reached, whatever is in the
/// tree and whoever changes it meanwhile.
/// </summary>
internal sealed class ObjectTree : IDisposable
{
    /// <summary>How often a directory is made again that somebody else removed, being empty, before a name was in it.</summary>
    private const int MaxAttempts = 100;

    private readonly SafeFileHandle _top;

    /// <exception cref="MdmException">There is no such directory.</exception>
    public ObjectTree(string top) => _top = Posix.OpenDirectory(null, top, out var error) ?? throw PosixError.Of(error, $"{top} cannot be opened as a directory");

    /// <summary>Opens an object's file for reading; null where there is none.</summary>
    public OpenFile? TryOpen(ObjectPath path)
    {
        using var parent = ParentOf(path, out var error);
        if (parent is null)
            return PosixError.IsAbsence(error) ? null : throw PosixError.Of(error, "The object cannot be looked for");
        var file = Posix.OpenFile(parent.Handle, path.Names[^1], out error);
        if (file is null)
            return PosixError.IsAbsence(error) ? null : throw PosixError.Of(error, "The object cannot be opened");
        if (Posix.Facts(file, out error) is { IsFile: true } facts)
            return new OpenFile(file, facts);
        file.Dispose();
        return null;
    }

    /// <summary>Gives a complete file its place, durably; false where something is there.</summary>
    public bool TryPlace(IncomingFile file, ObjectPath path)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            using var parent = MakeParentOf(path);
            if (parent is null)
                continue;
            var error = Posix.Link(file.Path, parent.Handle, path.Names[^1]);
            if (error == PosixError.Exists)
                return false;
            if (error == PosixError.None)
                continue;
            if (error != 0)
                throw PosixError.Of(error, "The object cannot be given its name");
            Synchronized(parent.Handle);
            return true;
        }
        throw new MdmException(MdmErrorKind.Busy, "The object's folder was removed again each time it had been made; try again.");
    }

    /// <summary>Removes an object's file, and the folders that it leaves empty.</summary>
    public void Remove(ObjectPath path)
    {
        using (var parent = ParentOf(path, out var error))
        {
            if (parent is null)
            {
                if (!PosixError.IsAbsence(error))
                    throw PosixError.Of(error, "The object cannot be looked for");
                return;
            }
            using (var file = Posix.OpenFile(parent.Handle, path.Names[^1], out error))
            {
                // Only what Find would tell of is an object.
                if (file is null || Posix.Facts(file, out _) is not { IsFile: true })
                {
                    if (error == 0 || PosixError.IsAbsence(error))
                        return;
                    throw PosixError.Of(error, "The object cannot be looked for");
                }
            }
            error = Posix.Unlink(parent.Handle, path.Names[^1]);
            if (error is not (0 or PosixError.None))
                throw PosixError.Of(error, "The object cannot be deleted");
            Synchronized(parent.Handle);
        }
        for (var depth = path.Names.Count - 1; depth > 0; depth--)
        {
            using var above = Walk(path.Names, depth - 1, out _);
            if (above is null || Posix.Rmdir(above.Handle, path.Names[depth - 1]) != 0)
                return;
        }
    }

    public void Dispose() => _top.Dispose();

    private Step? ParentOf(ObjectPath path, out int error) => Walk(path.Names, path.Names.Count - 1, out error);

    /// <summary>Null where a directory went meanwhile.</summary>
    private Step? MakeParentOf(ObjectPath path)
    {
        var step = new Step(_top, isOwned: false);
        for (var depth = 0; depth < path.Names.Count - 1; depth++)
        {
            using var above = step;
            var name = path.Names[depth];
            var made = Posix.MakeDirectory(above.Handle, name);
            if (made is not (0 or PosixError.Exists or PosixError.None))
                throw PosixError.Of(made, "The object's folder cannot be made");
            if (Posix.OpenDirectory(above.Handle, name, out var error) is not { } next)
            {
                return error == PosixError.None
                    ? null
                    : throw (PosixError.IsAbsence(error) ? new MdmException(MdmErrorKind.AlreadyExists, "Something that is not a folder is in the way of the object's id.") : PosixError.Of(error, "The object's folder cannot be opened"));
            }
            if (made == 0)
                Synchronized(above.Handle);
            step = new Step(next, isOwned: true);
        }
        return step;
    }

    private Step? Walk(IReadOnlyList<string> names, int depth, out int error)
    {
        error = 0;
        var step = new Step(_top, isOwned: false);
        for (var at = 0; at < depth; at++)
        {
            using var above = step;
            if (Posix.OpenDirectory(above.Handle, names[at], out error) is not { } next)
                return null;
            step = new Step(next, isOwned: true);
        }
        return step;
    }

    private static void Synchronized(SafeFileHandle directory)
    {
        if (Posix.Synchronize(directory) is not 0 and var error)
            throw PosixError.Of(error, "The folder cannot be written to disk");
    }

    /// <summary>A directory on a walk; the top stays open.</summary>
    private sealed class Step(SafeFileHandle handle, bool isOwned) : IDisposable
    {
        public SafeFileHandle Handle => handle;

        public void Dispose()
        {
            if (isOwned)
                handle.Dispose();
        }
    }
}

/// <summary>An object's file, open for reading.</summary>
internal sealed record OpenFile(SafeFileHandle Handle, FileFacts Facts) : IDisposable
{
    public void Dispose() => Handle.Dispose();
}
