using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Mdm.Abstractions.Testing;

/// <content>Describing objects, probing the archive, and what clients are told.</content>
public abstract partial class StorageBackendContract
{
    private const int MaxBeginning = 1024 * 1024;

    private static readonly string[] Groups = ["patient", "medical", "identifier", "image"];

    [SkippableFact]
    public async Task What_a_listing_has_is_defined_and_what_nothing_has_is_not()
    {
        var describing = Ability<IDescribingBackend>();
        foreach (var keyword in (string[])["NoArchiveHasThis", "", "no keyword", "PatientID; DROP TABLE x"])
            Promise.Kept(describing.Define(keyword) is null, "an attribute that objects do not have is not defined.", "one is.");
        foreach (var attribute in await Listed())
        {
            var definition = describing.Define(attribute.Keyword);
            Promise.Kept(definition is not null, "what a listing has is defined.", $"'{attribute.Keyword}' is not.");
            Promise.Kept(definition.Keyword == attribute.Keyword, "a definition is of the attribute that was asked for.", $"'{definition.Keyword}'.");
            Promise.Kept(Representation().IsMatch(definition.ValueRepresentation), "an attribute is defined with a value representation of two letters.", $"'{definition.ValueRepresentation}'.");
            Promise.Kept(Groups.Contains(definition.Group), $"an attribute is in one of the groups {string.Join(", ", Groups)}.", $"'{attribute.Keyword}' is in '{definition.Group}'.");
        }
    }

    [SkippableFact]
    public async Task An_objects_beginning_tells_what_was_asked_for_as_the_listing_does()
    {
        Ability<IDescribingBackend>();
        var entries = Backend is IBrowsableBackend ? await List(ArchiveSelection.Everything) : [];
        foreach (var known in Known)
        {
            var listed = entries.Find(entry => entry.Info.Id == known.Id)?.Attributes ?? [];
            string[] wanted = [.. listed.Select(static attribute => attribute.Keyword), "NoArchiveHasThis"];
            var described = await Describe(known.MediaType, await Beginning(known), wanted);
            Promise.Kept(described.Select(static attribute => attribute.Keyword).Distinct().Count() == described.Length, "an attribute is described once.", "one is twice.");
            foreach (var attribute in described)
            {
                Promise.Kept(wanted.Contains(attribute.Keyword), "only what was asked for is described.", $"'{attribute.Keyword}' is too.");
                var there = listed.First(one => one.Keyword == attribute.Keyword);
                Promise.Kept(there.Values.SequenceEqual(attribute.Values), "an object says of an attribute what the listing says.", $"they differ in '{attribute.Keyword}'.");
            }
            Promise.Kept(listed.IsEmpty || described.Length > 0, $"an object's beginning tells something of what the listing has: {Name(known)}.", "it tells nothing.");
            Promise.Kept((await Describe(known.MediaType, await Beginning(known), [])).IsEmpty, "who wants nothing is told nothing.", "something is described.");
        }
    }

    [SkippableFact]
    public async Task Bytes_that_cannot_be_understood_give_nothing()
    {
        var keywords = (await Listed()).Select(static attribute => attribute.Keyword).ToList();
        foreach (var mediaType in Known.Select(static known => known.MediaType).Distinct().Append("application/x-nobody-knows").ToList())
        {
            foreach (var bytes in (byte[][])[[], [0], new byte[1000], RandomNumberGenerator.GetBytes(1000), [.. Enumerable.Repeat((byte)0xff, 10_000)]])
                Promise.Kept((await Describe(mediaType, bytes, keywords)).IsEmpty, "bytes that cannot be understood give nothing.", "they give attributes.");
        }
    }

    [SkippableFact]
    public async Task A_beginning_may_end_anywhere()
    {
        var keywords = (await Listed()).Select(static attribute => attribute.Keyword).ToList();
        var beginning = await Beginning(Known[0]);
        var whole = await Describe(Known[0].MediaType, beginning, keywords);
        var step = Math.Max(1, Math.Min(beginning.Length, 4096) / 64);
        for (var end = 0; end < Math.Min(beginning.Length, 4096); end += step)
        {
            foreach (var attribute in await Describe(Known[0].MediaType, beginning.AsMemory(0, end), keywords))
            {
                var there = whole.FirstOrDefault(one => one.Keyword == attribute.Keyword);
                Promise.Kept(there is not null && there.Values.SequenceEqual(attribute.Values), "a value that the beginning does not have whole is left out.", $"'{attribute.Keyword}' is cut off.");
            }
        }
    }

    [SkippableFact]
    public async Task A_probe_tells_in_a_sentence_what_it_found()
    {
        var probeable = Ability<IProbeable>();
        var found = await Done("Probing an archive that serves", () => probeable.ProbeAsync(default).AsTask());
        Promise.Kept(!string.IsNullOrWhiteSpace(found), "a probe says what it found.", "it says nothing.");
        NamesNobody(found, "a probe");
        await Promise.CancelledAsync("A probe", Grace, token => probeable.ProbeAsync(token).AsTask());
        await IsUsable("a probe that was cancelled");
    }

    [SkippableFact]
    public void What_clients_are_told_is_always_the_same_and_leads_somewhere()
    {
        var discoverable = Ability<IDiscoverable>();
        var (first, second) = (discoverable.Announce(), discoverable.Announce());
        Promise.Kept(!string.IsNullOrWhiteSpace(first.Type), "an announcement names its protocol.", "it does not.");
        Promise.Kept(!first.Endpoints.IsDefault && first.Endpoints.All(static endpoint => endpoint.IsAbsoluteUri), "endpoints are absolute URIs.", "one is not.");
        Promise.Kept(first.Endpoints.All(static endpoint => endpoint.UserInfo.Length == 0), "an announcement has no secrets in it.", "an endpoint has user and password.");
        Promise.Kept(first.Type == second.Type && first.Endpoints.SequenceEqual(second.Endpoints) && first.Properties.Count == second.Properties.Count && !first.Properties.Except(second.Properties).Any(),
            "an instance announces the same as long as it lives.", "the second time it is something else.");
    }

    private async Task<IReadOnlyList<ArchiveAttribute>> Listed()
    {
        Ability<IDescribingBackend>();
        return Backend is IBrowsableBackend ? [.. (await List(ArchiveSelection.Everything)).SelectMany(static entry => entry.Attributes).DistinctBy(static attribute => attribute.Keyword)] : [];
    }

    private Task<ImmutableArray<ArchiveAttribute>> Describe(string mediaType, ReadOnlyMemory<byte> beginning, IReadOnlyCollection<string> keywords) =>
        Done("Describing", () => ((IDescribingBackend)Backend).DescribeAsync(mediaType, beginning, keywords, default).AsTask());

    private async Task<byte[]> Beginning(KnownObject known)
    {
        await using var content = await Open(known.Id);
        return await Done("Reading an object", async () =>
        {
            var beginning = new byte[Math.Min(known.Length, MaxBeginning)];
            await content.Stream.ReadAtLeastAsync(beginning, beginning.Length, throwOnEndOfStream: false);
            return beginning;
        });
    }
}
