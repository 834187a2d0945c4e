namespace Mdm.Abstractions.Testing;

// The ability beside: rows that are found by fewer than the collection admits.
public abstract partial class MetadataStoreContract
{
    private static readonly RowReader Everybody = new(null, null, true);

    private IRestrictableMetadataStore Restrictable()
    {
        Skip.IfNot(Store is IRestrictableMetadataStore, $"The store has not the ability {nameof(IRestrictableMetadataStore)}.");
        return (IRestrictableMetadataStore)Store;
    }

    private static RowReader User(GridIdentity who, bool mayFind = true) => new(who.Subject, null, mayFind);

    private static RowReader Group(string fqan, bool mayFind = true) => new(null, Fqan.Parse(fqan), mayFind);

    private ValueTask RestrictAsync(int file, RowReaders readers) => Store.PutManyAsync([new MetadataRow(_collection, File(file), null, []) { Readers = readers }], default);

    private ValueTask RestrictAsync(int file, params RowReader[] readers) => RestrictAsync(file, RowReaders.Only(readers));

    [SkippableFact]
    public async Task A_row_is_found_by_whom_its_readers_name_and_by_nobody_else()
    {
        Restrictable();
        await RestrictAsync(1, User(Physician));
        Same([1, 2, 3], await FindAsync(Physician));
        Same([2, 3], await FindAsync(Researcher));
        await RestrictAsync(1, Group("/biomed/trial"));
        Same([2, 3], await FindAsync(Physician));
        Same([1, 2, 3], await FindAsync(Researcher));
        await RestrictAsync(1, Everybody);
        Same([1, 2, 3], await FindAsync(Physician));
        Same([1, 2, 3], await FindAsync(Named));
        await RestrictAsync(1);
        Same([2, 3], await FindAsync(Physician));
        Same([2, 3], await FindAsync(Named));
        await RestrictAsync(1, RowReaders.AsCollection);
        Same([1, 2, 3], await FindAsync(Named));
    }

    [SkippableFact]
    public async Task Who_is_named_himself_goes_by_his_own_entry_and_then_by_his_groups()
    {
        Restrictable();
        await RestrictAsync(1, User(Researcher, mayFind: false), Group("/biomed"), Everybody);
        Same([2, 3], await FindAsync(Researcher));
        Same([1, 2, 3], await FindAsync(Physician));
        await RestrictAsync(1, User(Researcher), Group("/biomed", mayFind: false), Everybody);
        Same([1, 2, 3], await FindAsync(Researcher));
        Same([2, 3], await FindAsync(Physician));
        Same([1, 2, 3], await FindAsync(Named));
        await RestrictAsync(1, Group("/biomed", mayFind: false), Group("/biomed/Role=physician"));
        Same([1, 2, 3], await FindAsync(Physician));
        Same([2, 3], await FindAsync(Researcher));
        Same([2, 3], await FindAsync(Named));
    }

    [SkippableFact]
    public async Task No_row_is_opened_to_whom_its_collection_does_not_admit()
    {
        Restrictable();
        await RestrictAsync(1, User(Stranger), Everybody);
        await RefusedAsync(MdmErrorKind.NotFound, () => QueryAsync(Stranger));
        Owed.Null(await DescribeAsync(Stranger));
        Owed.DoesNotContain(await QueryAsync(Researcher), static row => row.Attributes.Any(static attribute => attribute.Keyword == "PatientID"));
    }

    [SkippableFact]
    public async Task A_row_that_one_may_not_find_is_answered_as_one_that_never_was()
    {
        Restrictable();
        await RestrictAsync(2, User(Named));
        Same([], await FindAsync(Physician, ("PatientID", "P2")));
        Same([3], await FindAsync(Physician, ("Modality", "CT*")));
        Same([1, 3], (await QueryAsync(Physician, new MetadataQuery(_collection, [], [], 2))).Select(NumberOf));
        Owed.Equal(Text(await QueryAsync(Physician, ("Modality", "XA"))), Text(await QueryAsync(Physician, ("Modality", "CT"))));
        await Store.RemoveAsync(File(2), default);
        Same([1, 3], await FindAsync(Named));
    }

    [SkippableFact]
    public async Task Readers_stay_until_others_are_put_and_go_with_the_row()
    {
        Restrictable();
        await RestrictAsync(1, User(Physician));
        await Store.PutManyAsync([Row(1, ("Modality", ["US"]))], default);
        await DeclareAsync(Columns, Readers);
        Same([2, 3], await FindAsync(Researcher));
        Same([1], await FindAsync(Physician, ("Modality", "US")));
        await Store.RemoveAsync(File(1), default);
        await Store.PutManyAsync([Row(1, ("Modality", ["US"]))], default);
        Same([1, 2, 3], await FindAsync(Researcher));
        await Store.PutManyAsync([Row(4, ("Modality", ["US"])) with { Readers = RowReaders.Only([User(Physician)]) }], default);
        Same([1, 2, 3], await FindAsync(Researcher));
        Same([1, 2, 3, 4], await FindAsync(Physician));
        if (!Keeps)
            return;
        await Store.DisposeAsync();
        _store = await OpenAsync();
        Same([1, 2, 3], await FindAsync(Researcher));
    }

    [SkippableFact]
    public async Task Readers_are_told_of_every_row_as_they_were_put()
    {
        var store = Restrictable();
        RowReaders[] put = [RowReaders.Only([User(Physician), User(Named, mayFind: false), Group("/biomed"), Group("/biomed/Role=physician", mayFind: false), Everybody]), RowReaders.AsCollection, RowReaders.Only([])];
        await RestrictAsync(1, put[0]);
        await RestrictAsync(3, put[2]);
        Owed.Equal(put.Select(static (readers, i) => new RowRights(File(i + 1), readers)), await ReadersAsync(store));
        await RestrictAsync(1, RowReaders.AsCollection);
        Owed.Equal([RowReaders.AsCollection, RowReaders.AsCollection, put[2]], (await ReadersAsync(store)).Select(static rights => rights.Readers));
        await RefusedAsync(MdmErrorKind.NotFound, async () => await store.ListReadersAsync(NewPath(), default).GetAsyncEnumerator().MoveNextAsync());
        // More than any page.
        await Store.PutManyAsync([.. Enumerable.Range(10, 2500).Select(i => Row(i) with { Readers = RowReaders.Only([new RowReader(DistinguishedName.Parse($"/CN=Reader {i}"), null, true)]) })], default);
        var all = await ReadersAsync(store);
        Owed.Equal([File(1), File(2), File(3), .. Enumerable.Range(10, 2500).Select(File)], all.Select(static rights => rights.File));
        Owed.Equal(Enumerable.Range(10, 2500).Select(i => $"/CN=Reader {i}"), all.Skip(3).Select(static rights => rights.Readers.Named[0].User!.ToString()));
    }

    private async Task<List<RowRights>> ReadersAsync(IRestrictableMetadataStore store)
    {
        var all = new List<RowRights>();
        await foreach (var rights in store.ListReadersAsync(_collection, default))
            all.Add(rights);
        return all;
    }
}
