namespace Mdm.TestKit;

/// <summary>An empty folder that goes with the test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    private static readonly Lock Gate = new();
    private static List<string>? s_kept;

    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("mdm-test-").FullName;

    public string Path { get; }

    public string this[params string[] names] => System.IO.Path.Combine([Path, .. names]);

    /// <summary>
    /// From now on folders stay until <see cref="RemoveKept"/>. For measuring: ext4 looks through the inodes freed in the last minutes one by one, which slows down whoever
    /// makes files next.
    /// </summary>
    public static void KeepAll()
    {
        lock (Gate)
            s_kept ??= [];
    }

    /// <summary>Removes what was kept.</summary>
    public static void RemoveKept()
    {
        lock (Gate)
        {
            s_kept?.ForEach(Remove);
            s_kept = null;
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (s_kept is not null)
                s_kept.Add(Path);
            else
                Remove(Path);
        }
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }
}
