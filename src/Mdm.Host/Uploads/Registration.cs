using System.Security.Cryptography;
using Mdm.Host.Access;
using Mdm.Host.Publication;
using Mdm.Host.Requests;
using Mdm.Host.Staging;
using Mdm.Host.Usage;

namespace Mdm.Host.Uploads;

/// <summary>What became of a registration.</summary>
/// <param name="Entry">The published file.</param>
/// <param name="WasStored">False when the archive had the object already: what it has is what is published.</param>
internal sealed record RegistrationOutcome(CatalogEntry Entry, bool WasStored);

/// <summary>
/// An object that a user brings goes into the archive behind a scanned publication, where it is told apart by what it says itself, and is published at once by the publication's own rules. Twice is an error;
/// what the archive has already is published and not stored again; what a user removed comes back, a withdrawn patient does not.
/// </summary>
internal sealed class Registration(
    PublicationBook publications, PublicationRunner runner, PublicationLedger ledger, PublishedIds ids, PutArchives archives, StagingArea staging, ICatalog catalog, AuditTrail audit, UploadsOptions options, UsageBook? usage = null)
{
    private const string Dicom = "application/dicom";

    /// <summary>The publication into which a caller registers.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="name">What he named; null for the one that he may register into.</param>
    /// <exception cref="MdmException">AccessDenied: none; InvalidName: several, or no such; Unsupported: its archive takes none.</exception>
    public PublicationPlan PlanOf(GridIdentity caller, string? name)
    {
        var his = publications.Plans.Where(plan => plan.Options.Registrars.Any(rule => rule.Means(caller))).ToList();
        var wanted = name is null ? his : his.FindAll(plan => plan.Name == name);
        return wanted switch
        {
            [var plan] => plan,
            [] => throw new MdmException(MdmErrorKind.AccessDenied, name is null ? "Permission denied: you may register images in no publication of this host." : "Permission denied: you may not register images in a publication of that name."),
            _ => throw new MdmException(MdmErrorKind.InvalidName, $"You may register images in several publications; name one of {string.Join(", ", wanted.Select(plan => plan.Name))}."),
        };
    }

    /// <summary>Registers one object.</summary>
    /// <exception cref="MdmException">AlreadyExists: it is published already; Corrupt: it is no object, or other bytes came than were meant; Refused: the publication does not show it; what the archive says.</exception>
    public async Task<RegistrationOutcome> RegisterAsync(GridIdentity caller, PublicationPlan plan, IncomingBody incoming, CancellationToken cancellationToken)
    {
        var archive = plan.Options.Archive;
        archives.DemandOpen(archive);
        if (incoming.Length > options.MaxFileLength.Bytes)
            throw new MdmException(MdmErrorKind.Refused, $"The image is longer than {options.MaxFileLength.Bytes} bytes, which is the most here (Uploads:MaxFileLength).");
        await using var body = new ArrivingStream(incoming.Body, options.MaxFileLength.Bytes, long.MaxValue, Task.FromResult, incoming.Digests.Algorithms);
        // Sealed: no plaintext of a patient's touches a disk.
        using var spool = await staging.SpoolAsync(body, caller.Subject, cancellationToken);
        incoming.Digests.Check(body.Facts, body.Digests());
        var draft = new ArchiveObjectDraft(Dicom, new ArchiveObjectId($"registration/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(FileId.Size))}"), spool.Length);
        var (identity, wasStored) = await StoreAsync(archive, plan.Name, spool, draft, cancellationToken);
        // From here on it is carried to its end: what is in the archive is to be seen.
        await ledger.LetReturnAsync(ids.OfFile(plan.Name, identity.Id), CancellationToken.None);
        var run = runner.Begin(plan.Name, new PublicationOrder(identity.Labels is [var study, ..] ? study : null));
        await run.Done.WaitAsync(cancellationToken);
        var entry = await catalog.FindAsync(ids.OfFile(plan.Name, identity.Id), cancellationToken) ?? throw NotShown(run.Progress, wasStored);
        audit.Granted(caller, AuditAction.PutDone, entry, wasStored ? "registered" : "registered, in the archive before");
        if (wasStored)
            usage?.Put(caller, archive, body.Facts.Length);
        return new RegistrationOutcome(entry, wasStored);
    }

    private async Task<(ObjectIdentity Identity, bool WasStored)> StoreAsync(string archive, string publication, SealedSpool spool, ArchiveObjectDraft draft, CancellationToken cancellationToken)
    {
        await using var use = await archives.UseAsync(archive);
        ObjectIdentity identity;
        await using (var bytes = spool.OpenRead())
            identity = await use.IdentifyAsync(bytes, draft, cancellationToken);
        if (await catalog.FindAsync(ids.OfFile(publication, identity.Id), cancellationToken) is { } there)
            throw new MdmException(MdmErrorKind.AlreadyExists, $"The image is registered already: {there.Path}.");
        if (await use.HoldsAsync(identity.Id, cancellationToken))
            return (identity, false);
        await using var content = spool.OpenRead();
        await use.StoreAsync(content, draft, cancellationToken);
        return (identity, true);
    }

    private static MdmException NotShown(PublicationProgress end, bool wasStored) => new(
        end.Outcome == RunOutcome.Complete ? MdmErrorKind.Refused : MdmErrorKind.Unavailable,
        (wasStored ? "The archive has the image, but it" : "The image") + (end.Outcome == RunOutcome.Complete
            ? " is not published: the publication does not select such images, its de-identifier takes none, or the patient was withdrawn."
            : $" is not published yet: {end.Reason ?? "the run did not come to its end"} The publication's next run shows it."));
}
