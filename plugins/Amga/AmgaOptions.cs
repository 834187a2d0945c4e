using System.ComponentModel.DataAnnotations;
using Mdm.Abstractions;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Sessions;

namespace Mdm.Plugins.Amga;

/// <summary>What metadata stores and services of the type <c>amga</c> have in common. Two of them over one store have the same of it.</summary>
public class AmgaOptions : IValidatableObject
{
    /// <summary>Where rows are kept: <c>sqlite:PATH</c>, a file that no other part may use, or <c>postgres:Host=…;Database=…</c>, which several hosts may share.</summary>
    [Required]
    public string Store { get; set; } = string.Empty;

    /// <summary>AMGA groups (<c>owner:name</c>) that holders of an FQAN are in, by FQAN: <c>/biomed/Role=physician</c> → <c>mdmadmin:physician</c>.</summary>
    public Dictionary<string, string> Groups { get; set; } = [];

    /// <summary>Who may do everything: distinguished names and FQANs.</summary>
    public List<string> Administrators { get; set; } = [];

    /// <summary>True: a user name and password count on a connection without a certificate, too.</summary>
    public bool AllowPasswords { get; set; }

    /// <summary>How long one query may run.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MaxQueryTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a transaction may keep other writers waiting, from its begin.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MaxTransactionTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a transaction may be idle between two commands.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan MaxTransactionIdle { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Most bytes of an answer or an upload that a slow client or network leaves behind for the disk.</summary>
    [Range(1 << 20, 1L << 40)]
    public long MaxSpoolBytes { get; set; } = 4L << 30;

    /// <summary>Where those bytes lie, sealed under a key that is nowhere; null is the system's folder for temporary files.</summary>
    public string? SpoolPath { get; set; }

    /// <inheritdoc/>
    public virtual IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (fqan, group) in Groups)
        {
            if (!Fqan.TryParse(fqan, out var parsed) || parsed.ToString() != fqan)
                yield return new ValidationResult($"'{PrintableText.Of(fqan)}' is not an FQAN; write it as /vo/group or /vo/group/Role=role.", [nameof(Groups)]);
            if (group.LastIndexOf(':') is not (> 0 and var colon) || !GroupName.IsName(group[(colon + 1)..]))
                yield return new ValidationResult($"'{PrintableText.Of(group)}' is not a group; write it as owner:name.", [nameof(Groups)]);
        }
        foreach (var administrator in Administrators)
        {
            if (!Fqan.TryParse(administrator, out var fqan) ? !DistinguishedName.TryParse(administrator, out _) : fqan.ToString() != administrator)
                yield return new ValidationResult($"'{PrintableText.Of(administrator)}' is neither a certificate's subject nor an FQAN.", [nameof(Administrators)]);
        }
        if (MaxTransactionIdle > MaxTransactionTime)
            yield return new ValidationResult("A transaction cannot be idle for longer than it may be open.", [nameof(MaxTransactionIdle)]);
    }

    /// <summary>The key in which two of them differ; null where they have the same.</summary>
    internal string? DifferenceTo(AmgaOptions other)
    {
        if (Groups.Count != other.Groups.Count || Groups.Any(group => other.Groups.GetValueOrDefault(group.Key) != group.Value))
            return nameof(Groups);
        if (!Administrators.ToHashSet(StringComparer.Ordinal).SetEquals(other.Administrators))
            return nameof(Administrators);
        return AllowPasswords != other.AllowPasswords ? nameof(AllowPasswords)
            : MaxQueryTime != other.MaxQueryTime ? nameof(MaxQueryTime)
            : MaxTransactionTime != other.MaxTransactionTime ? nameof(MaxTransactionTime)
            : MaxTransactionIdle != other.MaxTransactionIdle ? nameof(MaxTransactionIdle)
            : MaxSpoolBytes != other.MaxSpoolBytes ? nameof(MaxSpoolBytes)
            : SpoolPath != other.SpoolPath ? nameof(SpoolPath)
            : null;
    }
}

/// <summary>The options of metadata stores of the type <c>amga</c>.</summary>
public sealed class AmgaStoreOptions : AmgaOptions
{
    /// <summary>Where clients search, as <c>https://meta.example:8822</c>: told to whoever asks the host. Nothing is told when left out.</summary>
    public List<Uri> Announce { get; set; } = [];

    /// <inheritdoc/>
    public override IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var fault in base.Validate(validationContext))
            yield return fault;
        foreach (var address in Announce.Where(static address => !address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttps))
            yield return new ValidationResult($"'{PrintableText.Of(address.ToString())}' is not an address; write https://host:port, since the protocol begins with TLS.", [nameof(Announce)]);
    }
}

/// <summary>The options of services of the type <c>amga</c>.</summary>
public sealed class AmgaServiceOptions : AmgaOptions
{
    /// <summary>How the protocol is spoken.</summary>
    public SessionOptions Protocol { get; set; } = new();
}
