using Mdm.Abstractions;
using Mdm.Plugins.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Engine;

namespace Mdm.Plugins.Dicom.Deidentification;

/// <summary>PS3.15 Annex E over whole objects: see docs/deidentification.md.</summary>
internal sealed class Ps315Deidentifier(DeidentificationPlan plan, bool isChecked = true) : IDeidentifier
{
    public string RulesVersion { get; } = "1";

    public bool Accepts(string mediaType) => mediaType == "application/dicom";

    public async ValueTask DeidentifyAsync(Stream original, Stream deidentified, CancellationToken cancellationToken)
    {
        // The stream stays the caller's.
        var file = await Part10.OpenAsync(original, cancellationToken);
        using var pass = new ObjectPass(plan, file, deidentified, isChecked);
        await pass.RunAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
