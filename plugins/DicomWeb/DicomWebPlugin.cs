using Mdm.Abstractions;
using Mdm.Plugins.DicomWeb;
using Mdm.Plugins.DicomWeb.Backend;

[assembly: MdmPlugin(typeof(DicomWebPlugin), Description = "A PACS over DICOMweb as storage.")]

namespace Mdm.Plugins.DicomWeb;

/// <summary>The entry of this plugin.</summary>
internal sealed class DicomWebPlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar) =>
        registrar.AddStorageBackend<DicomWebBackend, DicomWebOptions>("dicomweb", DicomWebBackend.Create);
}
