using System.ComponentModel.DataAnnotations;
using Mdm.Abstractions;
using Mdm.Plugins.Lfc;
using Mdm.Sql;

[assembly: MdmPlugin(typeof(LfcPlugin), Description = "A catalogue of directories, files, links and ACLs in an SQL store.")]

namespace Mdm.Plugins.Lfc;

/// <summary>Offers the catalogue <c>lfc</c>.</summary>
public sealed class LfcPlugin : IMdmPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistrar registrar)
    {
        ArgumentNullException.ThrowIfNull(registrar);
        registrar.AddCatalog<LfcCatalog, LfcOptions>("lfc", static (options, context) => StoreTrouble.Told(() => LfcCatalog.Open(
            SqlStoreAddress.Parse(options.Store, context.BaseDirectory), context.TimeProvider, $"the catalogue '{context.InstanceName}'"), "The catalogue"));
    }
}

/// <summary>The options of the catalogue <c>lfc</c>.</summary>
public sealed class LfcOptions
{
    /// <summary>Where it is kept: <c>sqlite:PATH</c>, a file that no other part may use, or <c>postgres:Host=…;Database=…</c>, which several hosts may share.</summary>
    [Required]
    public string Store { get; set; } = string.Empty;
}
