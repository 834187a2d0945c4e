using Mdm.Abstractions;

namespace Mdm.Host.Configuration;

/// <summary>Whom a rule of the configuration means: the bearer of a subject name or every holder of a VOMS attribute.</summary>
internal sealed record CallerRule
{
    private readonly DistinguishedName? _subject;
    private readonly Fqan? _fqan;

    private CallerRule(DistinguishedName? subject, Fqan? fqan) => (_subject, _fqan) = (subject, fqan);

    /// <summary>The attribute; null when the rule means one subject.</summary>
    public Fqan? Attribute => _fqan;

    /// <summary>The subject; null when the rule means an attribute.</summary>
    public DistinguishedName? Subject => _subject;

    /// <summary>Reads <c>/biomed/Role=physician</c> as an attribute and <c>/DC=org/CN=Alice</c> as a subject.</summary>
    /// <exception cref="FormatException">Neither.</exception>
    public static CallerRule Parse(string text) =>
        // The attribute first: /vo/Role=x would pass for a name, while no name passes for an attribute.
        Fqan.TryParse(text, out var fqan) ? new CallerRule(null, fqan)
        : DistinguishedName.TryParse(text, out var subject) ? new CallerRule(subject, null)
        : throw new FormatException("write a subject as /DC=org/DC=example/CN=Name or an attribute as /vo/group or /vo/Role=role");

    public bool Means(GridIdentity caller) => _subject is not null ? caller.Subject == _subject : caller.Holds(_fqan!);

    public override string ToString() => _subject?.ToString() ?? _fqan!.ToString();
}
