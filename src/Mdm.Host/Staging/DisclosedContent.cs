namespace Mdm.Host.Staging;

/// <summary>
/// Proves that all of an object went through its publication's rule: a de-identifier ran to its end over it, or the rule says original and names who may see identity.
/// Only <see cref="Discloser"/> makes one, when the last byte has passed.
/// </summary>
internal sealed partial class DisclosedContent
{
    private DisclosedContent(FileId file, DisclosureRule rule, string rulesVersion) => (File, Rule, RulesVersion) = (file, rule, rulesVersion);

    public FileId File { get; }

    /// <summary>What it went through.</summary>
    public DisclosureRule Rule { get; }

    /// <summary>Of the de-identifier that it went through.</summary>
    public string RulesVersion { get; }

    internal sealed class Discloser(IDisclosureRules rules, IArchiveSource archives)
    {
        /// <summary>The rule that governs an entry.</summary>
        /// <exception cref="MdmException">Refused: no publication, no such publication, nobody named, or no such de-identifier.</exception>
        public DisclosureRule RuleOf(CatalogEntry entry)
        {
            var rule = entry.Publication is { } publication ? rules.Find(publication) : null;
            if (rule is null)
                throw new MdmException(MdmErrorKind.Refused, $"{entry.Path} belongs to no configured publication, so nothing says how much of it may be seen.");
            if (rule.Content == DisclosureRule.Original)
            {
                if (rule.MaySeeIdentity.IsEmpty)
                    throw new MdmException(MdmErrorKind.Refused, $"Publication {rule.Publication} gives originals and names nobody in MaySeeIdentity; they stay closed.");
            }
            else if (archives.FindDeidentifier(rule.Content) is not { } deidentifier)
            {
                throw new MdmException(MdmErrorKind.Refused, $"Publication {rule.Publication} needs the de-identifier {rule.Content}, which is not configured.");
            }
            else if (!deidentifier.Accepts(entry.Source!.MediaType))
            {
                throw new MdmException(MdmErrorKind.Refused, $"The de-identifier {rule.Content} does not take {entry.Source.MediaType}; {entry.Path} stays closed.");
            }
            return rule;
        }

        /// <summary>What decides the bytes that come of an object under a rule, beside the object itself: another one is another version of the file.</summary>
        public string RulesVersionOf(DisclosureRule rule) =>
            rule.Content == DisclosureRule.Original ? DisclosureRule.Original : archives.FindDeidentifier(rule.Content)?.RulesVersion
            ?? throw new MdmException(MdmErrorKind.Refused, $"Publication {rule.Publication} needs the de-identifier {rule.Content}, which is not configured any more.");

        /// <summary>True for entries whose content a de-identifier makes.</summary>
        public bool IsDeidentified(CatalogEntry entry) => RuleOf(entry).Content != DisclosureRule.Original;

        /// <summary>Passes an object through its rule, from <paramref name="original"/> to <paramref name="disclosed"/>, to the end.</summary>
        /// <exception cref="MdmException">As <see cref="RuleOf"/>; what the source, the de-identifier or the target threw. Nothing of the target may then be used.</exception>
        public async Task<DisclosedContent> DiscloseAsync(CatalogEntry entry, FetchedStream original, DisclosedSink disclosed, CancellationToken cancellationToken)
        {
            var rule = RuleOf(entry);
            var rulesVersion = DisclosureRule.Original;
            if (rule.Content == DisclosureRule.Original)
            {
                await disclosed.FillFromAsync(original, cancellationToken);
            }
            else
            {
                await using var deidentifier = archives.UseDeidentifier(rule.Content)
                    ?? throw new MdmException(MdmErrorKind.Refused, $"Publication {rule.Publication} needs the de-identifier {rule.Content}, which is not configured any more.");
                rulesVersion = deidentifier.Value.RulesVersion;
                await deidentifier.Value.DeidentifyAsync(original, disclosed, cancellationToken);
            }
            await original.EnsureEndAsync(cancellationToken);
            await disclosed.CloseAsync(cancellationToken);
            return new DisclosedContent(entry.Id, rule, rulesVersion);
        }
    }
}
