using System.Collections.Immutable;
using Mdm.Host.Configuration;
using Mdm.Host.Publication;
using Mdm.Host.Staging;

namespace Mdm.Host.Uploads;

/// <summary>The publications into which files are put, and what stands behind each.</summary>
internal sealed class PutPlaces(PublicationBook publications, IArchiveSource archives, HostOptions options)
{
    /// <summary>The publication that a directory belongs to, when users may put files into it.</summary>
    /// <exception cref="MdmException">Unsupported: they may not.</exception>
    public PublicationPlan PlanOf(CatalogEntry directory) =>
        directory.Publication is { } name && TryPlan(name) is { } plan
            ? plan
            : throw new MdmException(MdmErrorKind.Unsupported, directory.Publication is null
                ? $"{directory.Path} belongs to no publication; put the file below the root of one that takes files."
                : $"The storage behind {directory.Path} is an archive that is only read: files come into it by its own ways and are published here.");

    /// <summary>True when files are put into the publication of that name.</summary>
    public bool IsPutInto(string? publication) => publication is not null && TryPlan(publication) is not null;

    /// <summary>The areas of a publication that a caller may use, in the order of the configuration.</summary>
    public ImmutableArray<string> AreasOf(PublicationPlan plan, GridIdentity caller) => [.. plan.Options.Put!.Areas.Where(area => MayUse(area, caller))];

    /// <summary>True when a caller may use an area.</summary>
    public bool MayUse(string area, GridIdentity caller) => options.Areas.GetValueOrDefault(area) is { } known && (known.Users.Count == 0 || known.Users.Any(rule => rule.Means(caller)));

    /// <summary>The configured area of that name.</summary>
    public AreaOptions? Area(string name) => options.Areas.GetValueOrDefault(name);

    public IReadOnlyDictionary<string, AreaOptions> Areas => options.Areas;

    /// <summary>Throws when a publication says that files are put into an archive that takes none.</summary>
    /// <exception cref="ConfigurationFaultException">All faults at once.</exception>
    public void Check()
    {
        var faults = FaultsOf(options, archives.FindArchive).ToList();
        if (faults.Count > 0)
            throw new ConfigurationFaultException(faults);
    }

    /// <summary>A fault for each publication that says that files are put, or images registered, into an archive that takes none.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="archive">The archive of a name, as it was made; null where there is none, which is told elsewhere.</param>
    public static IEnumerable<ConfigurationFault> FaultsOf(HostOptions options, Func<string, object?> archive) =>
        (from publication in options.Publications
         where publication.Value.IsPutInto && archive(publication.Value.Archive) is not null and not IWritableBackend
         select NotTaken(publication.Key, nameof(publication.Value.Put), publication.Value.Archive, nameof(IWritableBackend), "'disk'"))
        .Concat(from publication in options.Publications
                where publication.Value.Registrars.Count > 0 && archive(publication.Value.Archive) is not null and not IIdentifyingBackend
                select NotTaken(publication.Key, nameof(publication.Value.Registrars), publication.Value.Archive, nameof(IIdentifyingBackend), "'dicom'"));

    private static ConfigurationFault NotTaken(string publication, string key, string archive, string ability, string example) => new(
        PublicationPlan.PathOf(publication, key),
        $"archive '{archive}' cannot be written to{(ability == nameof(IWritableBackend) ? "" : ", or cannot tell objects apart before it stores them")}. Where it is a PACS that may be stored into, set Archives:{archive}:Options:Writable to true; else name an archive whose type has the ability {ability}, as {example}.");

    /// <summary>What is wrong with areas and with what names them; empty when all is sound.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="poolToken">The pool's name among spaces, which no area may have.</param>
    public static IEnumerable<ConfigurationFault> FaultsOf(HostOptions options, string poolToken)
    {
        foreach (var (name, publication) in options.Publications)
        {
            foreach (var area in publication.Put?.Areas.Where(area => !options.Areas.ContainsKey(area)) ?? [])
                yield return new ConfigurationFault(PublicationPlan.PathOf(name, nameof(publication.Put)) + ":Areas", $"there is no area '{area}'. {NearNames.Sentence(area, options.Areas.Keys)}");
        }
        foreach (var area in options.Areas.Keys.Where(area => area == poolToken || !IsToken(area)))
            yield return new ConfigurationFault($"Areas:{area}", $"must be 1 to {MaxTokenLength} letters, digits, '.', '_' and '-', and not {poolToken}, which is the pool's.");
    }

    /// <summary>Longest name of an area: it is a space token.</summary>
    private const int MaxTokenLength = 64;

    private static bool IsToken(string name) => name.Length is > 0 and <= MaxTokenLength && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');

    private PublicationPlan? TryPlan(string name) => publications.Plans.FirstOrDefault(plan => plan.Name == name && plan.Options.IsPutInto);
}
