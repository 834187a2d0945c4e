using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Mdm.Abstractions.Testing;

/// <summary>
/// What every <see cref="IKeyStore"/> owes, each test one obligation. Derive from it in your test project and say how a key store is opened:
/// <code>
/// public sealed class AcmeKeyStoreTests : KeyStoreContract
/// {
///     protected override ValueTask&lt;IKeyStore> OpenAsync() => new(new AcmeKeyStore(_address));
/// }
/// </code>
/// It may hold other keys already. Opening again within one test opens the same store, as a second host would.
/// </summary>
public abstract class KeyStoreContract : IAsyncLifetime
{
    private static readonly Fqan Group = Fqan.Parse("/biomed/Role=curator");
    private static readonly GridIdentity Owner = new(DistinguishedName.Parse("/DC=org/DC=example/CN=Curator, Chief: of images"));
    private static readonly GridIdentity Reader = People.Member;
    private static readonly GridIdentity Curator = new(DistinguishedName.Parse("/DC=org/DC=example/CN=Assistant"), [Group]);
    private static readonly GridIdentity Named = new(DistinguishedName.Parse("/DC=org/CN=Doe, Jane: MD"));
    private static readonly GridIdentity Stranger = People.OfAnotherOrganisation;
    private static readonly Acl Open = Acl.Parse(["user::rw-", "user:/DC=org/CN=Doe, Jane: MD:r--", "group::r-x", "group:/biomed:r-x", "mask::r-x", "other::---", "default:user::rwx", "default:group::r-x", "default:other::---"]);
    private static readonly Acl Closed = Acl.Parse(["user::rw-", "group::---", "other::---"]);

    private IKeyStore? _store;

    /// <summary>The store under test.</summary>
    protected IKeyStore Store => _store ?? throw new InvalidOperationException("The store is open while a test runs.");

    /// <summary>Opens the store as the same or another host.</summary>
    protected abstract ValueTask<IKeyStore> OpenAsync();

    /// <summary>False for a store that forgets when closed, and that cannot be opened twice.</summary>
    protected virtual bool Keeps => true;

    /// <inheritdoc/>
    public virtual async Task InitializeAsync() => _store = await OpenAsync();

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_key_that_was_obtained_once_is_obtained_again()
    {
        var draft = Draft();
        Owed.Equal(await Obtain(draft), await Obtain(draft));
    }

    [SkippableFact]
    public async Task New_keys_are_different()
    {
        var outcomes = await Store.ObtainManyAsync([.. Enumerable.Range(0, 20).Select(_ => Draft())], default);
        Owed.Equal(20, outcomes.Select(Bytes).Distinct().Count());
    }

    [SkippableFact]
    public async Task A_batch_is_answered_in_order_whatever_of_it_was_there()
    {
        var (old, fresh, last) = (Draft(), Draft(), Draft());
        var key = await Obtain(old);
        var outcomes = await Store.ObtainManyAsync([fresh, old, fresh, last], default);
        Owed.Equal([fresh.Id, old.Id, fresh.Id, last.Id], outcomes.Select(o => o.Id));
        Owed.Equal(key, Bytes(outcomes[1]));
        Owed.Equal(Bytes(outcomes[0]), Bytes(outcomes[2]));
    }

    [SkippableFact]
    public async Task An_empty_batch_is_none()
    {
        Owed.Empty(await Store.ObtainManyAsync([], default));
        await Store.SetRightsManyAsync([], default);
        await Store.DestroyManyAsync([], default);
    }

    [SkippableFact]
    public async Task A_batch_of_a_thousand_is_as_good_as_one_of_one()
    {
        var drafts = Enumerable.Range(0, 1000).Select(_ => Draft()).ToArray();
        var first = (await Store.ObtainManyAsync(drafts, default)).Select(Bytes).ToArray();
        Owed.Equal(first, (await Store.ObtainManyAsync(drafts, default)).Select(Bytes));
        await Store.DestroyManyAsync([.. drafts.Select(d => d.Id)], default);
    }

    [SkippableFact]
    public async Task Who_may_read_the_file_gets_the_key_and_nobody_else()
    {
        var draft = Draft();
        var key = await Obtain(draft);
        foreach (var caller in (GridIdentity[])[Owner, Reader, Curator, Named])
            Owed.Equal(key, await Get(draft.Id, caller));
        await IsUnknown(draft.Id, Stranger);
        await IsUnknown(draft.Id, new GridIdentity(Reader.Subject));
    }

    [SkippableFact]
    public async Task The_first_class_that_names_a_caller_decides()
    {
        // The owner is refused although others are let in; so is a named user whom the mask cuts off.
        var draft = Draft() with { Acl = Acl.Parse(["user::-w-", "user:/DC=org/CN=Doe, Jane: MD:r--", "group::---", "mask::-w-", "other::r--"]) };
        var key = await Obtain(draft);
        await IsUnknown(draft.Id, Owner);
        await IsUnknown(draft.Id, Named);
        await IsUnknown(draft.Id, Curator);
        Owed.Equal(key, await Get(draft.Id, Stranger));
    }

    [SkippableFact]
    public async Task Denied_and_missing_are_one_answer()
    {
        var draft = Draft();
        await Obtain(draft);
        var missing = Draft().Id;
        var (denied, unknown) = (await IsUnknown(draft.Id, Stranger), await IsUnknown(missing, Stranger));
        Owed.Equal(unknown.Replace(missing.ToString(), "ID", StringComparison.Ordinal), denied.Replace(draft.Id.ToString(), "ID", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Obtaining_what_is_there_leaves_its_rights()
    {
        var draft = Draft();
        var key = await Obtain(draft with { Acl = Closed });
        Owed.Equal(key, await Obtain(draft));
        await IsUnknown(draft.Id, Reader);
    }

    [SkippableFact]
    public async Task New_rights_hold_when_setting_them_returns()
    {
        var draft = Draft();
        var key = await Obtain(draft);
        await Store.SetRightsManyAsync([draft with { Acl = Closed }], default);
        await IsUnknown(draft.Id, Reader);
        await Store.SetRightsManyAsync([draft with { Owner = Stranger.Subject }], default);
        Owed.Equal(key, await Get(draft.Id, Reader));
        Owed.Equal(key, await Get(draft.Id, Stranger));
        await IsUnknown(draft.Id, Owner);
    }

    [SkippableFact]
    public async Task Rights_of_what_is_not_kept_are_passed_over()
    {
        var (kept, missing) = (Draft(), Draft());
        var key = await Obtain(kept with { Acl = Closed });
        await Store.SetRightsManyAsync([missing, kept], default);
        Owed.Equal(key, await Get(kept.Id, Reader));
        await IsUnknown(missing.Id, Reader);
    }

    [SkippableFact]
    public async Task What_is_destroyed_nobody_gets_and_its_id_is_not_used_again()
    {
        var (draft, other) = (Draft(), Draft());
        await Obtain(draft);
        var key = await Obtain(other);
        await Store.DestroyManyAsync([draft.Id], default);
        await IsUnknown(draft.Id, Owner);
        var outcome = Owed.Single(await Store.ObtainManyAsync([draft], default));
        Owed.Null(outcome.Key);
        Owed.Equal(MdmErrorKind.Refused, outcome.Failure!.Kind);
        Owed.Equal(key, await Get(other.Id, Reader));
    }

    [SkippableFact]
    public async Task Destroying_again_or_what_is_not_kept_is_no_error()
    {
        var draft = Draft();
        await Obtain(draft);
        await Store.DestroyManyAsync([draft.Id, Draft().Id], default);
        await Store.DestroyManyAsync([draft.Id], default);
    }

    [SkippableFact]
    public async Task Many_who_obtain_one_key_at_once_get_one_key()
    {
        await using var second = Keeps ? await OpenAsync() : null;
        for (var round = 0; round < 5; round++)
        {
            var drafts = Enumerable.Range(0, 4).Select(_ => Draft()).ToArray();
            var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? Store : second ?? Store).ObtainManyAsync(drafts, default).AsTask()));
            for (var k = 0; k < drafts.Length; k++)
                Owed.Single(all.Select(outcomes => Bytes(outcomes[k])).Distinct());
        }
    }

    [SkippableFact]
    public async Task Another_host_of_the_same_site_gets_what_the_first_registered()
    {
        Skip.IfNot(Keeps, "The store forgets when closed, and cannot be opened twice.");
        var draft = Draft();
        var key = await Obtain(draft);
        await using var second = await OpenAsync();
        Owed.Equal(key, Bytes(Owed.Single(await second.ObtainManyAsync([draft], default))));
    }

    [SkippableFact]
    public async Task Lists_each_key_once_in_order_with_the_rights_it_has()
    {
        Skip.IfNot(Store is IListableKeyStore, $"The store has not the ability {nameof(IListableKeyStore)}.");
        var listable = (IListableKeyStore)Store;
        var drafts = Enumerable.Range(0, 5).Select(_ => Draft()).ToArray();
        await Store.ObtainManyAsync(drafts, default);
        drafts[1] = drafts[1] with { Acl = Closed };
        await Store.SetRightsManyAsync([drafts[1]], default);
        await Store.DestroyManyAsync([drafts[4].Id], default);
        var listed = new List<KeyRecord>();
        await foreach (var record in listable.ListAsync(default))
            listed.Add(record);
        Owed.Equal(listed.Select(r => r.Rights.Id).Order(), listed.Select(r => r.Rights.Id));
        var mine = listed.Where(r => drafts.Any(d => d.Id == r.Rights.Id)).ToArray();
        Owed.Equal(drafts[..4].OrderBy(d => d.Id), mine.Select(r => r.Rights));
        Owed.All(mine, r => Owed.True(r.IsWhole));
    }

    private static KeyDraft Draft() => new(new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size)), Owner.Subject, Group, Open);

    private static string Bytes(KeyOutcome outcome)
    {
        Owed.Null(outcome.Failure, "A key that may be had is had");
        return Convert.ToHexString(outcome.Key!.Bytes);
    }

    private async Task<string> Obtain(KeyDraft draft, [CallerMemberName] string obligation = "") => Bytes(Owed.Single(await Store.ObtainManyAsync([draft], default), obligation));

    private async Task<string> Get(KeyId id, GridIdentity caller, [CallerMemberName] string obligation = "")
    {
        using var key = await Owed.DoneAsync(() => Store.GetAsync(id, caller, default).AsTask(), obligation);
        return Convert.ToHexString(key.Bytes);
    }

    private async Task<string> IsUnknown(KeyId id, GridIdentity caller, [CallerMemberName] string obligation = "")
    {
        var refusal = await Owed.ThrowsAsync<MdmException>(async () => (await Store.GetAsync(id, caller, default)).Dispose(), obligation);
        Owed.Equal(MdmErrorKind.NotFound, refusal.Kind, obligation);
        return refusal.Message;
    }
}
