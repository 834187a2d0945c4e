using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Mdm.Host.Staging;

namespace Mdm.Host.Metadata;

/// <summary>A file with what a listing gave of its object, as disclosed.</summary>
internal sealed record ListedRow(FileId File, ImmutableArray<ArchiveAttribute> Attributes);

/// <summary>
/// Fills the metadata from publications: declares their collections, and puts the rows of what was listed. Only rows that changed since are put; digests, which are keyed, tell.
/// </summary>
/// <param name="store">The configured metadata; null where there is none, and nothing is done.</param>
/// <param name="plans">What of each publication is wanted.</param>
/// <param name="archives">Say what attributes are.</param>
/// <param name="ledger">Remembers what was put.</param>
/// <param name="follower">Tells who finds rows; null where there is no metadata.</param>
/// <param name="catalog">Says where files stand.</param>
/// <param name="secret">Keys the digests.</param>
/// <param name="log">Where it is told that rows were lost.</param>
internal sealed class MetadataRows(IMetadataStore? store, MetadataPlans plans, IArchiveSource archives, MetadataLedger ledger, MetadataFollower? follower, ICatalog catalog, ReadOnlyMemory<byte> secret, ILogger<MetadataRows> log)
{
    /// <summary>Brings a publication's collection to what the configuration says. One that was lost and made anew is filled again by what is listed from then on.</summary>
    /// <exception cref="MdmException">Refused: an attribute is unknown, or its type was another; what the store throws.</exception>
    public async Task DeclareAsync(string publication, CancellationToken cancellationToken)
    {
        if (store is null || plans.Find(publication) is not { } plan)
            return;
        var columns = plan.Attributes.Select(attribute => ColumnOf(plan, attribute)).ToImmutableArray();
        var id = await store.DeclareAsync(new MetadataCollection(plan.Collection, columns), plan.Readers, cancellationToken);
        var lost = await ledger.DeclaredAsync(plan.Collection, id, cancellationToken);
        if (lost > 0)
            Log.CollectionMadeAnew(log, publication, plan.Collection, lost);
        await ledger.AddAttributesAsync(plan.Collection, [.. plan.Attributes.Select(attribute => attribute.Name)], cancellationToken);
    }

    /// <summary>Puts the rows that are new or have changed.</summary>
    /// <exception cref="MdmException">What the store throws; the rows are put by the next scan.</exception>
    public async Task PutAsync(string publication, IReadOnlyList<ListedRow> listed, CancellationToken cancellationToken)
    {
        if (store is null || plans.Find(publication) is not { } plan || listed.Count == 0)
            return;
        var ever = await ledger.AddAttributesAsync(plan.Collection, [], cancellationToken);
        // What is off the allow-list is cleared wherever it was.
        var cleared = ever.Except(plan.Attributes.Select(attribute => attribute.Name), StringComparer.Ordinal).Select(name => new ArchiveAttribute(name, "UN", [])).ToImmutableArray();
        var known = await ledger.LookAsync([.. listed.Select(row => row.File)], cancellationToken);
        var (rows, put) = (new List<(CatalogEntry, ImmutableArray<ArchiveAttribute>)>(), new List<(FileId, byte[])>());
        foreach (var (row, before) in listed.Zip(known))
        {
            var attributes = ValuesOf(plan, row.Attributes);
            var digest = DigestOf(plan, cleared, attributes);
            if (before is not null && before.Collection == plan.Collection.ToString() && before.Digest.AsSpan().SequenceEqual(digest))
                continue;
            if (await catalog.FindAsync(row.File, cancellationToken) is not { } entry)
                continue;
            if (before is not null && before.Collection != plan.Collection.ToString())
                await store.RemoveAsync(row.File, cancellationToken);
            rows.Add((entry, attributes.AddRange(cleared)));
            put.Add((row.File, digest));
        }
        if (rows.Count == 0)
            return;
        await PutAsync(plan, rows, cancellationToken);
        await ledger.PutAsync(plan.Collection, put, cancellationToken);
    }

    /// <summary>
    /// Puts rows; one whose file went meanwhile is taken back. Who finds them is the follower's to tell, whenever that changes; a row that may be new must not be open until he comes, so where a file has rights of its own
    /// they are put along. They may have changed since the entry was read: the follower tells them once more afterwards, and not before.
    /// </summary>
    /// <exception cref="MdmException">What the store throws.</exception>
    public async Task PutAsync(MetadataPlan plan, IReadOnlyList<(CatalogEntry Entry, ImmutableArray<ArchiveAttribute> Values)> rows, CancellationToken cancellationToken)
    {
        var restricted = rows.Where(row => row.Entry.SearchAcl is not null && store is IRestrictableMetadataStore).Select(row => row.Entry.Id).ToHashSet();
        using var telling = restricted.Count > 0 ? await follower!.BeginAsync(restricted, cancellationToken) : null;
        await store!.PutManyAsync(
            [.. rows.Select(row => new MetadataRow(plan.Collection, row.Entry.Id, row.Entry.Path, row.Values) { Readers = restricted.Contains(row.Entry.Id) ? SearchRights.Of(row.Entry) : null })], cancellationToken);
        var gone = new List<FileId>();
        foreach (var (entry, _) in rows)
        {
            if (await catalog.FindAsync(entry.Id, cancellationToken) is null)
                gone.Add(entry.Id);
        }
        if (gone.Count > 0)
            await ledger.NoteAsync(gone, cancellationToken);
    }

    /// <summary>Of what an object has, what the publication gives to the metadata, in the form of its types.</summary>
    public ImmutableArray<ArchiveAttribute> ValuesOf(MetadataPlan plan, ImmutableArray<ArchiveAttribute> given)
    {
        if (given.IsDefaultOrEmpty)
            return [];
        var values = ImmutableArray.CreateBuilder<ArchiveAttribute>(plan.Attributes.Length);
        foreach (var wanted in plan.Attributes)
        {
            if (given.FirstOrDefault(attribute => attribute.Keyword == wanted.Keyword) is { } attribute)
                values.Add(attribute with { Keyword = wanted.Name, Values = AttributeText.Of(wanted.Type ?? AttributeText.TypeOf(DefinitionOf(plan, wanted)), attribute.Values) });
        }
        return values.ToImmutable();
    }

    private MetadataColumn ColumnOf(MetadataPlan plan, WantedAttribute attribute)
    {
        var definition = DefinitionOf(plan, attribute);
        if (definition is null && archives.FindArchive(plan.Archive) is IDescribingBackend)
            throw new MdmException(MdmErrorKind.Refused, $"Publication {plan.Publication}: archive {plan.Archive} has no attribute '{attribute.Keyword}' that could go to the metadata. Correct Attributes.");
        return new MetadataColumn(attribute.Name, attribute.Type ?? AttributeText.TypeOf(definition), definition?.Group ?? "image");
    }

    private AttributeDefinition? DefinitionOf(MetadataPlan plan, WantedAttribute attribute) => (archives.FindArchive(plan.Archive) as IDescribingBackend)?.Define(attribute.Keyword);

    private byte[] DigestOf(MetadataPlan plan, ImmutableArray<ArchiveAttribute> cleared, ImmutableArray<ArchiveAttribute> attributes)
    {
        var text = new StringBuilder();
        foreach (var wanted in plan.Attributes)
            text.Append(wanted.Name).Append('=').Append(wanted.Keyword).Append(':').Append(wanted.Type).Append('\0');
        foreach (var gone in cleared)
            text.Append('-').Append(gone.Keyword).Append('\0');
        foreach (var attribute in attributes)
            text.Append(attribute.Keyword).Append('=').AppendJoin('\u0001', attribute.Values).Append('\0');
        return HMACSHA256.HashData(secret.Span, Encoding.UTF8.GetBytes(text.ToString()));
    }
}
