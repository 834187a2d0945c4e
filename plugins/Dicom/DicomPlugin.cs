using Mdm.Abstractions;
using Mdm.Plugins.Dicom;
using Mdm.Plugins.Dicom.Backend;
using Mdm.Plugins.Dicom.Deidentification;

[assembly: MdmPlugin(typeof(DicomPlugin), Description = "A PACS over DIMSE as storage; de-identification by DICOM PS3.15.")]

namespace Mdm.Plugins.Dicom;

/// <summary>The entry of this plugin.</summary>
internal sealed class DicomPlugin : IMdmPlugin
{
    public void Register(IPluginRegistrar registrar)
    {
        registrar.AddStorageBackend<DicomBackend, DicomOptions>("dicom", DicomBackend.Create);
        registrar.AddDeidentifier<Ps315Deidentifier, Ps315Options>("dicom-ps3.15", Ps315Deidentifier.Create);
    }
}
