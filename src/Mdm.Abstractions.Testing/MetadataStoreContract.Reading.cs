using System.Globalization;

namespace Mdm.Abstractions.Testing;

/// <content>Describing, asking, and what nobody may find out.</content>
public abstract partial class MetadataStoreContract
{
    [SkippableFact]
    public async Task Each_sees_the_attributes_of_the_groups_he_was_given()
    {
        Owed.Equal(Columns.Select(static column => column.Name).Order(), (await DescribeAsync(Physician))!.Order());
        Owed.Equal(Columns.Skip(1).Select(static column => column.Name).Order(), (await DescribeAsync(Researcher))!.Order());
        Owed.Equal(["PatientID"], (await DescribeAsync(Named))!);
        Owed.Null(await DescribeAsync(Stranger));
    }

    [SkippableFact]
    public async Task Rows_have_what_their_reader_may_see_and_no_more()
    {
        Owed.All(await QueryAsync(Researcher), static row => Owed.DoesNotContain(row.Attributes, static attribute => attribute.Keyword == "PatientID"));
        Owed.All(await QueryAsync(Researcher), static row => Owed.Null(row.Path));
        Owed.All(await QueryAsync(Named), static row => Owed.Equal("PatientID", Owed.Single(row.Attributes).Keyword));
        Owed.All(await QueryAsync(Named), static row => Owed.Equal(PathOf(NumberOf(row)), row.Path));
    }

    [SkippableFact]
    public async Task Everybody_who_is_known_may_be_let_in()
    {
        await DeclareAsync(Columns, new MetadataGrant(null, null, ["image"]));
        Same([1], await FindAsync(Stranger, ("Modality", "MR")));
        Owed.DoesNotContain("PatientID", (await DescribeAsync(Physician))!);
    }

    [SkippableFact]
    public async Task Whom_a_new_declaration_does_not_name_is_out_at_once()
    {
        await DeclareAsync(Columns, new MetadataGrant(Fqan.Parse("/biomed"), null, ["image"]));
        await RefusedAsync(MdmErrorKind.NotFound, () => FindAsync(Named));
        await RefusedAsync(MdmErrorKind.NotFound, () => FindAsync(Physician, ("PatientID", "P1")));
        await DeclareAsync(Columns);
        await RefusedAsync(MdmErrorKind.NotFound, () => FindAsync(Researcher));
        Owed.Null(await DescribeAsync(Researcher));
    }

    [SkippableFact]
    public async Task An_attribute_that_is_declared_in_another_group_goes_by_that_one()
    {
        await DeclareAsync([new MetadataColumn("Modality", "varchar(16)", "patient")], Readers);
        Owed.DoesNotContain("Modality", (await DescribeAsync(Researcher))!);
        await RefusedAsync(MdmErrorKind.NotFound, () => FindAsync(Researcher, ("Modality", "MR")));
    }

    [SkippableTheory]
    [InlineData("PatientID", "P1")]
    [InlineData("PatientID", "nobody's")]
    [InlineData("PatientID", "*")]
    [InlineData("PatientID", "20200101-20201231")]
    public async Task A_condition_on_what_one_may_not_read_is_answered_as_one_on_what_never_was(string keyword, string pattern)
    {
        var hidden = await RefusedAsync(MdmErrorKind.NotFound, () => FindAsync(Researcher, (keyword, pattern)));
        var never = await RefusedAsync(MdmErrorKind.NotFound, () => FindAsync(Researcher, ("NeverWas", pattern)));
        Owed.Equal(never.Message.Replace("NeverWas", keyword, StringComparison.Ordinal), hidden.Message);
        // Not even behind a condition that nothing fulfils.
        await RefusedAsync(MdmErrorKind.NotFound, () => FindAsync(Researcher, ("Modality", "none"), (keyword, pattern)));
    }

    [SkippableFact]
    public async Task Asking_for_what_one_may_not_read_gives_the_rows_without_it_as_for_what_never_was()
    {
        var hidden = await QueryAsync(Researcher, new MetadataQuery(_collection, [], ["PatientID", "Modality"], 10));
        var never = await QueryAsync(Researcher, new MetadataQuery(_collection, [], ["NeverWas", "Modality"], 10));
        Owed.Equal(3, hidden.Count);
        Owed.Equal(Text(never), Text(hidden));
    }

    [SkippableFact]
    public async Task The_order_of_rows_does_not_tell_of_what_one_may_not_read()
    {
        var before = (await QueryAsync(Researcher)).ConvertAll(NumberOf);
        await Store.PutManyAsync([Row(1, ("PatientID", ["Z"])), Row(2, ("PatientID", ["Y"])), Row(3, ("PatientID", ["A"]))], default);
        Owed.Equal(before, (await QueryAsync(Researcher)).ConvertAll(NumberOf));
    }

    [SkippableFact]
    public async Task A_collection_that_one_may_not_know_is_answered_as_one_that_never_was()
    {
        var never = NewPath();
        var hidden = await RefusedAsync(MdmErrorKind.NotFound, () => FindAsync(Stranger, ("Modality", "MR")));
        var nothing = await RefusedAsync(MdmErrorKind.NotFound, () => QueryAsync(Stranger, new MetadataQuery(never, [new AttributeCondition("Modality", ["MR"])], [], 10)));
        Owed.Equal(nothing.Message.Replace(never.ToString(), _collection.ToString(), StringComparison.Ordinal), hidden.Message);
    }

    [SkippableTheory]
    [InlineData("Modality", "MR", new[] { 1 })]
    [InlineData("Modality", "mr", new int[0])]
    [InlineData("Modality", "M*", new[] { 1 })]
    [InlineData("Modality", "?T", new[] { 2 })]
    [InlineData("Modality", "CT[x]", new[] { 3 })]
    [InlineData("Modality", "CT[*", new[] { 3 })]
    [InlineData("Modality", "' OR '1'='1", new int[0])]
    [InlineData("Modality", "%", new int[0])]
    [InlineData("ImageType", "PRIMARY", new[] { 1 })]
    [InlineData("ImageType", "ORIGINAL", new[] { 1 })]
    [InlineData("ImageType", "ORIG*", new[] { 1 })]
    [InlineData("ImageType", "RIGINAL", new int[0])]
    [InlineData("StudyDate", "20200102", new[] { 1 })]
    [InlineData("StudyDate", "20210304", new[] { 2 })]
    [InlineData("StudyDate", "20200101-20201231", new[] { 1 })]
    [InlineData("StudyDate", "20200103-", new[] { 2 })]
    [InlineData("StudyDate", "-20210304", new[] { 1, 2 })]
    [InlineData("InstanceNumber", "7", new[] { 1 })]
    [InlineData("InstanceNumber", "seven", new int[0])]
    [InlineData("InstanceNumber", "*", new[] { 1 })]
    [InlineData("Exposure", "1.5", new[] { 1 })]
    [InlineData("SliceThickness", "1.5", new[] { 1 })]
    public async Task Patterns_are_values_ranges_of_dates_and_wild_cards(string keyword, string pattern, int[] expected)
    {
        Owed.Equal(expected, await FindAsync(Physician, (keyword, pattern)));
        Owed.Equal(expected, await FindAsync(Physician, (keyword, pattern), ("PatientID", "P?")));
    }

    [SkippableFact]
    public async Task One_pattern_of_a_condition_is_enough_and_all_conditions_must_hold()
    {
        var either = new AttributeCondition("Modality", ["MR", "CT"]);
        Same([1, 2], (await QueryAsync(Physician, new MetadataQuery(_collection, [either], [], 10))).Select(NumberOf).Order());
        Same([1], (await QueryAsync(Physician, new MetadataQuery(_collection, [either, new AttributeCondition("PatientID", ["P1"])], [], 10))).Select(NumberOf));
    }

    [SkippableFact]
    public async Task Values_come_back_as_what_their_type_says()
    {
        Owed.Equal(["ORIGINAL", "PRIMARY"], await ValuesAsync(1, "ImageType"));
        Owed.Equal(["7"], await ValuesAsync(1, "InstanceNumber"));
        Owed.Equal(1.5, double.Parse(Owed.Single(await ValuesAsync(1, "Exposure")), CultureInfo.InvariantCulture));
        Owed.Equal(1.5m, decimal.Parse(Owed.Single(await ValuesAsync(1, "SliceThickness")), CultureInfo.InvariantCulture));
        Owed.Equal("2020-01-02 00:00:00", Owed.Single(await ValuesAsync(1, "StudyDate")));
        Owed.Equal("2021-03-04 05:06:07", Owed.Single(await ValuesAsync(2, "StudyDate")));
    }

    [SkippableFact]
    public async Task No_more_rows_come_than_were_asked_for_and_the_first_ones_are_always_the_same()
    {
        await Store.PutManyAsync([.. Enumerable.Range(1000, 2500).Select(i => Row(i, ("Modality", ["XA"])))], default);
        var all = await QueryAsync(Physician, ("Modality", "XA"));
        Owed.Equal(2500, all.Count);
        var first = await QueryAsync(Physician, new MetadataQuery(_collection, [new AttributeCondition("Modality", ["XA"])], [], 1500));
        Owed.Equal(all.Take(1500).Select(NumberOf), first.Select(NumberOf));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_limit_below_one_is_a_fault_of_the_caller(int limit) =>
        await Owed.ThrowsAnyAsync<ArgumentException>(() => QueryAsync(Physician, new MetadataQuery(_collection, [], [], limit)));

    [SkippableFact]
    public async Task A_query_that_is_too_large_is_refused_as_that()
    {
        var huge = new AttributeCondition("Modality", [.. Enumerable.Range(0, 200_000).Select(static i => i.ToString(CultureInfo.InvariantCulture))]);
        await RefusedAsync(MdmErrorKind.Refused, () => QueryAsync(Physician, new MetadataQuery(_collection, [huge], [], 10)));
    }

    [SkippableFact]
    public async Task An_answer_ends_when_it_is_cancelled()
    {
        await Owed.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Store.QueryAsync(new MetadataQuery(_collection, [], [], 10), Physician, new CancellationToken(canceled: true)))
            {
            }
        });
        await Owed.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Store.DescribeAsync(Physician, new CancellationToken(canceled: true)))
            {
            }
        });
    }

    [SkippableFact]
    public async Task A_reader_who_stops_in_the_middle_holds_nobody_up()
    {
        await foreach (var _ in Store.QueryAsync(new MetadataQuery(_collection, [], [], 10), Physician, default))
            break;
        await using var halfway = Store.QueryAsync(new MetadataQuery(_collection, [], [], 10), Physician, default).GetAsyncEnumerator();
        Owed.True(await halfway.MoveNextAsync());
        await Store.PutManyAsync([Row(4, ("Modality", ["MR"]))], default).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Same([1, 4], await FindAsync(Physician, ("Modality", "MR")));
    }
}
