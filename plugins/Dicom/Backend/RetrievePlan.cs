using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;
using Mdm.Plugins.Dicom.UpperLayer;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>One C-GET: over which contexts, for which instances.</summary>
/// <param name="Purpose">Names the contexts, for the pool.</param>
/// <param name="Contexts">C-GET itself first, then each class with each transfer syntax in a context of its own.</param>
/// <param name="Instances">What is hoped for.</param>
/// <param name="WholeSeries">They are all the series has.</param>
internal sealed record GetRound(string Purpose, IReadOnlyList<ContextProposal> Contexts, IReadOnlyList<string> Instances, bool WholeSeries);

/// <summary>
/// How to get instances without recoding. A context names one transfer syntax: given a choice, archives transcode everything to the one they like.
/// An association has 128 contexts, so several are needed when the classes are many or unknown.
/// </summary>
internal static class RetrievePlan
{
    /// <summary>UIDs in one request; 64 of them fit into any implementation's buffers.</summary>
    public const int MaxUidsPerRequest = 64;

    private const int MaxContexts = PduCodec.MaxContexts - 1;

    /// <summary>The uncompressed ones stay together: an archive converts between them when the stored one is not at hand.</summary>
    private static readonly string[] Uncompressed = [TransferSyntax.ExplicitLittleEndianUid, TransferSyntax.ImplicitLittleEndianUid, TransferSyntax.ExplicitBigEndianUid];

    /// <summary>Rounds for instances whose classes are known: four classes with all syntaxes fit into one.</summary>
    public static IEnumerable<GetRound> ForKnown(SeriesListing listing, IReadOnlyCollection<string> wanted)
    {
        var classes = wanted.Select(uid => listing.Classes[uid]).Distinct().Order(StringComparer.Ordinal).ToArray();
        foreach (var chunk in classes.Chunk(MaxContexts / TransferSyntax.Retrievable.Count))
        {
            var instances = wanted.Where(uid => chunk.Contains(listing.Classes[uid])).ToArray();
            foreach (var round in Rounds(string.Join(',', chunk), Proposals(chunk, TransferSyntax.Retrievable), instances, listing))
                yield return round;
        }
    }

    /// <summary>Rounds for instances of unknown class, the likeliest classes first; each round asks for what is still missing.</summary>
    public static IEnumerable<(string Purpose, IReadOnlyList<ContextProposal> Contexts)> ForUnknown(IReadOnlyList<string> seenBefore)
    {
        var ordered = seenBefore.Concat(SopClasses.StorageByFrequency.Except(seenBefore)).ToArray();
        foreach (var chunk in ordered.Chunk(MaxContexts / Uncompressed.Length))
            yield return ("raw:" + chunk[0], Proposals(chunk, Uncompressed));
        string[] compressed = [.. TransferSyntax.Retrievable.Except(Uncompressed)];
        foreach (var chunk in ordered.Chunk(MaxContexts / compressed.Length))
            yield return ("packed:" + chunk[0], Proposals(chunk, compressed));
    }

    /// <summary>Requests of one association for instances.</summary>
    public static IEnumerable<GetRound> Rounds(string purpose, IReadOnlyList<ContextProposal> contexts, IReadOnlyCollection<string> instances, SeriesListing listing)
    {
        if (listing.IsAll(instances.Count))
        {
            yield return new GetRound(purpose, contexts, [.. instances], WholeSeries: true);
            yield break;
        }

        foreach (var chunk in instances.Chunk(MaxUidsPerRequest))
            yield return new GetRound(purpose, contexts, chunk, WholeSeries: false);
    }

    /// <summary>The identifier of a retrieval.</summary>
    public static AttributeSet Identifier(SeriesListing listing, IReadOnlyList<string> instances, bool wholeSeries) =>
        wholeSeries
            ? Query.Identifier(QueryLevel.Series, listing.Study, listing.Series)
            : Query.Identifier(QueryLevel.Image, listing.Study, listing.Series, string.Join('\\', instances));

    private static ContextProposal[] Proposals(IEnumerable<string> classes, IReadOnlyList<string> syntaxes) =>
    [
        new ContextProposal(SopClasses.StudyRootGet, [TransferSyntax.ExplicitLittleEndianUid, TransferSyntax.ImplicitLittleEndianUid]),
        .. classes.SelectMany(uid => syntaxes.Select(syntax => new ContextProposal(uid, [syntax], PeerSends: true))),
    ];
}
