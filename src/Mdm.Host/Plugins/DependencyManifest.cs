using System.Runtime.InteropServices;
using System.Text.Json;

namespace Mdm.Host.Plugins;

/// <summary>
/// The files that a plugin's <c>.deps.json</c> says must lie beside it. A missing one would otherwise show only when some code first needs it,
/// which may be in the middle of a transfer.
/// </summary>
/// <remarks>Left out: satellite assemblies (a missing translation harms nobody) and other platforms' files.</remarks>
internal static class DependencyManifest
{
    /// <summary>Largest manifest that is read, bytes.</summary>
    private const long MaxBytes = 16 * 1024 * 1024;

    /// <summary>The listed files that this platform needs.</summary>
    /// <exception cref="JsonException">Not a manifest.</exception>
    public static IReadOnlyList<DependencyFile> Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
            throw new JsonException($"it is larger than {MaxBytes} bytes");
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        try
        {
            var targetName = json.RootElement.GetProperty("runtimeTarget").GetProperty("name").GetString()!;
            var files = new List<DependencyFile>();
            foreach (var library in json.RootElement.GetProperty("targets").GetProperty(targetName).EnumerateObject())
            {
                AddFiles(files, library, "runtime", isNative: false);
                AddFiles(files, library, "native", isNative: true);
                AddRuntimeTargets(files, library);
            }
            return files;
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or ArgumentNullException)
        {
            throw new JsonException("it lacks runtimeTarget or targets", fault);
        }
    }

    private static void AddFiles(List<DependencyFile> files, JsonProperty library, string group, bool isNative)
    {
        if (!library.Value.TryGetProperty(group, out var listed))
            return;
        files.AddRange(listed.EnumerateObject().Where(f => !IsPlaceholder(f.Name)).Select(f => new DependencyFile(library.Name, f.Name, isNative)));
    }

    private static void AddRuntimeTargets(List<DependencyFile> files, JsonProperty library)
    {
        if (!library.Value.TryGetProperty("runtimeTargets", out var listed))
            return;
        foreach (var file in listed.EnumerateObject())
        {
            var rid = file.Value.TryGetProperty("rid", out var r) ? r.GetString() : null;
            var type = file.Value.TryGetProperty("assetType", out var t) ? t.GetString() : null;
            if (!IsPlaceholder(file.Name) && rid is not null && ThisPlatform().Contains(rid))
                files.Add(new DependencyFile(library.Name, file.Name, type == "native"));
        }
    }

    private static bool IsPlaceholder(string name) => name.EndsWith("_._", StringComparison.Ordinal);

    private static string[] ThisPlatform()
    {
        var architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        return [RuntimeInformation.RuntimeIdentifier, $"linux-{architecture}", "linux", $"unix-{architecture}", "unix", "any"];
    }
}

/// <summary>One file that must be there.</summary>
/// <param name="Library">Name and version of the package or project it belongs to.</param>
/// <param name="RelativePath">As the manifest has it.</param>
/// <param name="IsNative">A native library; else an assembly.</param>
internal sealed record DependencyFile(string Library, string RelativePath, bool IsNative)
{
    public string FileName => Path.GetFileName(RelativePath);

    /// <summary>True when the file lies in the folder, at its path or (as builds flatten it) directly.</summary>
    public bool IsIn(string folder) => File.Exists(Path.Combine(folder, RelativePath)) || File.Exists(Path.Combine(folder, FileName));
}
