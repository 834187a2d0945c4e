using System.Globalization;
using Mdm.Host.Configuration;
using Mdm.Host.Members;
using Mdm.Host.Plugins;

namespace Mdm.Host.Diagnostics;

/// <summary><c>--check</c>: makes and probes everything that the configuration names, and tells all that is wrong at once.</summary>
internal static class SelfCheck
{
    /// <summary>How long one probe may take.</summary>
    public static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(20);

    /// <param name="preparation">What is known before.</param>
    /// <param name="surroundings">What plugins get.</param>
    /// <param name="demands">What other parts ask of what was made, archives by name.</param>
    /// <param name="output">Where what serves is told.</param>
    /// <param name="errors">Where faults are told.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Preparation preparation, PluginSurroundings surroundings, Func<Func<string, object?>, IEnumerable<ConfigurationFault>> demands, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        var faults = preparation.Faults.ToList();
        try
        {
            // What is sound is made and probed even when something else is not: an administrator wants one list, not one line a run.
            await using var instances = await InstanceSet.CreateAsync(preparation.Plan, surroundings).ConfigureAwait(false);
            faults.AddRange(demands(instances.FindArchive).Select(fault => fault.ToString()));
            foreach (var probe in await instances.ProbeAsync(ProbeLimit, cancellationToken).ConfigureAwait(false))
            {
                if (probe.Serves)
                    await output.WriteLineAsync(probe.ToString()).ConfigureAwait(false);
                else
                    faults.Add(probe.ToString());
            }
        }
        catch (ConfigurationFaultException fault)
        {
            faults.AddRange(fault.Faults.Select(f => f.ToString()));
        }
        if (preparation.Faults.Count == 0 && SiteCheck.Find(preparation.Configuration, preparation.Values) is { } differences)
        {
            faults.AddRange(differences.Refusals);
            foreach (var note in differences.Notes)
                await output.WriteLineAsync(note).ConfigureAwait(false);
        }

        foreach (var fault in faults)
            await errors.WriteLineAsync(fault).ConfigureAwait(false);
        await output.WriteLineAsync(faults.Count == 0
            ? string.Create(CultureInfo.InvariantCulture, $"The configuration is sound: {preparation.Shelf.Plugins.Count} plugins, {preparation.Plan.Count} instances.")
            : string.Create(CultureInfo.InvariantCulture, $"{faults.Count} fault{(faults.Count == 1 ? "" : "s")}.")).ConfigureAwait(false);
        return faults.Count == 0 ? ExitCode.Success : ExitCode.Faults;
    }
}
