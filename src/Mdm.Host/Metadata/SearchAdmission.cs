namespace Mdm.Host.Metadata;

/// <summary>What of a change of the right to be found can hold in the configured metadata; what cannot is refused before anything changes.</summary>
/// <param name="plans">Whom publications admit.</param>
/// <param name="store">The configured metadata; null where there is none, and nothing to find.</param>
internal sealed class SearchAdmission(MetadataPlans plans, IMetadataStore? store)
{
    /// <summary>Throws where rows cannot have readers of their own.</summary>
    /// <exception cref="MdmException">Unsupported.</exception>
    public void DemandRestrictable(CatalogEntry entry)
    {
        if (plans.Find(entry.Publication) is not null && store is not null and not IRestrictableMetadataStore)
            throw new MdmException(MdmErrorKind.Unsupported, "The configured metadata cannot hide single files; who finds them is said by the publication's Readers.");
    }

    /// <summary>Throws where a user can never be admitted to the file's collection, whatever is said of the file.</summary>
    /// <exception cref="MdmException">Refused, saying what to do.</exception>
    public void DemandAdmitted(CatalogEntry entry, DistinguishedName user, string organisation)
    {
        if (plans.Find(entry.Publication) is not { } plan || plan.Readers.Any(Admits))
            return;
        throw new MdmException(MdmErrorKind.Refused,
            $"{user} of {organisation} can find nothing of publication {plan.Publication}: its Readers admit neither him, nor a group of {organisation}, nor everybody. "
            + "Have an administrator add him to Publications:" + plan.Publication + ":Readers first, or give the level none.");

        bool Admits(MetadataGrant reader) => reader.User is { } named ? named == user : reader.Group is not { } group || group.VirtualOrganisation == organisation;
    }
}
