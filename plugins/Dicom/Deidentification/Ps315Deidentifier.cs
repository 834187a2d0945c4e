using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Formats.Reidentification;
using Mdm.Plugins.Dicom.Deidentification.Engine;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification;

/// <summary>
/// The Basic Application Level Confidentiality Profile of DICOM PS3.15-2026c Annex E with options: see docs/deidentification.md. What cannot be de-identified, or
/// does not pass the check afterwards, is refused.
/// </summary>
internal sealed class Ps315Deidentifier : IEntryDisclosure
{
    private const string MediaType = "application/dicom";

    private readonly DeidentificationPlan _plan;
    private readonly EntryDisclosure _disclosure;
    private readonly bool _isChecked;

    /// <param name="plan">What becomes of an object.</param>
    /// <param name="rulesVersion">Names the plan.</param>
    /// <param name="isChecked">False only to measure what the check costs; no configuration says so.</param>
    internal Ps315Deidentifier(DeidentificationPlan plan, string rulesVersion, bool isChecked = true)
    {
        (_plan, RulesVersion, _isChecked) = (plan, rulesVersion, isChecked);
        _disclosure = new EntryDisclosure(plan);
    }

    public string RulesVersion { get; }

    /// <summary>The configured de-identifier.</summary>
    /// <exception cref="MdmException">Refused: the secret or a file of the options is not there, weak, or not of its form.</exception>
    public static Ps315Deidentifier Create(Ps315Options options, PluginContext context)
    {
        var secret = ProjectSecret.Read(context.PathOf(options.SecretFile));
        var site = SiteFiles.Read(options, context.PathOf);
        var pseudonyms = new Pseudonymizer(secret);
        var table = options.ReidentificationTable is { } own
            ? ReidentificationTable.Open(context.PathOf(own.File), [.. own.Recipients.Select(context.PathOf)], secret)
            : null;
        var plan = new DeidentificationPlan(Profile.Of(options.ToProfile(), site.SafePrivate), pseudonyms)
        {
            BurnedIn = options.BurnedIn,
            EncapsulatedDocuments = options.EncapsulatedDocuments,
            Words = site.Words,
            PixelRegions = site.Regions,
            Table = table,
        };
        return new Ps315Deidentifier(plan, RulesFingerprint.Of(options, site.Text, pseudonyms.Fingerprint));
    }

    public bool Accepts(string mediaType) => mediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase);

    public async ValueTask DeidentifyAsync(Stream original, Stream deidentified, CancellationToken cancellationToken)
    {
        // The stream stays the caller's, so what is opened over it is not disposed.
        var file = await Part10.OpenAsync(original, cancellationToken);
        using var pass = new ObjectPass(_plan, file, deidentified, _isChecked);
        try
        {
            await pass.RunAsync(cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new MdmException(MdmErrorKind.Corrupt, "The deflated DICOM data set does not inflate.", exception);
        }

        // Before the caller may use what was written: a pseudonym that goes out and stands nowhere could never be traced back.
        if (_plan.Table is { } table && pass.Facts is { PatientId.Length: > 0 } facts)
            await table.AddAsync(new SealedIdentity(_plan.Pseudonyms.Patient(facts.Patient), facts.PatientId, facts.IssuerOfPatientId, facts.PatientName), cancellationToken);
    }

    public DisclosedEntry Disclose(ArchiveEntry entry) => _disclosure.Disclose(entry);

    public ValueTask DisposeAsync()
    {
        _plan.Table?.Dispose();
        return ValueTask.CompletedTask;
    }
}
