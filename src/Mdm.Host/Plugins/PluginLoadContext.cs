using System.Reflection;
using System.Runtime.Loader;

namespace Mdm.Host.Plugins;

/// <summary>One plugin's world: framework and contract are the host's, everything else its own.</summary>
internal sealed class PluginLoadContext(string name, string assemblyPath, HostAssemblies host) : AssemblyLoadContext("plugin " + name)
{
    private readonly AssemblyDependencyResolver _resolver = new(assemblyPath);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == host.ContractName)
            return host.Contract;
        if (host.IsFramework(assemblyName.Name!))
            return null;
        if (_resolver.ResolveAssemblyToPath(assemblyName) is { } path)
            return LoadFromAssemblyPath(path);
        if (!string.IsNullOrEmpty(assemblyName.CultureName))
            return null;

        // Returning null here would hand out the host's private copy of a library of the same name, of another version, in silence.
        throw new FileNotFoundException($"Plugin '{name}' needs {assemblyName.Name} {assemblyName.Version}, which is not in its folder.", assemblyName.Name);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : nint.Zero;
}
