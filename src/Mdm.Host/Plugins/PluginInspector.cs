using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mdm.Host.Plugins;

/// <summary>
/// Looks a plugin over before any of its code runs: name, folder, image, what it was built against, and whether everything it lists is there.
/// </summary>
internal sealed partial class PluginInspector(string pluginsPath, HostAssemblies host)
{
    /// <summary>Largest assembly that is looked at, bytes.</summary>
    private const long MaxAssemblyBytes = 256L * 1024 * 1024;

    /// <summary>Most names told when something was not found.</summary>
    private const int MaxNamesTold = 20;

    /// <summary>All that is wrong with the plugin; empty when it may be loaded.</summary>
    public IReadOnlyList<PluginFault> Inspect(string name)
    {
        PluginFault Fault(string code, string reason) => new(name, code, reason);

        if (!IsSafeName(name))
            return [Fault(PluginFaultCode.UnsafeName, "the name may have only letters, digits, '.', '-' and '_', and must not start or end with a dot.")];
        var folder = Path.Combine(pluginsPath, name);
        if (!Directory.Exists(folder))
            return [Fault(PluginFaultCode.NoFolder, $"there is no folder '{folder}'. {Found(FoldersIn(pluginsPath), "plugin folders")}")];
        var path = Path.Combine(folder, name + ".dll");
        if (!File.Exists(path))
            return [Fault(PluginFaultCode.NoAssembly, $"there is no '{name}.dll' in '{folder}'. {Found(AssembliesIn(folder), "assemblies")}")];

        try
        {
            if (new FileInfo(path).Length > MaxAssemblyBytes)
                return [Fault(PluginFaultCode.NotAnImage, $"'{path}' is larger than {MaxAssemblyBytes} bytes.")];
            using var image = new PEReader(File.OpenRead(path));
            if (!image.HasMetadata)
                return [Fault(PluginFaultCode.NotManaged, $"'{path}' is not a .NET assembly.")];
            var metadata = image.GetMetadataReader();
            if (!metadata.IsAssembly)
                return [Fault(PluginFaultCode.NotManaged, $"'{path}' is a .NET module, not an assembly.")];
            var builtAgainst = new BuiltAgainst(metadata, host);
            return [.. builtAgainst.Faults().Select(f => Fault(f.Code, f.Reason)), .. ListedFiles(name, folder), .. builtAgainst.MissingBeside(folder).Select(f => Fault(f.Code, f.Reason))];
        }
        catch (Exception fault) when (fault is BadImageFormatException or InvalidOperationException or OverflowException or ArgumentException)
        {
            return [Fault(PluginFaultCode.NotAnImage, $"'{path}' is not a readable assembly (truncated or damaged).")];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [Fault(PluginFaultCode.NotAnImage, $"'{path}' cannot be read: {fault.Message}")];
        }
    }

    /// <summary>The folders that could be plugins.</summary>
    public IReadOnlyList<string> FoldersFound() => FoldersIn(pluginsPath);

    public static bool IsSafeName(string? name) => name is not null && SafeName().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?\z")]
    private static partial Regex SafeName();

    private IEnumerable<PluginFault> ListedFiles(string name, string folder)
    {
        var path = Path.Combine(folder, name + ".deps.json");
        if (!File.Exists(path))
            yield break;
        IReadOnlyList<DependencyFile> files;
        PluginFault? unreadable = null;
        try
        {
            files = DependencyManifest.Read(path);
        }
        catch (JsonException fault)
        {
            files = [];
            unreadable = new PluginFault(name, PluginFaultCode.UnreadableManifest, $"'{path}' cannot be read: {fault.Message}");
        }
        if (unreadable is not null)
            yield return unreadable;
        foreach (var file in files.DistinctBy(f => f.RelativePath).Where(f => !f.IsIn(folder)))
        {
            var simpleName = Path.GetFileNameWithoutExtension(file.FileName);
            if (file.IsNative)
                yield return new PluginFault(name, PluginFaultCode.MissingNativeLibrary, $"the native library '{file.RelativePath}' of {file.Library} is not in '{folder}'; publish the plugin again and copy all of its output.");
            else if (simpleName != host.ContractName && !host.IsFramework(simpleName))
                yield return new PluginFault(name, PluginFaultCode.MissingAssembly, $"'{file.FileName}' of {file.Library} is not in '{folder}'; publish the plugin again and copy all of its output.");
        }
    }

    private static List<string> FoldersIn(string path) =>
        Directory.Exists(path) ? [.. Directory.EnumerateDirectories(path).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)] : [];

    private static List<string> AssembliesIn(string folder) => [.. Directory.EnumerateFiles(folder, "*.dll").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private static string Found(List<string> names, string what) =>
        names.Count == 0 ? $"There are no {what} at all."
        : $"Found: {string.Join(", ", names.Take(MaxNamesTold))}{(names.Count > MaxNamesTold ? $" and {names.Count - MaxNamesTold} more" : "")}.";
}
