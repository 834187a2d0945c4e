using System.Security.Cryptography;

namespace Mdm.Abstractions.Testing;

/// <content>Storing and deleting.</content>
public abstract partial class StorageBackendContract
{
    [SkippableFact]
    public async Task What_was_stored_is_found_and_read_with_the_same_bytes()
    {
        var writable = Ability<IWritableBackend>();
        var stored = await Store(writable, 1, static content => content);
        Agree(stored.Info, await FindThere(stored.Known.Id), "Store and Find");
        await Reads(stored.Known);
        if (Backend is IBrowsableBackend)
            Promise.Kept((await List(ArchiveSelection.Everything)).Exists(entry => entry.Info.Id == stored.Known.Id), "what was stored is listed.", "it is not.");
        await Delete(stored.Known.Id);
    }

    [SkippableFact]
    public async Task What_an_object_is_can_be_told_before_it_is_stored()
    {
        var identifying = Ability<IIdentifyingBackend>();
        var before = await Ids();
        var (content, mediaType) = NewObject(8);
        var identity = await Done("Identifying an object", () => identifying.IdentifyAsync(new TrickleStream(content, 1000), Draft(mediaType), default).AsTask());
        Promise.Kept(before.SetEquals(await Ids()), "identifying stores nothing.", "the archive lists something that it did not before.");
        var stored = await Store(identifying, 8, static bytes => bytes);
        Promise.Kept(identity.Id == stored.Known.Id, "an object is stored under the id that it was said to have.", "it has another.");
        if (Backend is IBrowsableBackend)
            Promise.Kept((await List(ArchiveSelection.Everything)).First(entry => entry.Info.Id == identity.Id).Labels.SequenceEqual(identity.Labels), "an object is listed with the labels that it was said to have.", "it has others.");
        await Delete(identity.Id);
    }

    [SkippableFact]
    public async Task What_comes_in_small_pieces_is_stored_whole()
    {
        var writable = Ability<IWritableBackend>();
        var stored = await Store(writable, 2, static content => new TrickleStream(content, 7));
        await Reads(stored.Known);
        await Delete(stored.Known.Id);
    }

    [SkippableFact]
    public async Task What_was_deleted_is_not_there_and_deleting_it_again_is_no_error()
    {
        var writable = Ability<IWritableBackend>();
        var stored = await Store(writable, 3, static content => content);
        Ability<IErasableBackend>();
        await Delete(stored.Known.Id);
        Promise.Kept(await Find(stored.Known.Id) is null, "what was deleted is not there.", "Find tells of it.");
        await Promise.RefusedAsync("Opening what was deleted", Patience, () => Backend.OpenReadAsync(stored.Known.Id, default).AsTask(), MdmErrorKind.NotFound);
        await Delete(stored.Known.Id);
        await Delete(Missing);
        await IsUsable("deleting");
    }

    [SkippableFact]
    public async Task An_object_whose_source_breaks_off_is_not_stored()
    {
        var writable = Ability<IWritableBackend>();
        var before = await Ids();
        var (content, mediaType) = NewObject(4);
        var failed = false;
        try
        {
            await writable.StoreAsync(new TrickleStream(content, 100, breaksAt: content.Length / 2), Draft(mediaType), default).AsTask().WaitAsync(Patience);
        }
        catch (Exception e) when (e is IOException or MdmException)
        {
            failed = true;
        }
        Promise.Kept(failed, "storing is all or nothing: it fails where the source fails.", "it reports success.");
        Promise.Kept(before.SetEquals(await Ids()), "storing is all or nothing: what broke off leaves nothing.", "the archive lists something that it did not before.");
    }

    [SkippableFact]
    public async Task A_store_that_was_cancelled_leaves_nothing()
    {
        var writable = Ability<IWritableBackend>();
        var before = await Ids();
        var (content, mediaType) = NewObject(5);
        using var cancel = new CancellationTokenSource();
        var storing = writable.StoreAsync(new TrickleStream(content, 100, waitsAt: content.Length / 2), Draft(mediaType), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Promise.EndsAsync("Storing", Grace, () => storing);
        Promise.Kept(!storing.IsCompletedSuccessfully, "a store that was cancelled in the middle of its source does not succeed.", "it does.");
        Promise.Kept(before.SetEquals(await Ids()), "storing is all or nothing: what was cancelled leaves nothing.", "the archive lists something that it did not before.");
    }

    [SkippableFact]
    public async Task Many_store_at_once_and_each_gets_an_object_of_his_own()
    {
        var writable = Ability<IWritableBackend>();
        var stored = await Task.WhenAll(Enumerable.Range(10, 8).Select(number => Task.Run(() => Store(writable, number, static content => content))));
        Promise.Kept(stored.DistinctBy(static one => one.Known.Id).Count() == stored.Length, "different objects get different ids.", "two have one.");
        foreach (var (known, _) in stored)
            await Reads(known);
        foreach (var (known, _) in stored)
            await Delete(known.Id);
    }

    [SkippableFact]
    public async Task An_id_that_is_an_objects_is_given_to_no_other()
    {
        var writable = Ability<IWritableBackend>();
        var (content, mediaType) = NewObject(6);
        var draft = Draft(mediaType);
        var first = await Done("Storing an object", () => writable.StoreAsync(new MemoryStream(content, writable: false), draft, default).AsTask());
        try
        {
            Skip.If(first.Id != draft.ProposedId, "The backend's ids come from the content.");
            await Promise.RefusedAsync("Storing another object under that id", Patience, () => writable.StoreAsync(new MemoryStream(NewObject(7).Content, writable: false), draft, default).AsTask(), MdmErrorKind.AlreadyExists);
            await Reads(KnownObject.Of(first.Id.Value, mediaType, content));
        }
        finally
        {
            await Delete(first.Id);
        }
    }

    [SkippableFact]
    public async Task Of_many_who_store_under_one_id_one_succeeds()
    {
        var writable = Ability<IWritableBackend>();
        var id = Draft("x").ProposedId.Value;
        var contents = Enumerable.Range(20, 6).Select(NewObject).ToArray();
        var outcomes = await Task.WhenAll(contents.Select(one => Task.Run(async () =>
        {
            try
            {
                return await writable.StoreAsync(new TrickleStream(one.Content, 300), Draft(one.MediaType, id), default).AsTask().WaitAsync(Patience);
            }
            catch (MdmException e) when (e.Kind == MdmErrorKind.AlreadyExists)
            {
                return null;
            }
        })));
        try
        {
            Skip.If(outcomes.Any(info => info is not null && info.Id.Value != id), "The backend's ids come from the content.");
            var at = Array.FindIndex(outcomes, info => info is not null);
            Promise.Kept(outcomes.Count(info => info is not null) == 1, "of those who store under one id at one time, one succeeds.", $"{outcomes.Count(info => info is not null)} did.");
            await Reads(KnownObject.Of(id, contents[at].MediaType, contents[at].Content));
        }
        finally
        {
            foreach (var stored in outcomes.OfType<ArchiveObjectInfo>().DistinctBy(info => info.Id))
                await Delete(stored.Id);
        }
    }

    private async Task<(KnownObject Known, ArchiveObjectInfo Info)> Store(IWritableBackend writable, int number, Func<byte[], object> source)
    {
        var (content, mediaType) = NewObject(number);
        var stream = source(content) as Stream ?? new MemoryStream(content, writable: false);
        var info = await Done("Storing an object", () => writable.StoreAsync(stream, Draft(mediaType), default).AsTask());
        Promise.Kept(info.MediaType == mediaType, "an object is stored as what it was given as.", info.MediaType);
        Promise.Kept(info.Length is null || info.Length == content.Length, "a length that Store tells is that of the object.", $"{info.Length} instead of {content.Length}.");
        return (KnownObject.Of(info.Id.Value, mediaType, content), info);
    }

    /// <summary>Nothing where the backend deletes nothing.</summary>
    private Task<bool> Delete(ArchiveObjectId id) => Done("Deleting what is or is not there", async () =>
    {
        if (Backend is not IErasableBackend erasable)
            return false;
        await erasable.DeleteAsync(id, default);
        return true;
    });

    /// <summary>What the host may propose.</summary>
    private static ArchiveObjectDraft Draft(string mediaType, string? id = null) => new(mediaType, new ArchiveObjectId(id ?? $"kit/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}/0"));

    private async Task<HashSet<ArchiveObjectId>> Ids() => Backend is IBrowsableBackend ? [.. (await List(ArchiveSelection.Everything)).Select(static entry => entry.Info.Id)] : [];
}
