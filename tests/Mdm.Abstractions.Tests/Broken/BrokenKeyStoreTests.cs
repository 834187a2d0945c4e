using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests.Broken;

/// <summary>Key stores broken in one way each, and the obligation that must notice it.</summary>
public sealed class BrokenKeyStoreTests
{
    private static readonly (string Name, string Obligation, Action<Tuned> Break)[] Table =
    [
        ("makes a new key each time", nameof(KeyStoreContract.A_key_that_was_obtained_once_is_obtained_again), s => s.Obtain = (drafts, _) => Answer(drafts, _ => ContentKey.Create())),
        ("has one key for all", nameof(KeyStoreContract.New_keys_are_different), s => s.Obtain = (drafts, _) => Answer(drafts, _ => new ContentKey(new byte[ContentKey.Size]))),
        ("answers in an order of its own", nameof(KeyStoreContract.A_batch_is_answered_in_order_whatever_of_it_was_there), s => s.Obtain = async (drafts, t) => [.. (await s.Sound.ObtainManyAsync(drafts, t)).Reverse()]),
        ("answers each id once", nameof(KeyStoreContract.A_batch_is_answered_in_order_whatever_of_it_was_there), s => s.Obtain = async (drafts, t) => await s.Sound.ObtainManyAsync([.. drafts.DistinctBy(d => d.Id)], t)),
        ("answers an empty batch", nameof(KeyStoreContract.An_empty_batch_is_none), s => s.Obtain = async (drafts, t) => drafts.Count > 0 ? await s.Sound.ObtainManyAsync(drafts, t) : await Answer([Draft()], _ => ContentKey.Create())),
        ("forgets in large batches", nameof(KeyStoreContract.A_batch_of_a_thousand_is_as_good_as_one_of_one), s => s.Obtain = (drafts, t) => drafts.Count > 500 ? Answer(drafts, _ => ContentKey.Create()) : s.Sound.ObtainManyAsync(drafts, t)),
        ("asks nobody who he is", nameof(KeyStoreContract.Who_may_read_the_file_gets_the_key_and_nobody_else), s => s.Get = (id, _, t) => s.Sound.GetAsync(id, People.Curator, t)),
        ("lets the owner in whatever his class says", nameof(KeyStoreContract.The_first_class_that_names_a_caller_decides), s => s.Obtain = (drafts, t) => s.Sound.ObtainManyAsync([.. drafts.Select(d => d with { Acl = Acl.Parse(["user::rw-", "group::---", "other::r--"]) })], t)),
        ("tells that a key is there", nameof(KeyStoreContract.Denied_and_missing_are_one_answer), s => s.Get = async (id, who, t) => s.Known.Contains(id) && who.Holds(Fqan.Parse("/other")) ? throw new MdmException(MdmErrorKind.NotFound, $"You have no right to {id}.") : await s.Sound.GetAsync(id, who, t)),
        ("says AccessDenied", nameof(KeyStoreContract.Denied_and_missing_are_one_answer), s => s.Get = async (id, who, t) => s.Known.Contains(id) && who.Holds(Fqan.Parse("/other")) ? throw new MdmException(MdmErrorKind.AccessDenied, "No.") : await s.Sound.GetAsync(id, who, t)),
        ("replaces rights when obtaining", nameof(KeyStoreContract.Obtaining_what_is_there_leaves_its_rights), s => s.Obtain = async (drafts, t) =>
        {
            var outcomes = await s.Sound.ObtainManyAsync(drafts, t);
            await s.Sound.SetRightsManyAsync(drafts, t);
            return outcomes;
        }),
        ("sets rights later", nameof(KeyStoreContract.New_rights_hold_when_setting_them_returns), s => s.SetRights = (_, _) => default),
        ("stops at what it has not", nameof(KeyStoreContract.Rights_of_what_is_not_kept_are_passed_over), s => s.SetRights = (rights, t) => rights.All(r => s.Known.Contains(r.Id)) ? s.Sound.SetRightsManyAsync(rights, t) : default),
        ("does not destroy", nameof(KeyStoreContract.What_is_destroyed_nobody_gets_and_its_id_is_not_used_again), s => s.Destroy = (_, _) => default),
        ("uses ids again", nameof(KeyStoreContract.What_is_destroyed_nobody_gets_and_its_id_is_not_used_again), s => s.Obtain = async (drafts, t) => [.. (await s.Sound.ObtainManyAsync(drafts, t)).Select(o => o.Failure is null ? o : o with { Key = ContentKey.Create(), Failure = null })]),
        ("makes two keys at one time", nameof(KeyStoreContract.Many_who_obtain_one_key_at_once_get_one_key), s => s.Obtain = async (drafts, t) =>
        {
            var isNew = !s.Known.Contains(drafts[0].Id);
            await Task.Yield();
            var outcomes = await s.Sound.ObtainManyAsync(drafts, t);
            return isNew && Interlocked.Increment(ref s.Times) % 2 == 0 ? await Answer(drafts, _ => ContentKey.Create()) : outcomes;
        }),
        ("lists backwards", nameof(KeyStoreContract.Lists_each_key_once_in_order_with_the_rights_it_has), s => s.List = t => s.Sound.ListAsync(t).Reverse()),
        ("lists no rights but the first", nameof(KeyStoreContract.Lists_each_key_once_in_order_with_the_rights_it_has), s => s.SetRights = (_, _) => default),
    ];

    public static IEnumerable<object[]> Rows => Table.Select(static row => new object[] { row.Name, row.Obligation });

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_key_store_that(string breaks, string obligation)
    {
        var row = Table.Single(row => row.Name == breaks);
        Breaks.NamesThePromise(await Breaks.NoticedAsync(typeof(KeyStoreContract), () => new Suite(row.Break), obligation));
    }

    private static KeyDraft Draft() => new(new KeyId(new byte[KeyId.Size]), People.Curator.Subject, People.Organisation, Acl.FromMode(0));

    private static ValueTask<IReadOnlyList<KeyOutcome>> Answer(IReadOnlyList<KeyDraft> drafts, Func<KeyDraft, ContentKey> key) =>
        new([.. drafts.Select(draft => new KeyOutcome(draft.Id, key(draft), null))]);

    private sealed class Tuned : IListableKeyStore
    {
        public int Times;

        public Tuned()
        {
            (Obtain, Get, SetRights) = (Sound.ObtainManyAsync, Sound.GetAsync, Sound.SetRightsManyAsync);
            (Destroy, List) = (Sound.DestroyManyAsync, Sound.ListAsync);
        }

        public InMemoryKeyStore Sound { get; } = new();

        /// <summary>What was ever asked for.</summary>
        public System.Collections.Concurrent.ConcurrentBag<KeyId> Known { get; } = [];

        public Func<IReadOnlyList<KeyDraft>, CancellationToken, ValueTask<IReadOnlyList<KeyOutcome>>> Obtain { get; set; }

        public Func<KeyId, GridIdentity, CancellationToken, ValueTask<ContentKey>> Get { get; set; }

        public Func<IReadOnlyList<KeyDraft>, CancellationToken, ValueTask> SetRights { get; set; }

        public Func<IReadOnlyList<KeyId>, CancellationToken, ValueTask> Destroy { get; set; }

        public Func<CancellationToken, IAsyncEnumerable<KeyRecord>> List { get; set; }

        public async ValueTask<IReadOnlyList<KeyOutcome>> ObtainManyAsync(IReadOnlyList<KeyDraft> drafts, CancellationToken cancellationToken)
        {
            var outcomes = await Obtain(drafts, cancellationToken);
            foreach (var draft in drafts)
                Known.Add(draft.Id);
            return outcomes;
        }

        public ValueTask<ContentKey> GetAsync(KeyId id, GridIdentity caller, CancellationToken cancellationToken) => Get(id, caller, cancellationToken);

        public ValueTask SetRightsManyAsync(IReadOnlyList<KeyDraft> rights, CancellationToken cancellationToken) => SetRights(rights, cancellationToken);

        public ValueTask DestroyManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) => Destroy(ids, cancellationToken);

        public IAsyncEnumerable<KeyRecord> ListAsync(CancellationToken cancellationToken) => List(cancellationToken);

        public ValueTask DisposeAsync() => Sound.DisposeAsync();
    }

    private sealed class Suite(Action<Tuned> breaks) : KeyStoreContract
    {
        protected override bool Keeps => false;

        protected override ValueTask<IKeyStore> OpenAsync()
        {
            var tuned = new Tuned();
            breaks(tuned);
            return new(tuned);
        }
    }
}
