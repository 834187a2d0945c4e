using System.Collections.Immutable;
using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests.Broken;

/// <summary>Backends broken in one way each, and the obligation that must notice it.</summary>
public sealed class BrokenBackendTests
{
    private static readonly ArchiveObjectId Missing = new("2.25.1/2.25.404");

    private static readonly (string Name, string Obligation, Action<TunedBackend> Break)[] Table =
    [
        ("finds nothing", nameof(StorageBackendContract.What_is_there_is_found_under_its_id_with_its_type), b => b.Find = (_, _) => new((ArchiveObjectInfo?)null)),
        ("tells another media type", nameof(StorageBackendContract.What_is_there_is_found_under_its_id_with_its_type), b => b.Find = async (id, t) => await b.Sound.FindAsync(id, t) is { } info ? info with { MediaType = "x/y" } : null),
        ("tells another length", nameof(StorageBackendContract.What_is_there_is_found_under_its_id_with_its_type), b => b.Find = async (id, t) => await b.Sound.FindAsync(id, t) is { } info ? info with { Length = 1 } : null),
        ("tells of another object", nameof(StorageBackendContract.What_is_there_is_found_under_its_id_with_its_type), b => b.Find = (_, t) => b.Sound.FindAsync(new("plain"), t)),
        ("finds what is not there", nameof(StorageBackendContract.Find_is_null_for_what_is_not_there), b => b.Find = (id, _) => new(new ArchiveObjectInfo(id, "x/y"))),
        ("throws where Find is null", nameof(StorageBackendContract.Find_is_null_for_what_is_not_there), b => b.Find = async (id, t) => await b.Sound.FindAsync(id, t) ?? throw new MdmException(MdmErrorKind.NotFound, "None.")),
        ("opens what is not there", nameof(StorageBackendContract.Opening_what_is_not_there_is_refused_as_not_found), b => b.OpenRead = (id, _) => new(Content(id, []))),
        ("throws KeyNotFoundException", nameof(StorageBackendContract.Opening_what_is_not_there_is_refused_as_not_found), b => b.OpenRead = (id, t) => id == Missing ? throw new KeyNotFoundException() : b.Sound.OpenReadAsync(id, t)),
        ("says Unavailable for what is not there", nameof(StorageBackendContract.Opening_what_is_not_there_is_refused_as_not_found), b => b.OpenRead = (id, t) => id == Missing ? throw new MdmException(MdmErrorKind.Unavailable, "None.") : b.Sound.OpenReadAsync(id, t)),
        ("takes any id", nameof(StorageBackendContract.An_id_of_another_form_is_refused), b => b.Find = (id, t) => id.Value.Contains("//", StringComparison.Ordinal) ? new((ArchiveObjectInfo?)null) : b.Sound.FindAsync(id, t)),
        ("knows wild cards", nameof(StorageBackendContract.A_strange_id_leads_to_nothing), b => b.Find = (id, t) => b.Sound.FindAsync(id.Value == "*" ? new("plain") : id, t)),
        ("throws at strange ids", nameof(StorageBackendContract.A_strange_id_leads_to_nothing), b => b.Find = (id, t) => id.Value.Length > 1000 ? throw new PathTooLongException() : b.Sound.FindAsync(id, t)),
        ("ends too early", nameof(StorageBackendContract.Every_object_reads_to_its_end_with_the_bytes_it_has), b => b.OpenRead = Faulty(b, ArchiveFault.TooShort)),
        ("goes on too long", nameof(StorageBackendContract.Every_object_reads_to_its_end_with_the_bytes_it_has), b => b.OpenRead = Faulty(b, ArchiveFault.TooLong)),
        ("never ends", nameof(StorageBackendContract.Every_object_reads_to_its_end_with_the_bytes_it_has), b => b.OpenRead = Faulty(b, ArchiveFault.Endless)),
        ("breaks off", nameof(StorageBackendContract.Every_object_reads_to_its_end_with_the_bytes_it_has), b => b.OpenRead = Faulty(b, ArchiveFault.BreaksOff)),
        ("throws in the middle", nameof(StorageBackendContract.Every_object_reads_to_its_end_with_the_bytes_it_has), b => b.OpenRead = Faulty(b, ArchiveFault.ForeignHalfway)),
        ("hangs in the middle", nameof(StorageBackendContract.Every_object_reads_to_its_end_with_the_bytes_it_has), b => b.OpenRead = Faulty(b, ArchiveFault.HangsHalfway)),
        ("hangs at opening", nameof(StorageBackendContract.Every_object_reads_to_its_end_with_the_bytes_it_has), b => b.OpenRead = Faulty(b, ArchiveFault.Hangs)),
        ("is not there", nameof(StorageBackendContract.Every_object_reads_to_its_end_with_the_bytes_it_has), b => b.OpenRead = Faulty(b, ArchiveFault.Unavailable)),
        ("changes a byte", nameof(StorageBackendContract.Every_object_reads_to_its_end_with_the_bytes_it_has), b => b.OpenRead = async (id, t) => Content(id, Changed(await Bytes(b, id, t)))),
        ("gives an object once", nameof(StorageBackendContract.The_same_object_gives_the_same_bytes_again_in_pieces_of_any_size), b => b.OpenRead = Once(b)),
        ("opens as another version", nameof(StorageBackendContract.An_opened_object_says_of_itself_what_Find_says), b => b.OpenRead = async (id, t) => Content((await b.Sound.FindAsync(id, t))! with { Version = "x" }, await Bytes(b, id, t))),
        ("returns a failure", nameof(StorageBackendContract.An_opened_object_says_of_itself_what_Find_says), b => b.OpenRead = (id, _) => new(ArchiveContent.Failed(id, new MdmException(MdmErrorKind.Busy, "Busy.")))),
        ("can be written", nameof(StorageBackendContract.At_its_end_a_stream_stays_there), b => b.OpenRead = async (id, t) => ArchiveContent.Opened((await b.Sound.FindAsync(id, t))!, new MemoryStream(await Bytes(b, id, t)))),
        ("begins again", nameof(StorageBackendContract.At_its_end_a_stream_stays_there), b => b.OpenRead = async (id, t) => ArchiveContent.Opened((await b.Sound.FindAsync(id, t))!, new Ring(await Bytes(b, id, t)))),
        ("fails when closed twice", nameof(StorageBackendContract.Closing_twice_is_no_error), b => b.Close = ThrowsFrom(2)),
        ("has connections that are not given back", nameof(StorageBackendContract.Readers_who_leave_in_the_middle_take_nothing_with_them), b => b.OpenRead = Pool(b, 8)),
        ("gives all readers at one time one stream", nameof(StorageBackendContract.Many_read_at_once_and_each_gets_his_own_bytes), b => b.OpenRead = OneAtATime(b)),
        ("is busy for good", nameof(StorageBackendContract.Many_read_at_once_and_each_gets_his_own_bytes), b => b.OpenRead = Pool(b, 3)),
        ("does not hear a cancellation of Find", nameof(StorageBackendContract.Cancelling_ends_finding_and_opening_soon), b => b.Find = Deaf<ArchiveObjectId, ArchiveObjectInfo?>(b.Sound.FindAsync)),
        ("does not hear a cancellation of OpenRead", nameof(StorageBackendContract.Cancelling_ends_finding_and_opening_soon), b => b.OpenRead = Deaf<ArchiveObjectId, ArchiveContent>(b.Sound.OpenReadAsync)),
        ("calls a cancellation unavailable", nameof(StorageBackendContract.Cancelling_ends_finding_and_opening_soon), b => b.Find = (id, t) => t.IsCancellationRequested ? throw new MdmException(MdmErrorKind.Unavailable, "Cancelled.") : b.Sound.FindAsync(id, t)),
        ("does not hear a cancellation of a read", nameof(StorageBackendContract.Cancelling_ends_a_read_soon), b => b.OpenRead = Faulty(b, ArchiveFault.Deaf)),
        ("repeats the id", nameof(StorageBackendContract.Errors_carry_no_patient_data_and_no_ids), b => b.OpenRead = (id, t) => id == Missing ? throw new MdmException(MdmErrorKind.NotFound, $"No {id.Value}.") : b.Sound.OpenReadAsync(id, t)),
        ("names the patient", nameof(StorageBackendContract.Errors_carry_no_patient_data_and_no_ids), b => b.OpenRead = (_, _) => throw new MdmException(MdmErrorKind.NotFound, "Not of wolkenstein^ottilie.")),

        ("lists an object twice", nameof(StorageBackendContract.A_listing_has_every_object_once), b => b.Browse = (s, t) => Then(b.Sound.BrowseAsync(s, t), b.Sound.BrowseAsync(s, t))),
        ("leaves an object out", nameof(StorageBackendContract.A_listing_has_every_object_once), b => b.Browse = (s, t) => Skipping(b.Sound.BrowseAsync(s, t))),
        ("breaks a listing off", nameof(StorageBackendContract.A_listing_has_every_object_once), b => b.Browse = (s, t) => Then(b.Sound.BrowseAsync(s, t), Throwing<ArchiveEntry>(new MdmException(MdmErrorKind.Unavailable, "Gone.")))),
        ("lists another type", nameof(StorageBackendContract.A_listing_says_of_an_object_what_Find_says), b => b.Browse = Each(b, e => e with { Info = e.Info with { MediaType = "x/y" } })),
        ("lists another version", nameof(StorageBackendContract.A_listing_says_of_an_object_what_Find_says), b => b.Browse = Each(b, e => e with { Info = e.Info with { Version = "0" } })),
        ("has labels with slashes", nameof(StorageBackendContract.Labels_can_be_names_in_a_path), b => b.Browse = Each(b, e => e with { Labels = ["a/b"] })),
        ("has labels that lead up", nameof(StorageBackendContract.Labels_can_be_names_in_a_path), b => b.Browse = Each(b, e => e with { Labels = [".."] })),
        ("has no labels", nameof(StorageBackendContract.Labels_can_be_names_in_a_path), b => b.Browse = Each(b, e => e with { Labels = [] })),
        ("names attributes by tag", nameof(StorageBackendContract.Attributes_are_named_by_keyword_each_once_and_have_a_representation), b => b.Browse = Each(b, e => e with { Attributes = [new("(0010,0010)", "PN", ["x"])] })),
        ("has an attribute twice", nameof(StorageBackendContract.Attributes_are_named_by_keyword_each_once_and_have_a_representation), b => b.Browse = Each(b, e => e with { Attributes = [new("PatientID", "LO", ["x"]), new("PatientID", "LO", ["x"])] })),
        ("has no representation", nameof(StorageBackendContract.Attributes_are_named_by_keyword_each_once_and_have_a_representation), b => b.Browse = Each(b, e => e with { Attributes = [new("PatientID", "", ["x"])] })),
        ("selects too little", nameof(StorageBackendContract.A_selection_never_leaves_out_what_matches), b => b.Browse = (s, t) => s.Conditions.IsEmpty ? b.Sound.BrowseAsync(s, t) : Skipping(b.Sound.BrowseAsync(s, t))),
        ("knows no wild cards", nameof(StorageBackendContract.A_selection_never_leaves_out_what_matches), b => b.Browse = (s, t) => b.Sound.BrowseAsync(s with { Conditions = [.. s.Conditions.Select(c => c with { AnyOf = [.. c.AnyOf.Where(p => !p.Contains('*', StringComparison.Ordinal))] })] }, t)),
        ("takes the hint for a filter", nameof(StorageBackendContract.ChangedSince_is_only_a_hint), b => b.Browse = (s, t) => s.ChangedSince is null ? b.Sound.BrowseAsync(s, t) : Empty<ArchiveEntry>()),
        ("calculates with the hint", nameof(StorageBackendContract.ChangedSince_is_only_a_hint), b => b.Browse = (s, t) => b.Sound.BrowseAsync(s with { ChangedSince = s.ChangedSince?.AddDays(-1) }, t)),
        ("lets few listings be left", nameof(StorageBackendContract.Leaving_or_cancelling_a_listing_holds_nobody_up), LockedByListings),
        ("does not hear a cancellation of a listing", nameof(StorageBackendContract.Leaving_or_cancelling_a_listing_holds_nobody_up), b => b.Browse = (s, t) => t.CanBeCanceled ? Never<ArchiveEntry>() : b.Sound.BrowseAsync(s, t)),
        ("mixes listings up", nameof(StorageBackendContract.Two_listings_at_once_are_both_complete), b => b.Browse = Shared(b)),
        ("announces nothing", nameof(StorageBackendContract.What_arrives_is_announced), b => b.Watch = t => Cancellable<ArchiveEntry>(t)),
        ("ends announcing", nameof(StorageBackendContract.What_arrives_is_announced), b => b.Watch = _ => Empty<ArchiveEntry>()),

        ("gives an object of many twice", nameof(StorageBackendContract.Of_many_each_comes_once_with_its_own_bytes), b => b.OpenReadMany = (ids, t) => Then(b.Sound.OpenReadManyAsync(ids, t), b.Sound.OpenReadManyAsync([ids[0]], t))),
        ("gives the bytes of another", nameof(StorageBackendContract.Of_many_each_comes_once_with_its_own_bytes), b => b.OpenReadMany = (ids, t) => Swapped(b, ids, t)),
        ("forgets the last", nameof(StorageBackendContract.Of_many_each_comes_once_with_its_own_bytes), b => b.OpenReadMany = (ids, t) => b.Sound.OpenReadManyAsync([.. ids.Distinct().SkipLast(1)], t)),
        ("gives what nobody asked for", nameof(StorageBackendContract.Of_many_each_comes_once_with_its_own_bytes), b => b.OpenReadMany = (ids, t) => Then(b.Sound.OpenReadManyAsync(ids, t), One(Content(Missing, [])))),
        ("stops at the first that is missing", nameof(StorageBackendContract.What_cannot_be_had_comes_as_a_failure_and_the_others_come), b => b.OpenReadMany = (ids, t) => ids.Contains(Missing) ? Throwing<ArchiveContent>(new MdmException(MdmErrorKind.NotFound, "None.")) : b.Sound.OpenReadManyAsync(ids, t)),
        ("keeps silent about what is missing", nameof(StorageBackendContract.What_cannot_be_had_comes_as_a_failure_and_the_others_come), b => b.OpenReadMany = (ids, t) => b.Sound.OpenReadManyAsync([.. ids.Where(id => id != Missing)], t)),
        ("has one stream for all", nameof(StorageBackendContract.A_content_that_was_not_read_does_not_spoil_the_next), b => b.OpenReadMany = (ids, t) => OneStream(b, ids, t)),
        ("holds what was left", nameof(StorageBackendContract.Leaving_many_in_the_middle_holds_nobody_up), LockedByBatches),
        ("asks for everything when for nothing", nameof(StorageBackendContract.Of_none_comes_nothing), b => b.OpenReadMany = (ids, t) => b.Sound.OpenReadManyAsync(ids.Count == 0 ? [new("plain")] : ids, t)),
        ("does not hear a cancellation of many", nameof(StorageBackendContract.Cancelling_ends_many_soon), b => b.OpenReadMany = (_, _) => Never<ArchiveContent>()),

        ("identifies as another object", nameof(StorageBackendContract.What_an_object_is_can_be_told_before_it_is_stored), b => b.Identify = (_, d, _) => new(new ObjectIdentity(d.ProposedId, ["kit"]))),
        ("stores what it identifies", nameof(StorageBackendContract.What_an_object_is_can_be_told_before_it_is_stored), b => b.Identify = async (c, d, t) => new ObjectIdentity((await b.Sound.StoreAsync(c, d, t)).Id, ["kit"])),
        ("labels what it identifies otherwise", nameof(StorageBackendContract.What_an_object_is_can_be_told_before_it_is_stored), b => b.Identify = Relabelled(b)),
        ("stores under an id that is not found", nameof(StorageBackendContract.What_was_stored_is_found_and_read_with_the_same_bytes), b => b.Store = async (c, m, t) => (await b.Sound.StoreAsync(c, m, t)) with { Id = Missing }),
        ("stores one read", nameof(StorageBackendContract.What_comes_in_small_pieces_is_stored_whole), b => b.Store = async (c, m, t) =>
        {
            var buffer = new byte[10_000];
            return await b.Sound.StoreAsync(new MemoryStream(buffer, 0, await c.ReadAsync(buffer, t)), m, t);
        }),
        ("does not delete", nameof(StorageBackendContract.What_was_deleted_is_not_there_and_deleting_it_again_is_no_error), b => b.Delete = (_, _) => default),
        ("deletes once", nameof(StorageBackendContract.What_was_deleted_is_not_there_and_deleting_it_again_is_no_error), b => b.Delete = async (id, t) =>
        {
            _ = await b.Sound.FindAsync(id, t) ?? throw new MdmException(MdmErrorKind.NotFound, "None.");
            await b.Sound.DeleteAsync(id, t);
        }),
        ("stores half of an object", nameof(StorageBackendContract.An_object_whose_source_breaks_off_is_not_stored), b => b.Store = (c, m, t) => StoreWhatComes(b, c, m, t)),
        ("leaves half of an object", nameof(StorageBackendContract.A_store_that_was_cancelled_leaves_nothing), b => b.Store = (c, m, t) => StoreWhatComes(b, c, m, t)),
        ("stores all under one id", nameof(StorageBackendContract.Many_store_at_once_and_each_gets_an_object_of_his_own), b => b.Store = async (c, m, t) => (await b.Sound.StoreAsync(c, m, t)) with { Id = new("plain") }),
        ("stores over what is there", nameof(StorageBackendContract.An_id_that_is_an_objects_is_given_to_no_other), b => b.Store = async (c, m, t) =>
        {
            await b.Sound.DeleteAsync(m.ProposedId, t);
            return await b.Sound.StoreAsync(c, m, t);
        }),
        ("looks before it stores", nameof(StorageBackendContract.Of_many_who_store_under_one_id_one_succeeds), b =>
        {
            var (looked, second) = (0, new TaskCompletionSource());
            b.Store = async (c, m, t) =>
            {
                if (await b.Sound.FindAsync(m.ProposedId, t) is not null)
                    throw new MdmException(MdmErrorKind.AlreadyExists, "There is one.");
                // None stores before another has looked.
                if (Interlocked.Increment(ref looked) == 2)
                    second.SetResult();
                await second.Task;
                var came = new MemoryStream();
                await c.CopyToAsync(came, t);
                var bytes = came.ToArray();
                return new ArchiveObjectInfo(b.Sound.Put(m.ProposedId.Value, bytes, m.MediaType).Id, m.MediaType, bytes.Length);
            };
        }),

        ("defines everything", nameof(StorageBackendContract.What_a_listing_has_is_defined_and_what_nothing_has_is_not), b => b.DefineOne = k => new(k, "LO", false, "image")),
        ("defines nothing", nameof(StorageBackendContract.What_a_listing_has_is_defined_and_what_nothing_has_is_not), b => b.DefineOne = _ => null),
        ("has groups of its own", nameof(StorageBackendContract.What_a_listing_has_is_defined_and_what_nothing_has_is_not), b => b.DefineOne = k => b.Sound.Define(k) is { } d ? d with { Group = "mine" } : null),
        ("describes more than was wanted", nameof(StorageBackendContract.An_objects_beginning_tells_what_was_asked_for_as_the_listing_does), b => b.Describe = async (m, bytes, k, t) => [.. await b.Sound.DescribeAsync(m, bytes, k, t), new("StudyDescription", "LO", ["x"])]),
        ("describes other values", nameof(StorageBackendContract.An_objects_beginning_tells_what_was_asked_for_as_the_listing_does), b => b.Describe = async (m, bytes, k, t) => [.. (await b.Sound.DescribeAsync(m, bytes, k, t)).Select(a => a with { Values = ["x"] })]),
        ("describes nothing", nameof(StorageBackendContract.An_objects_beginning_tells_what_was_asked_for_as_the_listing_does), b => b.Describe = (_, _, _, _) => new([])),
        ("throws at rubbish", nameof(StorageBackendContract.Bytes_that_cannot_be_understood_give_nothing), b => b.Describe = (m, bytes, k, t) => bytes.Length == 0 ? throw new InvalidDataException() : b.Sound.DescribeAsync(m, bytes, k, t)),
        ("refuses rubbish", nameof(StorageBackendContract.Bytes_that_cannot_be_understood_give_nothing), b => b.Describe = (_, _, _, _) => throw new MdmException(MdmErrorKind.Corrupt, "Rubbish.")),
        ("cuts values off", nameof(StorageBackendContract.A_beginning_may_end_anywhere), b => b.Describe = (m, bytes, k, t) => b.Sound.DescribeAsync(m, bytes.Length < 150 ? (byte[])[.. bytes.Span, (byte)'\n', (byte)'\n'] : bytes, k, t)),
        ("probes without a word", nameof(StorageBackendContract.A_probe_tells_in_a_sentence_what_it_found), b => b.Probe = _ => new(" ")),
        ("probes with a patient's name", nameof(StorageBackendContract.A_probe_tells_in_a_sentence_what_it_found), b => b.Probe = _ => new("The first is Wolkenstein.")),
        ("announces something else each time", nameof(StorageBackendContract.What_clients_are_told_is_always_the_same_and_leads_somewhere), b => b.AnnounceOne = Alternating()),
        ("announces its password", nameof(StorageBackendContract.What_clients_are_told_is_always_the_same_and_leads_somewhere), b => b.AnnounceOne = () => new("memory", [new Uri("https://me:secret@example.org/")], ImmutableDictionary<string, string>.Empty)),
    ];

    public static IEnumerable<object[]> Rows => Table.Select(static row => new object[] { row.Name, row.Obligation });

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_backend_that(string breaks, string obligation)
    {
        var row = Table.Single(row => row.Name == breaks);
        Breaks.NamesThePromise(await Breaks.NoticedAsync(typeof(StorageBackendContract), () => new Suite(row.Break), obligation));
    }

    [Fact]
    public void Every_obligation_is_broken_by_something() =>
        Breaks.Obligations(typeof(StorageBackendContract)).Should().BeEquivalentTo(Table.Select(static row => row.Obligation).Distinct());

    private static ArchiveContent Content(ArchiveObjectId id, byte[] bytes) => Content(new ArchiveObjectInfo(id, AttributedText.MediaType), bytes);

    private static ArchiveContent Content(ArchiveObjectInfo info, byte[] bytes) => ArchiveContent.Opened(info, new MemoryStream(bytes, writable: false));

    private static async Task<byte[]> Bytes(TunedBackend b, ArchiveObjectId id, CancellationToken token)
    {
        await using var content = await b.Sound.OpenReadAsync(id, token);
        var bytes = new MemoryStream();
        await content.Stream.CopyToAsync(bytes, token);
        return bytes.ToArray();
    }

    private static byte[] Changed(byte[] bytes)
    {
        bytes[^1] ^= 1;
        return bytes;
    }

    private static Func<ArchiveObjectId, CancellationToken, ValueTask<ArchiveContent>> Faulty(TunedBackend b, ArchiveFault fault)
    {
        var faulty = new FaultyArchive(b.Sound);
        faulty.Fail(fault);
        return faulty.OpenReadAsync;
    }

    private static Func<ArchiveObjectId, CancellationToken, ValueTask<ArchiveContent>> Once(TunedBackend b)
    {
        var given = new HashSet<ArchiveObjectId>();
        return async (id, token) => given.Add(id) ? await b.Sound.OpenReadAsync(id, token) : Content(id, Changed(await Bytes(b, id, token)));
    }

    /// <summary>So many connections, none of which is ever given back.</summary>
    private static Func<ArchiveObjectId, CancellationToken, ValueTask<ArchiveContent>> Pool(TunedBackend b, int connections) => (id, token) =>
        Interlocked.Decrement(ref connections) < 0 ? throw new MdmException(MdmErrorKind.Busy, "No connection is left.") : b.Sound.OpenReadAsync(id, token);

    /// <summary>Keeps the stream that was opened last, and gives it to whoever comes while it is open.</summary>
    private static Func<ArchiveObjectId, CancellationToken, ValueTask<ArchiveContent>> OneAtATime(TunedBackend b)
    {
        Stream? open = null;
        return async (id, token) =>
        {
            var mine = new Ring(await Bytes(b, id, token), isOnce: true, closed: () => open = null);
            return ArchiveContent.Opened((await b.Sound.FindAsync(id, token))!, open ??= mine);
        };
    }

    private static Func<TIn, CancellationToken, ValueTask<TOut>> Deaf<TIn, TOut>(Func<TIn, CancellationToken, ValueTask<TOut>> sound) => async (value, token) =>
    {
        if (token.CanBeCanceled)
            await new TaskCompletionSource().Task;
        return await sound(value, token);
    };

    private static Func<ValueTask> ThrowsFrom(int time)
    {
        var times = 0;
        return () => Interlocked.Increment(ref times) == time ? throw new ObjectDisposedException("it") : default;
    }

    private static Func<ArchiveSelection, CancellationToken, IAsyncEnumerable<ArchiveEntry>> Each(TunedBackend b, Func<ArchiveEntry, ArchiveEntry> change) =>
        (selection, token) => Mapped(b.Sound.BrowseAsync(selection, token), change);

    private static Func<ArchiveSelection, CancellationToken, IAsyncEnumerable<ArchiveEntry>> Shared(TunedBackend b)
    {
        // One cursor for all listings at one time.
        var sound = default(IAsyncEnumerator<ArchiveEntry>);
        return (selection, token) => Draw(selection, token);

        async IAsyncEnumerable<ArchiveEntry> Draw(ArchiveSelection selection, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            sound ??= b.Sound.BrowseAsync(selection, token).GetAsyncEnumerator(token);
            while (await sound.MoveNextAsync())
            {
                var entry = sound.Current;
                await Task.Yield();
                yield return entry;
            }
        }
    }

    private static void LockedByListings(TunedBackend b)
    {
        var listings = 0;
        b.Browse = (selection, token) => Counted(selection, token);
        b.OpenRead = (id, token) => listings > 5 ? throw new MdmException(MdmErrorKind.Busy, "Too many listings.") : b.Sound.OpenReadAsync(id, token);

        async IAsyncEnumerable<ArchiveEntry> Counted(ArchiveSelection selection, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            listings++;
            await foreach (var entry in b.Sound.BrowseAsync(selection, token))
                yield return entry;
            listings--;
        }
    }

    private static void LockedByBatches(TunedBackend b)
    {
        var batches = 0;
        b.OpenReadMany = (ids, token) => Counted(ids, token);
        b.OpenRead = (id, token) => batches > 0 ? throw new MdmException(MdmErrorKind.Busy, "The connection is in use.") : b.Sound.OpenReadAsync(id, token);

        async IAsyncEnumerable<ArchiveContent> Counted(IReadOnlyList<ArchiveObjectId> ids, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            batches++;
            await foreach (var content in b.Sound.OpenReadManyAsync(ids, token))
                yield return content;
            batches--;
        }
    }

    private static Func<ServiceAnnouncement> Alternating()
    {
        var port = 1000;
        return () => new("memory", [new Uri($"https://example.org:{port++}/")], ImmutableDictionary<string, string>.Empty);
    }

    private static async ValueTask<ArchiveObjectInfo> StoreWhatComes(TunedBackend b, Stream content, ArchiveObjectDraft draft, CancellationToken token)
    {
        var came = new MemoryStream();
        try
        {
            await content.CopyToAsync(came, token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // What came is taken for all there is.
            await came.FlushAsync(CancellationToken.None);
        }
        came.Position = 0;
        return await b.Sound.StoreAsync(came, draft, CancellationToken.None);
    }

    private static async IAsyncEnumerable<ArchiveContent> Swapped(TunedBackend b, IReadOnlyList<ArchiveObjectId> ids, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        foreach (var id in ids.Distinct())
            yield return Content((await b.Sound.FindAsync(id, token))!, await Bytes(b, new("plain"), token));
    }

    private static async IAsyncEnumerable<ArchiveContent> OneStream(TunedBackend b, IReadOnlyList<ArchiveObjectId> ids, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        var all = new MemoryStream();
        foreach (var id in ids)
            all.Write(await Bytes(b, id, token));
        all.Position = 0;
        foreach (var id in ids)
            yield return ArchiveContent.Opened((await b.Sound.FindAsync(id, token))!, all);
    }

    private static async IAsyncEnumerable<T> Mapped<T>(IAsyncEnumerable<T> source, Func<T, T> change)
    {
        await foreach (var one in source)
            yield return change(one);
    }

    private static async IAsyncEnumerable<T> Then<T>(IAsyncEnumerable<T> first, IAsyncEnumerable<T> second)
    {
        await foreach (var one in first)
            yield return one;
        await foreach (var one in second)
            yield return one;
    }

    private static async IAsyncEnumerable<T> Skipping<T>(IAsyncEnumerable<T> source)
    {
        var isFirst = true;
        await foreach (var one in source)
        {
            if (!isFirst)
                yield return one;
            isFirst = false;
        }
    }

    private static async IAsyncEnumerable<T> One<T>(T value)
    {
        await Task.Yield();
        yield return value;
    }

    private static async IAsyncEnumerable<T> Empty<T>()
    {
        await Task.Yield();
        yield break;
    }

    private static async IAsyncEnumerable<T> Throwing<T>(Exception e)
    {
        await Task.Yield();
        foreach (var one in Array.Empty<T>())
            yield return one;
        throw e;
    }

    private static async IAsyncEnumerable<T> Never<T>()
    {
        await new TaskCompletionSource().Task;
        yield break;
    }

    private static async IAsyncEnumerable<T> Cancellable<T>([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        yield break;
    }

    /// <summary>Begins again at its end; or is as it should be, and tells when it is closed.</summary>
    private sealed class Ring(byte[] bytes, bool isOnce = false, Action? closed = null) : MemoryStream(bytes, writable: false)
    {
        private Action? _closed = closed;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            var count = Read(buffer.Span);
            if (count == 0 && !isOnce && !buffer.IsEmpty)
                Position = 0;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            Interlocked.Exchange(ref _closed, null)?.Invoke();
            base.Dispose(disposing);
        }
    }

    private static Func<Stream, ArchiveObjectDraft, CancellationToken, ValueTask<ObjectIdentity>> Relabelled(TunedBackend b)
    {
        var sound = b.Identify;
        return async (c, d, t) => (await sound(c, d, t)) with { Labels = ["another"] };
    }

    private sealed class Suite : StorageBackendContract
    {
        private readonly InMemoryArchive _archive = new();
        private readonly Lazy<TunedBackend> _tuned;

        public Suite(Action<TunedBackend> breaks) => _tuned = new(() =>
        {
            var tuned = new TunedBackend(_archive.Backend);
            breaks(tuned);
            return tuned;
        });

        protected override IReadOnlyList<KnownObject> Known => _archive.Known;

        protected override ArchiveObjectId Missing { get; } = BrokenBackendTests.Missing;

        protected override IReadOnlyList<ArchiveObjectId> OfAnotherForm { get; } = [new("a//b")];

        protected override IReadOnlyList<string> Marks => InMemoryArchive.Marks;

        // What hangs is noticed soon; nothing that is sound takes nearly as long.
        protected override TimeSpan Patience => TimeSpan.FromSeconds(2);

        protected override TimeSpan Grace => TimeSpan.FromSeconds(1);

        protected override ValueTask<IStorageBackend> OpenAsync() => new(_tuned.Value);
    }
}
