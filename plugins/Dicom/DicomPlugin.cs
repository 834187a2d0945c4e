using Mdm.Abstractions;
using Mdm.Plugins.Dicom;
using Mdm.Plugins.Dicom.Backend;

[assembly: MdmPlugin(typeof(DicomPlugin), Description = "A PACS over DIMSE as storage.")]

namespace Mdm.Plugins.Dicom;

/// <summary>The entry of this plugin.</summary>
internal sealed class DicomPlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar) =>
        registrar.AddStorageBackend<DicomBackend, DicomOptions>("dicom", (options, context) => new DicomBackend(options, context));
}
