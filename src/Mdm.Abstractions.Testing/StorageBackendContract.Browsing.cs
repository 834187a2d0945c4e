using System.Text.RegularExpressions;

namespace Mdm.Abstractions.Testing;

/// <content>Browsing, and telling of what arrives.</content>
public abstract partial class StorageBackendContract
{
    [SkippableFact]
    public async Task A_listing_has_every_object_once()
    {
        var entries = await List(ArchiveSelection.Everything);
        var ids = entries.Select(static entry => entry.Info.Id).ToList();
        Promise.Kept(ids.Distinct().Count() == ids.Count, "a listing has each object at most once.", "it has one twice.");
        foreach (var known in Known)
            Promise.Kept(ids.Contains(known.Id), $"a listing that ends normally is complete: {Name(known)}.", "it lacks the object.");
    }

    [SkippableFact]
    public async Task A_listing_says_of_an_object_what_Find_says()
    {
        var entries = await List(ArchiveSelection.Everything);
        foreach (var known in Known)
            Agree(entries.First(entry => entry.Info.Id == known.Id).Info, await FindThere(known.Id), "a listing and Find");
    }

    [SkippableFact]
    public async Task Labels_can_be_names_in_a_path()
    {
        foreach (var entry in await List(ArchiveSelection.Everything))
        {
            Promise.Kept(!entry.Labels.IsDefaultOrEmpty, "every object has a label.", "one has none.");
            try
            {
                foreach (var label in entry.Labels)
                    _ = StoragePath.Root.Child(label);
            }
            catch (MdmException e)
            {
                Promise.Broken("a label can be a name in a path.", e.Message, e);
            }
        }
    }

    [SkippableFact]
    public async Task Attributes_are_named_by_keyword_each_once_and_have_a_representation()
    {
        foreach (var entry in await List(ArchiveSelection.Everything))
        {
            Promise.Kept(!entry.Attributes.IsDefault, "a listing without attributes has an empty list of them.", "it has no list.");
            Promise.Kept(entry.Attributes.Select(static attribute => attribute.Keyword).Distinct().Count() == entry.Attributes.Length, "an object has an attribute once.", "one has one twice.");
            foreach (var attribute in entry.Attributes)
            {
                Promise.Kept(Keyword().IsMatch(attribute.Keyword), "an attribute is named by a keyword, as 'PatientID'.", $"'{attribute.Keyword}'.");
                Promise.Kept(Representation().IsMatch(attribute.ValueRepresentation), "an attribute has a value representation of two letters.", $"'{attribute.ValueRepresentation}'.");
                Promise.Kept(!attribute.Values.IsDefault, "an attribute without a value has an empty list of them.", "it has no list.");
            }
            NamesNobody(entry.ToString(), "a printed entry");
        }
    }

    [SkippableFact]
    public async Task A_selection_never_leaves_out_what_matches()
    {
        var all = await List(ArchiveSelection.Everything);
        var valued = all.SelectMany(static entry => entry.Attributes).Where(static attribute => attribute.Values.Any(static value => Plain().IsMatch(value))).DistinctBy(static attribute => attribute.Keyword).Take(6);
        foreach (var (keyword, value) in valued.Select(static attribute => (attribute.Keyword, attribute.Values.First(static value => Plain().IsMatch(value)))).ToList())
        {
            foreach (var pattern in (string[])[value, value[..1] + "*", "?" + value[1..]])
            {
                // Wild cards are for text; a backend may take them for what they are not in dates and numbers.
                if (pattern != value && !value.Any(char.IsLetter))
                    continue;
                var selected = (await List(new ArchiveSelection([new AttributeCondition(keyword, ["none has this", pattern])]))).Select(static entry => entry.Info.Id).ToHashSet();
                var missed = all.Count(entry => entry.Attributes.Any(attribute => attribute.Keyword == keyword && attribute.Values.Contains(value)) && !selected.Contains(entry.Info.Id));
                Promise.Kept(missed == 0, $"a selection is a hint: more may come, never less (a condition on {keyword}).", $"{missed} objects that match are left out.");
                Promise.Kept(selected.IsSubsetOf(all.Select(static entry => entry.Info.Id)), "a selection lists nothing that is not there.", "it does.");
            }
        }
    }

    [SkippableFact]
    public async Task ChangedSince_is_only_a_hint()
    {
        var all = (await List(ArchiveSelection.Everything)).Select(static entry => entry.Info.Id).ToHashSet();
        foreach (var since in (DateTimeOffset[])[DateTimeOffset.UnixEpoch, DateTimeOffset.MinValue])
        {
            var changed = (await List(ArchiveSelection.Everything with { ChangedSince = since })).Select(static entry => entry.Info.Id).ToHashSet();
            Promise.Kept(all.IsSubsetOf(changed), "what changed since before there were archives is everything.", "some objects are left out.");
        }
        var later = await List(ArchiveSelection.Everything with { ChangedSince = DateTimeOffset.MaxValue });
        Promise.Kept(later.TrueForAll(entry => all.Contains(entry.Info.Id)), "a listing of what will have changed lists nothing that is not there.", "it does.");
    }

    [SkippableFact]
    public async Task Leaving_or_cancelling_a_listing_holds_nobody_up()
    {
        var browsable = Ability<IBrowsableBackend>();
        for (var i = 0; i < 25; i++)
        {
            await Done("Leaving a listing", async () =>
            {
                await foreach (var entry in browsable.BrowseAsync(ArchiveSelection.Everything, default))
                    return entry;
                return null;
            });
        }
        await Promise.EndsAsync("A listing", Grace, () => Through(new CancellationToken(canceled: true)));
        await Promise.CancelledAsync("A listing", Grace, Through);
        await IsUsable("listings that were left");

        async Task Through(CancellationToken token)
        {
            await foreach (var _ in browsable.BrowseAsync(ArchiveSelection.Everything, token))
                await Task.Yield();
        }
    }

    [SkippableFact]
    public async Task Two_listings_at_once_are_both_complete()
    {
        Ability<IBrowsableBackend>();
        var both = await Task.WhenAll(List(ArchiveSelection.Everything), List(ArchiveSelection.Everything));
        foreach (var known in Known)
            Promise.Kept(Array.TrueForAll(both, listing => listing.Exists(entry => entry.Info.Id == known.Id)), "listings at one time are all complete.", "one lacks an object.");
    }

    [SkippableFact]
    public async Task What_arrives_is_announced()
    {
        var announcing = Ability<IAnnouncingBackend>();
        var writable = Ability<IWritableBackend>();
        using var stop = new CancellationTokenSource();
        var stored = new List<ArchiveObjectId>();
        var watching = WatchAsync();
        try
        {
            await Done("Announcing what arrives", async () =>
            {
                // Announcements may be lost, so more arrives until one is seen.
                for (var number = 0; !watching.IsCompleted; number++)
                {
                    var (content, mediaType) = NewObject(number);
                    var info = await writable.StoreAsync(new MemoryStream(content), Draft(mediaType), default);
                    lock (stored)
                        stored.Add(info.Id);
                    await Task.WhenAny(watching, Task.Delay(200));
                }
                return await watching;
            });
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var id in stored)
                await Delete(id);
        }
        await Promise.CancelledAsync("Watching", Grace, async token =>
        {
            await foreach (var _ in announcing.WatchAsync(token))
                await Task.Yield();
        });

        async Task<bool> WatchAsync()
        {
            await foreach (var entry in announcing.WatchAsync(stop.Token))
            {
                lock (stored)
                {
                    if (stored.Contains(entry.Info.Id))
                        return true;
                }
            }
            Promise.Broken("announcements come until they are cancelled.", "they ended.");
            return false;
        }
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]{0,63}\z")]
    private static partial Regex Keyword();

    [GeneratedRegex(@"^[A-Z]{2}\z")]
    private static partial Regex Representation();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.^ ]+\z")]
    private static partial Regex Plain();

    private Task<List<ArchiveEntry>> List(ArchiveSelection selection)
    {
        var browsable = Ability<IBrowsableBackend>();
        return Done("A listing", async () =>
        {
            var entries = new List<ArchiveEntry>();
            await foreach (var entry in browsable.BrowseAsync(selection, default))
                entries.Add(entry);
            return entries;
        });
    }
}
