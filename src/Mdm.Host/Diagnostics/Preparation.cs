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
        return new Preparation(configuration, shelf, plan, [.. shelf.Faults.Select(f => f.ToString()), .. binder.Faults.Select(f => f.ToString())]);
    }
}
