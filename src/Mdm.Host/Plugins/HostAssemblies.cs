using System.Reflection;
using System.Text.Json;
using Mdm.Abstractions;
using Microsoft.AspNetCore.Http;

namespace Mdm.Host.Plugins;

/// <summary>What a plugin gets from the host and never from its own folder: the shared frameworks and the contract.</summary>
internal sealed class HostAssemblies
{
    private readonly Dictionary<string, string> _frameworkPaths;

    private HostAssemblies(Dictionary<string, string> frameworkPaths) => _frameworkPaths = frameworkPaths;

    /// <summary>The contract as this process has it.</summary>
    public Assembly Contract { get; } = typeof(IMdmPlugin).Assembly;

    /// <summary>The contract's simple name.</summary>
    public string ContractName => Contract.GetName().Name!;

    /// <summary>The contract's assembly version, <c>Major.0.0.0</c>.</summary>
    public Version ContractVersion => Contract.GetName().Version!;

    /// <summary>The contract's release, for people.</summary>
    public string ContractRelease => InformationalVersion(Contract);

    public bool IsFramework(string simpleName) => _frameworkPaths.ContainsKey(simpleName);

    /// <summary>The version of a framework assembly as it lies on the disk; null when it is not one.</summary>
    public Version? FrameworkVersion(string simpleName) =>
        _frameworkPaths.TryGetValue(simpleName, out var path) ? AssemblyName.GetAssemblyName(path).Version : null;

    /// <summary>The lists of this process.</summary>
    public static HostAssemblies OfThisProcess()
    {
        var trusted = ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] frameworkFolders =
        [
            Path.GetDirectoryName(typeof(object).Assembly.Location)!,
            Path.GetDirectoryName(typeof(HttpContext).Assembly.Location)!,
        ];

        // A self-contained host has no framework folders: everything lies beside it, and only its own manifest tells what came from the runtime packs.
        var beside = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        Func<string, bool> isFramework = frameworkFolders.Contains(beside, StringComparer.Ordinal)
            ? RuntimePackAssemblies().Contains
            : path => frameworkFolders.Contains(Path.GetDirectoryName(path), StringComparer.Ordinal);
        var paths = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in trusted.Where(path => isFramework(path) || isFramework(Path.GetFileName(path))))
            paths.TryAdd(Path.GetFileNameWithoutExtension(path), path);
        return new HostAssemblies(paths);
    }

    /// <summary>A version for people, without the commit.</summary>
    public static string InformationalVersion(Assembly assembly)
    {
        var text = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "unknown";
        return text.Split('+')[0];
    }

    private static HashSet<string> RuntimePackAssemblies()
    {
        var manifests = ((string?)AppContext.GetData("APP_CONTEXT_DEPS_FILES") ?? string.Empty).Split(';', StringSplitOptions.RemoveEmptyEntries);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var manifest in manifests.Where(File.Exists))
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(manifest));
            foreach (var target in json.RootElement.GetProperty("targets").EnumerateObject())
            {
                foreach (var library in target.Value.EnumerateObject().Where(l => l.Name.StartsWith("runtimepack.", StringComparison.Ordinal)))
                {
                    if (!library.Value.TryGetProperty("runtime", out var files))
                        continue;
                    foreach (var file in files.EnumerateObject())
                        names.Add(Path.GetFileName(file.Name));
                }
            }
        }
        return names;
    }
}
