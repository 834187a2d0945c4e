namespace Mdm.Abstractions.Testing;

/// <content>Declaring, putting, removing.</content>
public abstract partial class MetadataStoreContract
{
    [SkippableFact]
    public async Task Declaring_again_is_the_same_collection_with_the_same_rows()
    {
        Owed.Equal(_id, await DeclareAsync(Columns, Readers));
        Same([1, 2, 3], await FindAsync(Physician));
    }

    [SkippableFact]
    public async Task Another_collection_has_another_id()
    {
        Owed.NotEqual(_id, await Store.DeclareAsync(new MetadataCollection(NewPath(), Columns), Readers, default));
        Owed.NotEqual(Guid.Empty, _id);
    }

    [SkippableFact]
    public async Task Declaring_adds_what_is_new_and_keeps_what_is_not_named()
    {
        await DeclareAsync([new MetadataColumn("BodyPart", "varchar(16)", "image")], Readers);
        await Store.PutManyAsync([Row(1, ("BodyPart", ["HEAD"]))], default);
        Same([1], await FindAsync(Physician, ("BodyPart", "HEAD"), ("Modality", "MR")));
    }

    [SkippableFact]
    public async Task An_attribute_that_is_there_with_another_type_is_refused_and_nothing_is_changed()
    {
        await RefusedAsync(MdmErrorKind.Refused, async () => await DeclareAsync([new MetadataColumn("Fresh", "int", "image"), new MetadataColumn("Modality", "int", "image")], []));
        Same([1], await FindAsync(Physician, ("Modality", "MR")));
        Owed.DoesNotContain("Fresh", (await DescribeAsync(Physician))!);
    }

    [SkippableTheory]
    [InlineData("a b", "int")]
    [InlineData("1a", "int")]
    [InlineData("a;--", "int")]
    [InlineData("", "int")]
    [InlineData("Fine", "blob")]
    [InlineData("Fine", "varchar(0)")]
    [InlineData("Fine", "int); DROP TABLE x")]
    public async Task A_name_or_type_that_cannot_be_is_refused(string name, string type) =>
        await RefusedAsync(MdmErrorKind.Refused, async () => await DeclareAsync([new MetadataColumn(name, type, "image")], Readers));

    [SkippableFact]
    public async Task Putting_the_same_again_changes_nothing()
    {
        var before = await QueryAsync(Physician, ("Modality", "CT"));
        await Store.PutManyAsync([Row(2, ("PatientID", ["P2"]), ("Modality", ["CT"]), ("ImageType", ["DERIVED"]), ("StudyDate", ["2021-03-04 05:06:07"]))], default);
        Owed.Equal(Text(before), Text(await QueryAsync(Physician, ("Modality", "CT"))));
    }

    [SkippableFact]
    public async Task What_a_row_does_not_name_stays_and_what_it_names_is_replaced()
    {
        await Store.PutManyAsync([Row(1, ("Modality", ["PT"])) with { Path = null }], default);
        var row = Owed.Single(await QueryAsync(Physician, ("Modality", "PT")));
        Owed.Equal(1, NumberOf(row));
        Owed.Equal(PathOf(1), row.Path);
        Owed.Equal(["P1"], await ValuesAsync(1, "PatientID"));
        Owed.Empty(await FindAsync(Physician, ("Modality", "MR")));
    }

    [SkippableFact]
    public async Task No_value_clears_an_attribute()
    {
        await Store.PutManyAsync([Row(1, ("Modality", []), ("ImageType", []))], default);
        Owed.Empty(await ValuesAsync(1, "Modality"));
        Owed.Empty(await ValuesAsync(1, "ImageType"));
        Owed.Equal(["P1"], await ValuesAsync(1, "PatientID"));
    }

    [SkippableFact]
    public async Task A_row_follows_its_file_to_another_path()
    {
        await Store.PutManyAsync([Row(1) with { Path = StoragePath.Parse("/grid/moved/1.dcm") }], default);
        Owed.Equal(StoragePath.Parse("/grid/moved/1.dcm"), Owed.Single(await QueryAsync(Physician, ("Modality", "MR"))).Path);
    }

    [SkippableFact]
    public async Task What_was_not_declared_is_not_found()
    {
        await RefusedAsync(MdmErrorKind.NotFound, async () => await Store.PutManyAsync([Row(4, ("Nothing", ["x"]))], default));
        await RefusedAsync(MdmErrorKind.NotFound, async () => await Store.PutManyAsync([Row(4) with { Collection = StoragePath.Parse("/contract/nowhere") }], default));
    }

    [SkippableTheory]
    [InlineData("InstanceNumber", "many-DOE")]
    [InlineData("Exposure", "DOE")]
    [InlineData("StudyDate", "yesterday-DOE")]
    [InlineData("SliceThickness", "12345678.9DOE")]
    [InlineData("Modality", "DOE-and-far-too-long-for-sixteen")]
    public async Task A_value_that_does_not_fit_is_refused_without_being_repeated_and_nothing_of_the_call_is_kept(string keyword, string value)
    {
        var refusal = await RefusedAsync(MdmErrorKind.Refused, async () => await Store.PutManyAsync([Row(5, ("Modality", ["XA"])), Row(6, (keyword, [value]))], default));
        Owed.DoesNotContain("DOE", refusal.ToString(), StringComparison.Ordinal);
        Same([1, 2, 3], await FindAsync(Physician));
    }

    [SkippableFact]
    public async Task A_row_does_not_say_its_values_where_it_is_logged()
    {
        Owed.DoesNotContain("P1", Owed.Single(await QueryAsync(Physician, ("Modality", "MR"))).ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Removing_takes_a_file_out_of_every_collection_and_is_repeatable()
    {
        var other = NewPath();
        await Store.DeclareAsync(new MetadataCollection(other, Columns), Readers, default);
        await Store.PutManyAsync([Row(1, ("Modality", ["MR"])) with { Collection = other }], default);

        await Store.RemoveAsync(File(1), default);
        await Store.RemoveAsync(File(1), default);

        Same([2, 3], await FindAsync(Physician));
        Owed.Empty(await QueryAsync(Physician, new MetadataQuery(other, [], [], 10)));
        await Store.PutManyAsync([Row(1, ("Modality", ["MR"]))], default);
        Owed.Empty(await ValuesAsync(1, "PatientID"));
    }

    [SkippableFact]
    public async Task What_is_cancelled_before_it_begins_is_not_done()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Owed.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutManyAsync([Row(4, ("Modality", ["MR"]))], cancelled));
        await Owed.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.RemoveAsync(File(1), cancelled));
        await Owed.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.DeclareAsync(new MetadataCollection(_collection, Columns), [], cancelled));
        Same([1, 2, 3], await FindAsync(Physician));
    }

    [SkippableFact]
    public async Task Many_write_and_read_at_once_and_nothing_is_lost()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                await Store.PutManyAsync([Row(100 + (writer * 10) + i, ("Modality", ["XA"])), Row(4, (writer % 2 == 0 ? "Modality" : "ImageType", ["US"]))], default);
                await FindAsync(Researcher, ("Modality", "XA"));
            }
        })));
        Owed.Equal(Enumerable.Range(100, 80), await FindAsync(Physician, ("Modality", "XA")));
        Same([4], await FindAsync(Physician, ("Modality", "US"), ("ImageType", "US")));
    }

    [SkippableFact]
    public async Task Closing_and_opening_again_loses_nothing()
    {
        Skip.IfNot(Keeps, "The store forgets when closed.");
        await Store.DisposeAsync();
        _store = await OpenAsync();
        Same([1, 2, 3], await FindAsync(Physician));
        Owed.Equal(_id, await DeclareAsync(Columns, Readers));
    }

    private static string Text(IEnumerable<MetadataRow> rows) =>
        string.Join('\n', rows.Select(static row => $"{row.File} {row.Path} {string.Join(' ', row.Attributes.OrderBy(static attribute => attribute.Keyword, StringComparer.Ordinal).Select(static attribute => $"{attribute.Keyword}={string.Join('|', attribute.Values)}"))}"));
}
