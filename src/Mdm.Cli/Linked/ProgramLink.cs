using System.Security.Cryptography;

namespace Mdm.Cli.Linked;

/// <summary>A symbolic link by which this program is called under another name.</summary>
internal static class ProgramLink
{
    // As many as the kernel follows in one path.
    private const int MostLinks = 40;

    /// <summary>The program that runs, whichever way it was published and called.</summary>
    /// <exception cref="IOException">It runs by <c>dotnet mdm.dll</c>, with no program beside it.</exception>
    public static string Program()
    {
        var beside = Path.Combine(AppContext.BaseDirectory, MdmCommand.Name);
        if (Environment.ProcessPath is { } running && Path.GetFileName(running) == MdmCommand.Name)
            return Real(running);
        return File.Exists(beside) ? Real(beside) : throw new IOException($"There is no program {beside} that links could lead to.");
    }

    /// <summary>Why a link must not be made where something is; null when nothing is there, or a link to a program of this name.</summary>
    public static string? Obstacle(string path)
    {
        var there = new FileInfo(path);
        if (there.LinkTarget is { } target)
            return Path.GetFileName(target) == MdmCommand.Name ? null : $"{path} is there, and leads to {target}";
        return there.Exists || Directory.Exists(path) ? $"{path} is there, and is no link" : null;
    }

    /// <summary>Makes the link, relative, so that the tree around both can be moved; takes the place of an older one at once.</summary>
    /// <returns>False when it was there.</returns>
    public static bool Ensure(string path, string program)
    {
        var target = Path.GetRelativePath(Real(Path.GetDirectoryName(Path.GetFullPath(path))!), program);
        if (new FileInfo(path).LinkTarget == target)
            return false;
        var made = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        File.CreateSymbolicLink(made, target);
        try
        {
            File.Move(made, path, overwrite: true);
        }
        catch
        {
            File.Delete(made);
            throw;
        }
        return true;
    }

    /// <summary>A path without links in it: a relative link counts from where its directory really is.</summary>
    internal static string Real(string path)
    {
        var followed = 0;
        var names = new Stack<string>(Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var real = "/";
        while (names.TryPop(out var name))
        {
            var next = Path.GetFullPath(Path.Combine(real, name));
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++followed > MostLinks)
                throw new IOException($"{path} leads over more than {MostLinks} links.");
            if (target.StartsWith('/'))
                real = "/";
            foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                names.Push(part);
        }
        return real;
    }
}
