using System.ComponentModel.DataAnnotations;
using Mdm.Abstractions;

namespace Mdm.Plugins.Hydra.Keystore;

/// <summary>What is done with callers who show a limited proxy, as jobs have it.</summary>
public enum LimitedProxies
{
    /// <summary>They are as any other: getting data is what limited proxies are for.</summary>
    Accept,

    /// <summary>They get no keys.</summary>
    Refuse,
}

/// <summary>The options of the service <c>hydra-keystore</c>.</summary>
public sealed class KeystoreOptions : IValidatableObject
{
    /// <summary>Where it is kept: <c>sqlite:PATH</c> or <c>postgres:Host=…;Database=…</c>. No other part, and no other keystore, may use the same.</summary>
    [Required]
    public string Store { get; set; } = string.Empty;

    /// <summary>Hosts that register keys of files, by the subjects of their certificates. Those of one name stand for one another: each gets what any of them registered.</summary>
    public Dictionary<string, List<DistinguishedName>> Registrars { get; set; } = [];

    /// <summary>Subjects and VOMS attributes that may do everything, including to read every share: to refresh, to move and to repair.</summary>
    public List<string> Administrators { get; set; } = [];

    /// <summary>Subjects and VOMS attributes that may register keys of their own.</summary>
    public List<string> Creators { get; set; } = [];

    /// <summary>What is done with limited proxies.</summary>
    public LimitedProxies LimitedProxies { get; set; } = LimitedProxies.Accept;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (member, rules) in new[] { (nameof(Administrators), Administrators), (nameof(Creators), Creators) })
        {
            foreach (var rule in rules.Where(r => !DistinguishedName.TryParse(r, out _) && !Fqan.TryParse(r, out _)))
                yield return new ValidationResult($"'{rule}' is neither a subject (/DC=org/CN=Name) nor a VOMS attribute (/vo/Role=role).", [member]);
        }
        var twice = Registrars.SelectMany(set => set.Value).GroupBy(subject => subject).FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
            yield return new ValidationResult($"'{twice.Key}' stands twice.", [nameof(Registrars)]);
    }
}
