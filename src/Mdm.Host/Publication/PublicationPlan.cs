using Mdm.Host.Configuration;

namespace Mdm.Host.Publication;

/// <summary>One publication as it is carried out: its options with everything worked out of them.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Options">As configured.</param>
/// <param name="Owner">Who owns what is published.</param>
/// <param name="Group">Its owning group.</param>
/// <param name="RootAcl">The root's rights; its default entries are what everything below starts with.</param>
/// <param name="Layout">Where objects stand.</param>
/// <param name="Selection">Which objects.</param>
internal sealed record PublicationPlan(
    string Name, PublicationOptions Options, DistinguishedName Owner, Fqan Group, Acl RootAcl, EntryLayout Layout, ArchiveSelection Selection)
{
    /// <summary>Owns what is published unless configured otherwise. No authority certifies it, so nobody is the owner but the host.</summary>
    public static DistinguishedName DefaultOwner { get; } = DistinguishedName.Parse("/O=Medical Data Manager/CN=publisher");

    /// <summary>The owning group where neither the configuration nor the rights name one; no VO has it.</summary>
    private static readonly Fqan NoGroup = Fqan.Parse("/mdm.publisher");

    /// <summary>Works a publication out.</summary>
    /// <exception cref="ConfigurationFaultException">What is wrong, all at once.</exception>
    public static PublicationPlan Of(string name, PublicationOptions options)
    {
        var faults = new List<ConfigurationFault>();
        var layout = EntryLayout.Default;
        var acl = Acl.FromMode(0);
        try
        {
            layout = options.Layout is { } template ? EntryLayout.Parse(template) : layout;
        }
        catch (FormatException fault)
        {
            faults.Add(new ConfigurationFault(PathOf(name, nameof(options.Layout)), $"{fault.Message}."));
        }
        try
        {
            acl = RootAclOf(options.Acl);
        }
        catch (MdmException fault)
        {
            faults.Add(new ConfigurationFault(PathOf(name, nameof(options.Acl)), fault.Message));
        }
        if (options.Root.IsRoot)
            faults.Add(new ConfigurationFault(PathOf(name, nameof(options.Root)), "must be a directory below '/', which belongs to all."));
        // An owner reads whatever the rights of others are.
        if (options is { IsOriginal: true, Owner: { } owner } && !options.MaySeeIdentity.Any(rule => rule.Subject == owner))
            faults.Add(new ConfigurationFault(PathOf(name, nameof(options.Owner)), $"'{owner}' would read originals as their owner; only those that MaySeeIdentity names may."));
        return faults.Count == 0
            ? new PublicationPlan(name, options, options.Owner ?? DefaultOwner, GroupOf(options), acl, layout, SelectionOf(options))
            : throw new ConfigurationFaultException(faults);
    }

    public static string PathOf(string name, string key) => $"Publications:{name}:{key}";

    /// <summary>The selection, narrowed to one study. Archives that know no studies by DICOM's name are matched by their first label.</summary>
    public ArchiveSelection SelectionFor(string? study) =>
        study is null ? Selection : Selection with { Conditions = Selection.Conditions.Add(new AttributeCondition(StudyOf.Keyword, [study])) };

    private static Acl RootAclOf(IReadOnlyList<AclEntry> entries)
    {
        if (entries.Any(entry => entry.IsDefault))
            throw new MdmException(MdmErrorKind.InvalidName, "write the entries without 'default:'; what is published below the root starts with the same ones.");
        var access = Acl.Create(entries);
        return Acl.Create(access.Entries.Concat(access.Entries.Select(entry => entry with { IsDefault = true })));
    }

    private static Fqan GroupOf(PublicationOptions options) =>
        options.Group
        ?? options.Acl.Where(entry => entry.Tag == AclTag.Group).Select(entry => Fqan.Parse(entry.Qualifier!)).FirstOrDefault()
        ?? options.MaySeeIdentity.Select(rule => rule.Attribute).FirstOrDefault(attribute => attribute is not null)
        ?? NoGroup;

    private static ArchiveSelection SelectionOf(PublicationOptions options) =>
        new([.. options.Select.Select(condition => new AttributeCondition(condition.Key, [.. condition.Value]))]);
}

/// <summary>Which study an object belongs to.</summary>
internal static class StudyOf
{
    public const string Keyword = "StudyInstanceUID";

    public static string? Entry(ArchiveEntry entry) => entry.Value(Keyword) ?? (entry.Labels.IsDefaultOrEmpty ? null : entry.Labels[0]);
}
