using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>Gives a listed object its id and its place, out of no more than its publication may show.</summary>
internal sealed class EntryNaming(PublishedIds ids, IArchiveSource archives)
{
    private const string PatientKeyword = "PatientID";

    /// <exception cref="MdmException">Refused: the publication's de-identifier is not there.</exception>
    public void Check(PublicationPlan plan)
    {
        if (!plan.Options.IsOriginal)
            _ = DeidentifierOf(plan);
    }

    /// <summary>What the ledger keeps of a study's name.</summary>
    public byte[] MarkOfStudy(PublicationPlan plan, string study) => ids.OfStudy(plan.Name, study);

    /// <exception cref="MdmException">The de-identifier does not take the object.</exception>
    public PlacedObject Place(PublicationPlan plan, ArchiveEntry entry)
    {
        var info = entry.Info;
        var file = ids.OfFile(plan.Name, info.Id);
        var seen = new SeenObject(
            file,
            StudyOf.Entry(entry) is { } study ? MarkOfStudy(plan, study) : null,
            entry.Value(PatientKeyword) is { Length: > 0 } patient ? ids.OfPatient(patient) : null,
            VersionOf(plan, info));
        var shown = Shown(plan, entry);
        return new PlacedObject(seen, new FileSource(plan.Options.Archive, info.Id, info.MediaType), plan.Layout.Of(shown, info.MediaType, file, ids), shown.Attributes);
    }

    /// <summary>What decides the bytes that are delivered, beside the object's name: its own version where the archive has one, and the publication's rules.</summary>
    private byte[] VersionOf(PublicationPlan plan, ArchiveObjectInfo info) => ids.OfVersion(string.Join(
        '\n', info.Version, plan.Options.Content, plan.Options.Delivery, plan.Options.IsOriginal ? null : DeidentifierOf(plan).RulesVersion));

    private DisclosedEntry Shown(PublicationPlan plan, ArchiveEntry entry)
    {
        if (plan.Options.IsOriginal)
            return new DisclosedEntry(entry.Labels, entry.Attributes);
        return DeidentifierOf(plan) is IEntryDisclosure disclosure
            ? disclosure.Disclose(entry)
            // It only knows whole objects: labels become keyed hashes, which group as the labels did and say nothing.
            : new DisclosedEntry(entry.Labels.IsDefault ? [] : [.. entry.Labels.Select(label => ids.NameOf(plan.Name, label))], []);
    }

    private IDeidentifier DeidentifierOf(PublicationPlan plan) => archives.FindDeidentifier(plan.Options.Content)
        ?? throw new MdmException(MdmErrorKind.Refused, $"Publication {plan.Name} needs the de-identifier {plan.Options.Content}, which is not configured.");
}
