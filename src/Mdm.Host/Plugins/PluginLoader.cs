using System.Reflection;
using Mdm.Abstractions;

namespace Mdm.Host.Plugins;

/// <summary>A plugin that was loaded.</summary>
/// <param name="Name">Of its folder and assembly.</param>
/// <param name="Version">Its release.</param>
/// <param name="ContractVersion">The assembly version of the contract it was built against.</param>
/// <param name="Description">One line, by its author.</param>
/// <param name="Offers">What it offers.</param>
internal sealed record LoadedPlugin(string Name, string Version, Version ContractVersion, string? Description, IReadOnlyList<Offer> Offers);

/// <summary>Finds, checks and loads plugins, each in its own context. A plugin is loaded once and stays until the process ends.</summary>
internal sealed class PluginLoader(string pluginsPath, HostAssemblies host)
{
    private readonly PluginInspector _inspector = new(pluginsPath, host);

    /// <summary>Loads the named plugins; those that are refused do not keep the others from being loaded, so that all is told at once.</summary>
    public PluginShelf Load(IEnumerable<string> names)
    {
        var plugins = new List<LoadedPlugin>();
        var faults = new List<PluginFault>();
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            var found = _inspector.Inspect(name);
            faults.AddRange(found);
            if (found.Count > 0)
                continue;
            try
            {
                var plugin = LoadOne(name);
                RefuseNamesInUse(plugin, plugins);
                plugins.Add(plugin);
            }
            catch (PluginRefusedException refused)
            {
                faults.AddRange(refused.Reasons.Select(reason => new PluginFault(name, refused.Code, reason)));
            }
        }
        return new PluginShelf(plugins, faults);
    }

    /// <summary>The folders that could be plugins.</summary>
    public IReadOnlyList<string> FoldersFound() => _inspector.FoldersFound();

    private LoadedPlugin LoadOne(string name)
    {
        var path = Path.GetFullPath(Path.Combine(pluginsPath, name, name + ".dll"));
        var (assembly, attribute) = LoadAssembly(name, path);
        if (attribute is null)
            throw new PluginRefusedException(PluginFaultCode.NoAttribute, "it has no [assembly: MdmPlugin(typeof(...))], so nobody knows where it starts.");
        var entry = attribute.Entry;
        if (!typeof(IMdmPlugin).IsAssignableFrom(entry) || entry.IsAbstract)
            throw new PluginRefusedException(PluginFaultCode.UnusableEntry, $"its entry {entry.FullName} is not a class that implements IMdmPlugin.");
        if (entry.GetConstructor(Type.EmptyTypes) is not { } constructor)
            throw new PluginRefusedException(PluginFaultCode.UnusableEntry, $"its entry {entry.FullName} has no public constructor without parameters.");

        var registrar = new OfferRegistrar(name);
        var plugin = Run(PluginFaultCode.ConstructorThrew, $"the constructor of {entry.FullName}", () => (IMdmPlugin)constructor.Invoke(null));
        Run(PluginFaultCode.RegisterThrew, $"{entry.FullName}.Register", () =>
        {
            plugin.Register(registrar);
            return true;
        });
        if (registrar.Refusals.Count > 0)
            throw new PluginRefusedException(PluginFaultCode.RefusedOffer, [.. registrar.Refusals]);
        if (registrar.Offers.Count == 0)
            throw new PluginRefusedException(PluginFaultCode.NoOffer, "it registers nothing.");
        var builtAgainst = assembly.GetReferencedAssemblies().First(r => r.Name == host.ContractName).Version!;
        return new LoadedPlugin(name, HostAssemblies.InformationalVersion(assembly), builtAgainst, attribute.Description, [.. registrar.Offers]);
    }

    private (Assembly Assembly, MdmPluginAttribute? Attribute) LoadAssembly(string name, string path)
    {
        try
        {
            var assembly = new PluginLoadContext(name, path, host).LoadFromAssemblyPath(path);

            // A type whose base or interface cannot be had fails here rather than in the middle of a request.
            assembly.GetTypes();
            return (assembly, assembly.GetCustomAttribute<MdmPluginAttribute>());
        }
        catch (ReflectionTypeLoadException fault)
        {
            var first = fault.LoaderExceptions.FirstOrDefault(e => e is not null);
            throw new PluginRefusedException(PluginFaultCode.NotLoadable, $"some of its types cannot be loaded: {first?.Message ?? fault.Message}");
        }
        catch (Exception fault) when (fault is BadImageFormatException or FileLoadException or FileNotFoundException or TypeLoadException or InvalidOperationException or CustomAttributeFormatException)
        {
            throw new PluginRefusedException(PluginFaultCode.NotLoadable, $"it cannot be loaded: {fault.Message}");
        }
    }

    private static T Run<T>(string code, string what, Func<T> pluginCode)
    {
#pragma warning disable CA1031 // A plugin may throw anything; whatever it is becomes one line.
        try
        {
            return pluginCode();
        }
        catch (Exception fault)
        {
            var cause = fault is TargetInvocationException { InnerException: { } inner } ? inner : fault;
            throw new PluginRefusedException(code, $"{what} threw {cause.GetType().Name}: {OneLine(cause.Message)}");
        }
#pragma warning restore CA1031
    }

    private static void RefuseNamesInUse(LoadedPlugin plugin, List<LoadedPlugin> others)
    {
        var refusals = (from offer in plugin.Offers
                        from other in others.SelectMany(o => o.Offers)
                        where OfferRegistrar.SameName(offer.Kind, offer.Type, other.Kind, other.Type)
                        select $"{offer.Kind} '{offer.Type}' is offered by plugin '{other.Plugin}' already.").ToArray();
        if (refusals.Length > 0)
            throw new PluginRefusedException(PluginFaultCode.RefusedOffer, refusals);
    }

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private sealed class PluginRefusedException(string code, params string[] reasons) : Exception(reasons[0])
    {
        public string Code { get; } = code;

        public IReadOnlyList<string> Reasons { get; } = reasons;
    }
}
