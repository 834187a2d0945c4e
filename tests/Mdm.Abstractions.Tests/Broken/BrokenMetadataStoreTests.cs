using System.Collections.Immutable;
using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests.Broken;

/// <summary>Metadata stores broken in one way each, and the obligation that must notice it.</summary>
public sealed class BrokenMetadataStoreTests
{
    private static readonly GridIdentity Everything = People.Physician;

    private static readonly (string Name, string Obligation, Action<Tuned> Break)[] Table =
    [
        ("describes everything to everybody", nameof(MetadataStoreContract.Each_sees_the_attributes_of_the_groups_he_was_given), s => s.Describe = (_, t) => s.Sound.DescribeAsync(Everything, t)),
        ("shows everything to everybody", nameof(MetadataStoreContract.Rows_have_what_their_reader_may_see_and_no_more), s => s.Query = (q, _, t) => s.Sound.QueryAsync(q, Everything, t)),
        ("keeps its first readers", nameof(MetadataStoreContract.Whom_a_new_declaration_does_not_name_is_out_at_once), s => s.Declare = KeepsReaders(s)),
        ("keeps the first group of an attribute", nameof(MetadataStoreContract.An_attribute_that_is_declared_in_another_group_goes_by_that_one), s => s.Declare = (c, r, t) => c.Columns.Length == 1 && c.Columns[0].Name == "Modality" ? s.Sound.DeclareAsync(c with { Columns = [c.Columns[0] with { Group = "image" }] }, r, t) : s.Sound.DeclareAsync(c, r, t)),
        ("answers conditions on what one may not read", nameof(MetadataStoreContract.A_condition_on_what_one_may_not_read_is_answered_as_one_on_what_never_was), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q, q.Conditions.Any(c => c.Keyword == "PatientID") ? Everything : who, t)),
        ("says AccessDenied for what one may not read", nameof(MetadataStoreContract.A_condition_on_what_one_may_not_read_is_answered_as_one_on_what_never_was), s => s.Query = (q, who, t) => q.Conditions.Any(c => c.Keyword == "PatientID") ? throw new MdmException(MdmErrorKind.AccessDenied, "No.") : s.Sound.QueryAsync(q, who, t)),
        ("gives what was asked for", nameof(MetadataStoreContract.Asking_for_what_one_may_not_read_gives_the_rows_without_it_as_for_what_never_was), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q, q.Attributes.Contains("PatientID") ? Everything : who, t)),
        ("orders rows by what one may not read", nameof(MetadataStoreContract.The_order_of_rows_does_not_tell_of_what_one_may_not_read), s => s.Query = (q, who, t) => OrderedByPatient(s, q, who, t)),
        ("tells of a collection that one may not know", nameof(MetadataStoreContract.A_collection_that_one_may_not_know_is_answered_as_one_that_never_was), s => s.Query = (q, who, t) => who.Holds(Fqan.Parse("/other")) && s.Declared.Contains(q.Collection) ? throw new MdmException(MdmErrorKind.NotFound, "Not for you.") : s.Sound.QueryAsync(q, who, t)),
        ("takes brackets for a pattern", nameof(MetadataStoreContract.Patterns_are_values_ranges_of_dates_and_wild_cards), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q with { Conditions = [.. q.Conditions.Select(c => c with { AnyOf = [.. c.AnyOf.Select(p => p.Replace("[x]", "x", StringComparison.Ordinal))] })] }, who, t)),
        ("takes the first pattern alone", nameof(MetadataStoreContract.One_pattern_of_a_condition_is_enough_and_all_conditions_must_hold), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q with { Conditions = [.. q.Conditions.Select(c => c with { AnyOf = [c.AnyOf[0]] })] }, who, t)),
        ("takes the first condition alone", nameof(MetadataStoreContract.One_pattern_of_a_condition_is_enough_and_all_conditions_must_hold), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q with { Conditions = [.. q.Conditions.Take(1)] }, who, t)),
        ("gives one value of many", nameof(MetadataStoreContract.Values_come_back_as_what_their_type_says), s => s.Query = (q, who, t) => Each(s.Sound.QueryAsync(q, who, t), r => r with { Attributes = [.. r.Attributes.Select(a => a with { Values = [a.Values[0]] })] })),
        ("gives one page", nameof(MetadataStoreContract.No_more_rows_come_than_were_asked_for_and_the_first_ones_are_always_the_same), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q with { Limit = Math.Min(q.Limit, 1000) }, who, t)),
        ("takes a limit of none for no limit", nameof(MetadataStoreContract.A_limit_below_one_is_a_fault_of_the_caller), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q with { Limit = q.Limit < 1 ? 100 : q.Limit }, who, t)),
        ("answers part of a query that is too large", nameof(MetadataStoreContract.A_query_that_is_too_large_is_refused_as_that), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q with { Conditions = [.. q.Conditions.Select(c => c with { AnyOf = [.. c.AnyOf.Take(100)] })] }, who, t)),
        ("does not hear a cancellation", nameof(MetadataStoreContract.An_answer_ends_when_it_is_cancelled), s => s.Query = (q, who, _) => s.Sound.QueryAsync(q, who, default)),
        ("is another collection each time", nameof(MetadataStoreContract.Declaring_again_is_the_same_collection_with_the_same_rows), s => s.Declare = async (c, r, t) =>
        {
            await s.Sound.DeclareAsync(c, r, t);
            return new Guid(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
        }),
        ("has one id for all", nameof(MetadataStoreContract.Another_collection_has_another_id), s => s.Declare = async (c, r, t) =>
        {
            await s.Sound.DeclareAsync(c, r, t);
            return Guid.Empty;
        }),
        ("puts no second time", nameof(MetadataStoreContract.What_a_row_does_not_name_stays_and_what_it_names_is_replaced), s => s.Put = Once(s)),
        ("does not clear", nameof(MetadataStoreContract.No_value_clears_an_attribute), s => s.Put = (rows, t) => s.Sound.PutManyAsync([.. rows.Select(r => r with { Attributes = [.. r.Attributes.Where(a => a.Values.Length > 0)] })], t)),
        ("keeps the first path", nameof(MetadataStoreContract.A_row_follows_its_file_to_another_path), s => s.Put = (rows, t) => s.Sound.PutManyAsync([.. rows.Select(r => r.Attributes.IsEmpty ? r with { Path = null } : r)], t)),
        ("repeats values in refusals", nameof(MetadataStoreContract.A_value_that_does_not_fit_is_refused_without_being_repeated_and_nothing_of_the_call_is_kept), s => s.Put = async (rows, t) =>
        {
            try
            {
                await s.Sound.PutManyAsync(rows, t);
            }
            catch (MdmException e)
            {
                throw new MdmException(e.Kind, $"{e.Message} {string.Join(' ', rows.SelectMany(r => r.Attributes).SelectMany(a => a.Values))}");
            }
        }),
        ("writes half of a call", nameof(MetadataStoreContract.A_value_that_does_not_fit_is_refused_without_being_repeated_and_nothing_of_the_call_is_kept), s => s.Put = async (rows, t) =>
        {
            foreach (var row in rows)
                await s.Sound.PutManyAsync([row], t);
        }),
        ("ignores readers of rows", nameof(MetadataStoreContract.A_row_is_found_by_whom_its_readers_name_and_by_nobody_else), s => s.Put = (rows, t) => s.Sound.PutManyAsync([.. rows.Select(r => r with { Readers = null })], t)),
        ("lets everybody in where one of them may", nameof(MetadataStoreContract.Who_is_named_himself_goes_by_his_own_entry_and_then_by_his_groups), s => s.Put = (rows, t) => s.Sound.PutManyAsync([.. rows.Select(r => r.Readers?.Named.Any(n => n is { User: null, Group: null, MayFind: true }) == true ? r with { Readers = RowReaders.AsCollection } : r)], t)),
        ("lets a row's readers into its collection", nameof(MetadataStoreContract.No_row_is_opened_to_whom_its_collection_does_not_admit), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q, who.Holds(Fqan.Parse("/other")) ? Everything : who, t)),
        ("counts rows that one may not find", nameof(MetadataStoreContract.A_row_that_one_may_not_find_is_answered_as_one_that_never_was), s => s.Query = (q, who, t) => s.Sound.QueryAsync(q with { Limit = q.Limit == 2 ? 1 : q.Limit }, who, t)),
        ("opens a row with each put", nameof(MetadataStoreContract.Readers_stay_until_others_are_put_and_go_with_the_row), s => s.Put = (rows, t) => s.Sound.PutManyAsync([.. rows.Select(r => r with { Readers = r.Readers ?? RowReaders.AsCollection })], t)),
        ("tells of restricted rows only", nameof(MetadataStoreContract.Readers_are_told_of_every_row_as_they_were_put), s => s.ListReaders = (c, t) => Where(s.Sound.ListReadersAsync(c, t), r => r.Readers.IsRestricted)),
        ("does not remove", nameof(MetadataStoreContract.Removing_takes_a_file_out_of_every_collection_and_is_repeatable), s => s.Remove = (_, _) => default),
        ("does what was cancelled", nameof(MetadataStoreContract.What_is_cancelled_before_it_begins_is_not_done), s => s.Put = (rows, _) => s.Sound.PutManyAsync(rows, default)),
        ("loses what is written at once", nameof(MetadataStoreContract.Many_write_and_read_at_once_and_nothing_is_lost), s => s.Put = (rows, t) => Interlocked.Increment(ref s.Times) % 7 == 6 ? default : s.Sound.PutManyAsync(rows, t)),
    ];

    public static IEnumerable<object[]> Rows => Table.Select(static row => new object[] { row.Name, row.Obligation });

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_metadata_store_that(string breaks, string obligation)
    {
        var row = Table.Single(row => row.Name == breaks);
        Breaks.NamesThePromise(await Breaks.NoticedAsync(typeof(MetadataStoreContract), () => new Suite(row.Break), obligation));
    }

    private static Func<MetadataCollection, ImmutableArray<MetadataGrant>, CancellationToken, ValueTask<Guid>> KeepsReaders(Tuned s)
    {
        ImmutableArray<MetadataGrant>? first = null;
        return (collection, readers, token) => s.Sound.DeclareAsync(collection, first ??= readers, token);
    }

    private static Func<IReadOnlyList<MetadataRow>, CancellationToken, ValueTask> Once(Tuned s)
    {
        var put = new HashSet<FileId>();
        return (rows, token) => s.Sound.PutManyAsync([.. rows.Where(row => put.Add(row.File))], token);
    }

    private static async IAsyncEnumerable<MetadataRow> OrderedByPatient(Tuned s, MetadataQuery query, GridIdentity caller, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        var order = new List<FileId>();
        await foreach (var row in s.Sound.QueryAsync(query, Everything, token).OrderBy(row => row.Attributes.FirstOrDefault(a => a.Keyword == "PatientID")?.Values[0], StringComparer.Ordinal))
            order.Add(row.File);
        await foreach (var row in s.Sound.QueryAsync(query, caller, token).OrderBy(row => order.IndexOf(row.File)))
            yield return row;
    }

    private static async IAsyncEnumerable<MetadataRow> Each(IAsyncEnumerable<MetadataRow> rows, Func<MetadataRow, MetadataRow> change)
    {
        await foreach (var row in rows)
            yield return change(row);
    }

    private static async IAsyncEnumerable<RowRights> Where(IAsyncEnumerable<RowRights> all, Func<RowRights, bool> isTold)
    {
        await foreach (var rights in all)
        {
            if (isTold(rights))
                yield return rights;
        }
    }

    private sealed class Tuned : IRestrictableMetadataStore
    {
        public int Times;

        public Tuned()
        {
            (Describe, Query) = (Sound.DescribeAsync, Sound.QueryAsync);
            (Declare, Put, Remove) = (Sound.DeclareAsync, Sound.PutManyAsync, Sound.RemoveAsync);
            ListReaders = Sound.ListReadersAsync;
        }

        public InMemoryMetadataStore Sound { get; } = new();

        public HashSet<StoragePath> Declared { get; } = [];

        public Func<GridIdentity, CancellationToken, IAsyncEnumerable<MetadataCollection>> Describe { get; set; }

        public Func<MetadataQuery, GridIdentity, CancellationToken, IAsyncEnumerable<MetadataRow>> Query { get; set; }

        public Func<MetadataCollection, ImmutableArray<MetadataGrant>, CancellationToken, ValueTask<Guid>> Declare { get; set; }

        public Func<IReadOnlyList<MetadataRow>, CancellationToken, ValueTask> Put { get; set; }

        public Func<FileId, CancellationToken, ValueTask> Remove { get; set; }

        public Func<StoragePath, CancellationToken, IAsyncEnumerable<RowRights>> ListReaders { get; set; }

        public IAsyncEnumerable<RowRights> ListReadersAsync(StoragePath collection, CancellationToken cancellationToken) => ListReaders(collection, cancellationToken);

        public IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, CancellationToken cancellationToken) => Describe(caller, cancellationToken);

        public IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, CancellationToken cancellationToken) => Query(query, caller, cancellationToken);

        public ValueTask<Guid> DeclareAsync(MetadataCollection collection, ImmutableArray<MetadataGrant> readers, CancellationToken cancellationToken)
        {
            Declared.Add(collection.Path);
            return Declare(collection, readers, cancellationToken);
        }

        public ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken) => Put(rows, cancellationToken);

        public ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken) => Remove(file, cancellationToken);

        public ValueTask DisposeAsync() => Sound.DisposeAsync();
    }

    private sealed class Suite(Action<Tuned> breaks) : MetadataStoreContract
    {
        protected override bool Keeps => false;

        protected override ValueTask<IMetadataStore> OpenAsync()
        {
            var tuned = new Tuned();
            breaks(tuned);
            return new(tuned);
        }
    }
}
