using System.Collections;
using Mdm.Host.Configuration;
using Mdm.Host.Plugins;

namespace Mdm.Host.Diagnostics;

/// <summary>Everything that is known before anything is made: configuration, plugins, and the plan of instances, with every fault of all three.</summary>
/// <param name="Configuration">The configuration, as far as it could be bound.</param>
/// <param name="Shelf">The plugins.</param>
/// <param name="Plan">The instances that can be made.</param>
/// <param name="Faults">One line each; empty when the host may start.</param>
internal sealed record Preparation(HostConfiguration Configuration, PluginShelf Shelf, IReadOnlyList<PlannedInstance> Plan, IReadOnlyList<string> Faults)
{
    /// <summary>All keys and their values, as they were read.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads the configuration and loads the plugins.</summary>
    /// <param name="command">The command line.</param>
    /// <param name="environment">The process's environment.</param>
    /// <param name="host">What plugins get from this process.</param>
    /// <exception cref="ConfigurationFaultException">The file is not readable at all.</exception>
    public static Preparation Make(HostCommandLine command, IDictionary environment, HostAssemblies host)
    {
        var file = command.ConfigurationFile is { } given ? Path.GetFullPath(given) : null;
        var root = ConfigurationSources.Read(file, environment, command.Overrides);
        var binder = new StrictBinder();
        var configuration = HostConfiguration.Bind(root, file is null ? Environment.CurrentDirectory : Path.GetDirectoryName(file)!, binder);

        var loader = new PluginLoader(configuration.PluginsPath, host);
        var names = configuration.Options.Plugins.Load;
        if (command.Task == HostTask.ListPlugins)
            names = [.. names, .. loader.FoldersFound()];
        var shelf = loader.Load(names);
        var plan = InstancePlan.Of(configuration.Options, shelf, binder);
        return new Preparation(configuration, shelf, plan, [.. shelf.Faults.Select(f => f.ToString()), .. binder.Faults.Select(f => f.ToString())]) { Values = ValuesOf(root) };
    }

    /// <summary>All keys and their values, as they stand in the file, the environment and the command line now.</summary>
    /// <exception cref="ConfigurationFaultException">The file is not readable at all.</exception>
    public static IReadOnlyDictionary<string, string> ReadAgain(HostCommandLine command, IDictionary environment) =>
        ValuesOf(ConfigurationSources.Read(command.ConfigurationFile is { } given ? Path.GetFullPath(given) : null, environment, command.Overrides));

    /// <summary>Works values out that may differ from those that were read at the start, with the plugins that are loaded.</summary>
    public Preparation With(IReadOnlyDictionary<string, string> values)
    {
        var root = new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => new KeyValuePair<string, string?>(value.Key, value.Value))).Build();
        var binder = new StrictBinder();
        var configuration = HostConfiguration.Bind(root, Configuration.BaseDirectory, binder);
        var plan = InstancePlan.Of(configuration.Options, Shelf, binder);
        return new Preparation(configuration, Shelf, plan, [.. binder.Faults.Select(f => f.ToString())]) { Values = values };
    }

    private static Dictionary<string, string> ValuesOf(IConfigurationRoot root) =>
        root.AsEnumerable().Where(value => value.Value is not null).ToDictionary(value => value.Key, value => value.Value!, StringComparer.OrdinalIgnoreCase);
}
