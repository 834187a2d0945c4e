using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>Gives a listed object its id and its place, out of no more than its publication may show.</summary>
internal sealed class EntryNaming(PublishedIds ids, IArchiveSource archives)
{
    /// <exception cref="MdmException">Refused: the publication's de-identifier is not there.</exception>
    public PlacedObject Place(PublicationPlan plan, ArchiveEntry entry)
    {
        var info = entry.Info;
        var file = ids.OfFile(plan.Name, info.Id);
        var seen = new SeenObject(file, StudyOf.Entry(entry) is { } study ? ids.OfStudy(plan.Name, study) : null, info.Version is { } version ? ids.OfVersion(version) : null);
        return new PlacedObject(seen, new FileSource(plan.Options.Archive, info.Id, info.MediaType), plan.Layout.Of(Shown(plan, entry), info.MediaType, file, ids));
    }

    private DisclosedEntry Shown(PublicationPlan plan, ArchiveEntry entry)
    {
        if (plan.Options.IsOriginal)
            return new DisclosedEntry(entry.Labels, entry.Attributes);
        return archives.FindDeidentifier(plan.Options.Content) switch
        {
            IEntryDisclosure disclosure => disclosure.Disclose(entry),
            // It only knows whole objects: labels become keyed hashes, which group as the labels did and say nothing.
            { } => new DisclosedEntry(entry.Labels.IsDefault ? [] : [.. entry.Labels.Select(label => ids.NameOf(plan.Name, label))], []),
            null => throw new MdmException(MdmErrorKind.Refused, $"Publication {plan.Name} needs the de-identifier {plan.Options.Content}, which is not configured."),
        };
    }
}
