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
        await Delete(writable, stored.Known.Id);
    }

    [SkippableFact]
    public async Task What_comes_in_small_pieces_is_stored_whole()
    {
        var writable = Ability<IWritableBackend>();
        var stored = await Store(writable, 2, static content => new TrickleStream(content, 7));
        await Reads(stored.Known);
        await Delete(writable, stored.Known.Id);
    }

    [SkippableFact]
    public async Task What_was_deleted_is_not_there_and_deleting_it_again_is_no_error()
    {
        var writable = Ability<IWritableBackend>();
        var stored = await Store(writable, 3, static content => content);
        if (!await Delete(writable, stored.Known.Id))
        {
            Promise.Kept(!await Delete(writable, Missing), "where nothing is deleted, nothing is, whatever the id.", "deleting what is not there succeeds.");
            await Reads(stored.Known);
            Skip.If(true, "The backend deletes nothing.");
        }
        Promise.Kept(await Find(stored.Known.Id) is null, "what was deleted is not there.", "Find tells of it.");
        await Promise.RefusedAsync("Opening what was deleted", Patience, () => Backend.OpenReadAsync(stored.Known.Id, default).AsTask(), MdmErrorKind.NotFound);
        await Delete(writable, stored.Known.Id);
        await Delete(writable, Missing);
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
            await writable.StoreAsync(new TrickleStream(content, 100, breaksAt: content.Length / 2), mediaType, default).AsTask().WaitAsync(Patience);
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
        var storing = writable.StoreAsync(new TrickleStream(content, 100, waitsAt: content.Length / 2), mediaType, cancel.Token).AsTask();
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
            await Delete(writable, known.Id);
    }

    private async Task<(KnownObject Known, ArchiveObjectInfo Info)> Store(IWritableBackend writable, int number, Func<byte[], object> source)
    {
        var (content, mediaType) = NewObject(number);
        var stream = source(content) as Stream ?? new MemoryStream(content, writable: false);
        var info = await Done("Storing an object", () => writable.StoreAsync(stream, mediaType, default).AsTask());
        Promise.Kept(info.MediaType == mediaType, "an object is stored as what it was given as.", info.MediaType);
        Promise.Kept(info.Length is null || info.Length == content.Length, "a length that Store tells is that of the object.", $"{info.Length} instead of {content.Length}.");
        return (KnownObject.Of(info.Id.Value, mediaType, content), info);
    }

    /// <summary>False where the backend deletes nothing.</summary>
    private Task<bool> Delete(IWritableBackend writable, ArchiveObjectId id) => Done("Deleting what is or is not there", async () =>
    {
        try
        {
            await writable.DeleteAsync(id, default);
            return true;
        }
        catch (MdmException e) when (e.Kind == MdmErrorKind.Unsupported)
        {
            return false;
        }
    });

    private async Task<HashSet<ArchiveObjectId>> Ids() => Backend is IBrowsableBackend ? [.. (await List(ArchiveSelection.Everything)).Select(static entry => entry.Info.Id)] : [];
}
