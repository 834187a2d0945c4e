using System.Reflection;
using System.Runtime.Loader;
using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Lfc.Tests;

/// <summary>The catalogue as the host has it: from the plugin's own folder, in a load context of its own.</summary>
internal static class ForeignCatalog
{
    public static ICatalog Open(string store, string baseDirectory, string owner)
    {
        var context = new PluginLoadContext(Path.GetFileName(typeof(LfcPlugin).Assembly.Location));
        var address = context.LoadFromAssemblyName(typeof(SqlStoreAddress).Assembly.GetName()).GetType(typeof(SqlStoreAddress).FullName!)!
            .GetMethod(nameof(SqlStoreAddress.Parse))!.Invoke(null, [store, baseDirectory])!;
        return (ICatalog)context.LoadFromAssemblyName(typeof(LfcPlugin).Assembly.GetName())
            .GetType(typeof(LfcCatalog).FullName!)!.GetMethod(nameof(LfcCatalog.Open))!
            .Invoke(null, [address, TimeProvider.System, owner])!;
    }

    /// <summary>As the host loads a plugin: the contract is shared, everything else is the plugin's own.</summary>
    private sealed class PluginLoadContext(string plugin) : AssemblyLoadContext("a plugin")
    {
        private readonly AssemblyDependencyResolver _resolver = new(Laid(plugin));

        protected override Assembly? Load(AssemblyName name) =>
            _resolver.ResolveAssemblyToPath(name) is { } path ? LoadFromAssemblyPath(path) : null;

        protected override nint LoadUnmanagedDll(string name) =>
            _resolver.ResolveUnmanagedDllToPath(name) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

        // The plugin's own dependency list stands in its layout; in the tests' folder its files are mixed with the tests'.
        private static string Laid(string plugin)
        {
            var root = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(root.FullName, "MedicalDataManager.sln")))
                root = root.Parent!;
            return Directory.EnumerateFiles(Path.Combine(root.FullName, "artifacts", "plugins"), Path.GetFileName(plugin), SearchOption.AllDirectories).First();
        }
    }
}
