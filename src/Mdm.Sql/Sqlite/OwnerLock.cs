using System.Runtime.InteropServices;
using System.Text;

namespace Mdm.Sql.Sqlite;

/// <summary>
/// Holds <c>&lt;file&gt;.owner</c> for as long as a store is open. Two copies of the SQLite library in one process (two plugins, each in its own load context) do not
/// see each other's POSIX locks and lose commits on a shared file; flock(2) belongs to the open file, so it keeps them apart, and other processes too.
/// The kernel lets go when the process dies, however it dies; the file stays, since removing it would race with the next owner.
/// </summary>
internal sealed class OwnerLock : IDisposable
{
    private const int MaxHolderBytes = 512;

    private readonly FileStream _file;

    private OwnerLock(FileStream file) => _file = file;

    public static OwnerLock Take(string databaseFile, string owner)
    {
        var path = databaseFile + ".owner";
        FileStream file;
        try
        {
            file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            throw new SqlStoreException(SqlTrouble.InUse, $"{databaseFile} is in use by {Holder(path)}; one file belongs to one store.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SqlStoreException(SqlTrouble.Configuration, $"{path} cannot be opened for writing: {e.Message}", e);
        }
        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes($"{owner}, process {Environment.ProcessId} on {Environment.MachineName}"));
        return new OwnerLock(file);
    }

    public void Dispose() => _file.Dispose();

    // .NET takes a shared lock before it reads, which the holder's exclusive one forbids; flock is advisory, so a plain read is allowed to look.
    private static string Holder(string path)
    {
        var descriptor = Open(path, 0);
        if (descriptor < 0)
            return "somebody unknown";
        var bytes = new byte[MaxHolderBytes];
        var read = (int)Read(descriptor, bytes, MaxHolderBytes);
        _ = Close(descriptor);
        return read > 0 ? Encoding.UTF8.GetString(bytes, 0, read) : "somebody unknown";
    }

#pragma warning disable SYSLIB1054 // Three calls do not earn unsafe code in this project.
    [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "read", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Read(int descriptor, byte[] buffer, nint count);

    [DllImport("libc", EntryPoint = "close", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
#pragma warning restore SYSLIB1054
}
