using System.Text;

namespace Mdm.Abstractions.Testing;

/// <content>What can be told from a listing alone.</content>
public abstract partial class DeidentifierContract
{
    [SkippableFact]
    public async Task A_listing_discloses_what_the_full_pass_gives()
    {
        var disclosure = Disclosure();
        foreach (var original in Originals)
        {
            var disclosed = disclosure.Disclose(Entry(original));
            var full = Entry(await Deidentify(original));
            Promise.Kept(disclosed.Labels.SequenceEqual(full.Labels), "labels disclosed from a listing are those of the full pass.", "they are others.");
            foreach (var attribute in disclosed.Attributes)
            {
                var there = full.Attributes.FirstOrDefault(one => one.Keyword == attribute.Keyword);
                Promise.Kept(there is not null, "attributes disclosed from a listing are in the de-identified object.", $"'{attribute.Keyword}' is not.");
                Promise.Kept(there.Values.SequenceEqual(attribute.Values), "attributes disclosed from a listing have the values of the full pass.", $"'{attribute.Keyword}' has others.");
            }
        }
    }

    [SkippableFact]
    public void What_is_disclosed_names_nobody()
    {
        var disclosure = Disclosure();
        foreach (var original in Originals)
        {
            var entry = Entry(original);
            var disclosed = disclosure.Disclose(entry);
            foreach (var text in disclosed.Labels.Concat(disclosed.Attributes.SelectMany(static attribute => attribute.Values)))
                NamesNobody(Encoding.UTF8.GetBytes(text), "what is disclosed of a listing");
            Promise.Kept(disclosed.Labels.Length == entry.Labels.Length, "as many labels are disclosed as there are.", $"{disclosed.Labels.Length} of {entry.Labels.Length}.");
            foreach (var label in disclosed.Labels)
                Promise.Kept(StoragePath.TryParse("/" + label, out var path) && path.Names.Length == 1, "a disclosed label can be a name in a path.", "one cannot.");
        }
    }

    [SkippableFact]
    public async Task Disclosure_goes_by_the_projects_secret_alone()
    {
        Disclosure();
        await using var twin = await OpenAsync(0);
        await using var other = await OpenAsync(1);
        foreach (var entry in Originals.Select(Entry))
        {
            var here = Text(Disclosure().Disclose(entry));
            Promise.Kept(here == Text(((IEntryDisclosure)twin).Disclose(entry)), "two instances of one project disclose the same.", "they do not.");
            Promise.Kept(here != Text(((IEntryDisclosure)other).Disclose(entry)), "another secret discloses other names.", "they are the same.");
        }
    }

    [SkippableFact]
    public void A_listing_without_attributes_discloses_none()
    {
        var disclosure = Disclosure();
        var disclosed = disclosure.Disclose(Entry(Originals[0]) with { Attributes = [] });
        Promise.Kept(disclosed.Attributes.IsEmpty, "what a listing does not have is not disclosed.", "attributes are.");
    }

    private static string Text(DisclosedEntry entry) =>
        string.Join('\n', entry.Labels.Concat(entry.Attributes.Select(static attribute => $"{attribute.Keyword}={string.Join('\\', attribute.Values)}")));

    private IEntryDisclosure Disclosure()
    {
        Skip.IfNot(Deidentifier is IEntryDisclosure, $"The de-identifier has not the ability {nameof(IEntryDisclosure)}.");
        Skip.If(EntryOf(Originals[0]) is null, "The test does not say how a listing shows these objects.");
        return (IEntryDisclosure)Deidentifier;
    }

    private ArchiveEntry Entry(byte[] content) => EntryOf(content) ?? throw new InvalidOperationException("A listing shows some of these objects, and some not.");
}
