using System.ComponentModel.DataAnnotations;
using Mdm.Abstractions;

namespace Mdm.Host.Configuration;

/// <summary>How bytes leave.</summary>
internal enum Delivery
{
    /// <summary>Encrypted with a content key of which no single keystore holds enough.</summary>
    Sealed,

    /// <summary>As disclosed; the connection alone is encrypted.</summary>
    Clear,
}

/// <summary>A named rule that turns what an archive holds into catalogue entries.</summary>
internal sealed record PublicationOptions : IValidatableObject
{
    /// <summary>The word in <see cref="Content"/> for objects as they are.</summary>
    public const string Original = "original";

    /// <summary>The archive, by its name in <c>Archives</c>.</summary>
    public required string Archive { get; init; }

    /// <summary>The directory under which entries stand.</summary>
    public required StoragePath Root { get; init; }

    /// <summary><c>original</c>, or the name of a de-identifier. There is no default: how much is seen is said in so many words.</summary>
    public required string Content { get; init; }

    /// <summary>Who may read originals; needed for <c>original</c>, meaningless otherwise.</summary>
    public IReadOnlyList<CallerRule> MaySeeIdentity { get; init; } = [];

    /// <summary>The rights of what is published.</summary>
    public required IReadOnlyList<AclEntry> Acl { get; init; }

    /// <summary>Who owns what is published; a name that nobody bears unless given. Owners may change rights.</summary>
    public DistinguishedName? Owner { get; init; }

    /// <summary>The owning group; the first group of <see cref="Acl"/> unless given, or else of <see cref="MaySeeIdentity"/>.</summary>
    public Fqan? Group { get; init; }

    /// <summary>Where objects stand below the root, as <c>{Modality}/{StudyInstanceUID}/{label3}.dcm</c>; one directory a label unless given.</summary>
    public string? Layout { get; init; }

    /// <summary>Attributes that go to the metadata, by DICOM keyword, as <c>Modality</c>, with a type of their own as <c>PixelSpacing:varchar(40)</c>, or under another name as <c>SOPinsUID=SOPInstanceUID</c>; nothing else does.</summary>
    public IReadOnlyList<string> Attributes { get; init; } = [];

    /// <summary>Where the rows of its files stand in the metadata; its root unless given.</summary>
    public StoragePath? Collection { get; init; }

    /// <summary>Who may read which groups of attributes (<c>patient</c>, <c>medical</c>, <c>identifier</c>, <c>image</c>; none means all), by subject, attribute, or <c>*</c> for everybody; whoever may read the files unless given.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Readers { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Conditions by DICOM keyword; one of the patterns of each must match.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Select { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public Delivery Delivery { get; init; } = Delivery.Sealed;

    /// <summary>True to stage each object once at registration, so that size and checksum are known.</summary>
    public bool Measure { get; init; }

    /// <summary>Time between scans of the archive; without one it is scanned at start and when told to.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "30.00:00:00", ErrorMessage = "must be 00:00:10 to 30.00:00:00.")]
    public TimeSpan? Schedule { get; init; }

    /// <summary>The largest share of entries, in percent, that one scan may un-publish without an operator.</summary>
    [Range(0, 100, ErrorMessage = "must be 0 to 100 percent.")]
    public int MaxVanishedPercent { get; init; } = 10;

    /// <summary>Who may bring images into its archive that are published at once; nobody unless given. The archive has to be one that is written to and told its objects apart.</summary>
    public IReadOnlyList<CallerRule> Registrars { get; init; } = [];

    /// <summary>Present when users may put files below its root. It is not scanned then: its entries come from puts.</summary>
    public PutOptions? Put { get; init; }

    /// <summary>True when users put files into it.</summary>
    public bool IsPutInto => Put is { Enabled: true };

    /// <summary>True when entries of it stand for objects as they are.</summary>
    public bool IsOriginal => Content == Original;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Acl.Count == 0)
            yield return new ValidationResult("must have at least one entry, or nobody could read what is published.", [nameof(Acl)]);
        if (IsOriginal && MaySeeIdentity.Count == 0)
            yield return new ValidationResult("is missing: a publication of originals says who may see identity.", [nameof(MaySeeIdentity)]);
        if (!IsOriginal && MaySeeIdentity.Count > 0)
            yield return new ValidationResult("is only for publications whose Content is 'original'; this one shows no identity.", [nameof(MaySeeIdentity)]);
        if (IsPutInto && (Schedule is not null || Select.Count > 0 || Layout is not null || Measure))
            yield return new ValidationResult("makes files come from users alone; Schedule, Select, Layout and Measure are for what is found in archives.", [nameof(Put)]);
        if (IsPutInto && Registrars.Count > 0)
            yield return new ValidationResult("is for what is found in archives; into this publication files are put.", [nameof(Registrars)]);
        foreach (var keyword in Select.Where(s => s.Value.Count == 0).Select(s => s.Key))
            yield return new ValidationResult("names no pattern.", [$"{nameof(Select)}:{keyword}"]);
    }
}

/// <summary>How users put files into a publication.</summary>
internal sealed record PutOptions
{
    /// <summary>False: for now nobody does.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The areas that its files take their room from, by their names in <c>Areas</c>: the first of them that the caller may use, unless he names another. None: there is no limit but the archive's.</summary>
    public IReadOnlyList<string> Areas { get; init; } = [];
}
