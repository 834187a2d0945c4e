using System.Security.Cryptography;
using Mdm.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Plugins.Disk.Tree;

/// <summary>
/// The folder in which objects are while they come: on the file system of the tree, so that a link gives them their name. Each is locked by who writes it; what nobody holds was left by a process
/// that died, and is removed at start. Several hosts may share one tree.
/// </summary>
internal sealed class Incoming
{
    public const string FolderName = ".mdm-incoming";

    private readonly string _folder;

    private Incoming(string folder) => _folder = folder;

    /// <summary>Makes the folder, or removes what was left in it.</summary>
    /// <exception cref="MdmException">The tree cannot be written.</exception>
    public static Incoming Open(string top, out int removed)
    {
        removed = 0;
        var folder = Path.Combine(top, FolderName);
        try
        {
            if (new DirectoryInfo(folder) is { Exists: true, LinkTarget: not null } or { Exists: false, LinkTarget: not null })
                throw new MdmException(MdmErrorKind.Refused, $"{folder} is a symbolic link; objects that come are written there, so remove it.");
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            foreach (var left in Directory.EnumerateFiles(folder))
                removed += TryRemove(left) ? 1 : 0;
            return new Incoming(folder);
        }
        catch (IOException error)
        {
            throw PosixError.Of(error, $"{folder} cannot be written");
        }
        catch (UnauthorizedAccessException)
        {
            throw PosixError.Of(PosixError.Denied, $"{folder} cannot be written");
        }
    }

    /// <summary>A new file, locked until it is disposed.</summary>
    public IncomingFile Begin()
    {
        while (true)
        {
            var path = Path.Combine(_folder, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
            try
            {
                var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous);
                // Another host that starts now may have taken it, in the moment before it was locked, for one that was left.
                if (File.Exists(path))
                    return new IncomingFile(path, handle);
                handle.Dispose();
            }
            catch (IOException taken) when (File.Exists(path) && taken.HResult is not (PosixError.NoSpace or PosixError.Quota))
            {
                // It is being looked at by who starts; the next name is free.
            }
        }
    }

    private static bool TryRemove(string path)
    {
        try
        {
            using (File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.None))
                File.Delete(path);
            return true;
        }
        catch (IOException)
        {
            // Somebody writes it.
            return false;
        }
    }
}

/// <summary>A file that is being written; it goes when it is disposed, unless it got a name meanwhile.</summary>
internal sealed class IncomingFile(string path, SafeFileHandle handle) : IDisposable
{
    public string Path => path;

    public SafeFileHandle Handle => handle;

    public void Dispose()
    {
        // While the lock is held: nobody else takes it for one that was left.
        File.Delete(path);
        handle.Dispose();
    }
}
