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
    private static readonly Fqan Readers = Fqan.Parse("/biomed");
    private static readonly GridIdentity Owner = new(DistinguishedName.Parse("/DC=org/DC=example/CN=Curator, Chief: of images"));
    private static readonly GridIdentity Reader = new(DistinguishedName.Parse("/DC=org/DC=example/CN=Reader"), [Readers]);
    private static readonly GridIdentity Curator = new(DistinguishedName.Parse("/DC=org/DC=example/CN=Assistant"), [Group]);
    private static readonly GridIdentity Named = new(DistinguishedName.Parse("/DC=org/CN=Doe, Jane: MD"));
    private static readonly GridIdentity Stranger = new(DistinguishedName.Parse("/DC=org/DC=example/CN=Stranger"), [Fqan.Parse("/other")]);
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

    [Fact]
    public async Task A_key_that_was_obtained_once_is_obtained_again()
    {
        var draft = Draft();
        Assert.Equal(await Obtain(draft), await Obtain(draft));
    }

    [Fact]
    public async Task New_keys_are_different()
    {
        var outcomes = await Store.ObtainManyAsync([.. Enumerable.Range(0, 20).Select(_ => Draft())], default);
        Assert.Equal(20, outcomes.Select(Bytes).Distinct().Count());
    }

    [Fact]
    public async Task A_batch_is_answered_in_order_whatever_of_it_was_there()
    {
        var (old, fresh) = (Draft(), Draft());
        var key = await Obtain(old);
        var outcomes = await Store.ObtainManyAsync([fresh, old, fresh], default);
        Assert.Equal([fresh.Id, old.Id, fresh.Id], outcomes.Select(o => o.Id));
        Assert.Equal(key, Bytes(outcomes[1]));
        Assert.Equal(Bytes(outcomes[0]), Bytes(outcomes[2]));
    }

    [Fact]
    public async Task An_empty_batch_is_none()
    {
        Assert.Empty(await Store.ObtainManyAsync([], default));
        await Store.SetRightsManyAsync([], default);
        await Store.DestroyManyAsync([], default);
    }

    [Fact]
    public async Task A_batch_of_a_thousand_is_as_good_as_one_of_one()
    {
        var drafts = Enumerable.Range(0, 1000).Select(_ => Draft()).ToArray();
        var first = (await Store.ObtainManyAsync(drafts, default)).Select(Bytes).ToArray();
        Assert.Equal(first, (await Store.ObtainManyAsync(drafts, default)).Select(Bytes));
        await Store.DestroyManyAsync([.. drafts.Select(d => d.Id)], default);
    }

    [Fact]
    public async Task Who_may_read_the_file_gets_the_key_and_nobody_else()
    {
        var draft = Draft();
        var key = await Obtain(draft);
        foreach (var caller in (GridIdentity[])[Owner, Reader, Curator, Named])
            Assert.Equal(key, await Get(draft.Id, caller));
        await IsUnknown(draft.Id, Stranger);
        await IsUnknown(draft.Id, new GridIdentity(Reader.Subject));
    }

    [Fact]
    public async Task The_first_class_that_names_a_caller_decides()
    {
        // The owner is refused although others are let in; so is a named user whom the mask cuts off.
        var draft = Draft() with { Acl = Acl.Parse(["user::-w-", "user:/DC=org/CN=Doe, Jane: MD:r--", "group::---", "mask::-w-", "other::r--"]) };
        var key = await Obtain(draft);
        await IsUnknown(draft.Id, Owner);
        await IsUnknown(draft.Id, Named);
        await IsUnknown(draft.Id, Curator);
        Assert.Equal(key, await Get(draft.Id, Stranger));
    }

    [Fact]
    public async Task Denied_and_missing_are_one_answer()
    {
        var draft = Draft();
        await Obtain(draft);
        var missing = Draft().Id;
        var (denied, unknown) = (await IsUnknown(draft.Id, Stranger), await IsUnknown(missing, Stranger));
        Assert.Equal(unknown.Replace(missing.ToString(), "ID", StringComparison.Ordinal), denied.Replace(draft.Id.ToString(), "ID", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Obtaining_what_is_there_leaves_its_rights()
    {
        var draft = Draft();
        var key = await Obtain(draft with { Acl = Closed });
        Assert.Equal(key, await Obtain(draft));
        await IsUnknown(draft.Id, Reader);
    }

    [Fact]
    public async Task New_rights_hold_when_setting_them_returns()
    {
        var draft = Draft();
        var key = await Obtain(draft);
        await Store.SetRightsManyAsync([draft with { Acl = Closed }], default);
        await IsUnknown(draft.Id, Reader);
        await Store.SetRightsManyAsync([draft with { Owner = Stranger.Subject }], default);
        Assert.Equal(key, await Get(draft.Id, Reader));
        Assert.Equal(key, await Get(draft.Id, Stranger));
        await IsUnknown(draft.Id, Owner);
    }

    [Fact]
    public async Task Rights_of_what_is_not_kept_are_passed_over()
    {
        var (kept, missing) = (Draft(), Draft());
        var key = await Obtain(kept with { Acl = Closed });
        await Store.SetRightsManyAsync([missing, kept], default);
        Assert.Equal(key, await Get(kept.Id, Reader));
        await IsUnknown(missing.Id, Reader);
    }

    [Fact]
    public async Task What_is_destroyed_nobody_gets_and_its_id_is_not_used_again()
    {
        var (draft, other) = (Draft(), Draft());
        await Obtain(draft);
        var key = await Obtain(other);
        await Store.DestroyManyAsync([draft.Id], default);
        await IsUnknown(draft.Id, Owner);
        var outcome = Assert.Single(await Store.ObtainManyAsync([draft], default));
        Assert.Null(outcome.Key);
        Assert.Equal(MdmErrorKind.Refused, outcome.Failure!.Kind);
        Assert.Equal(key, await Get(other.Id, Reader));
    }

    [Fact]
    public async Task Destroying_again_or_what_is_not_kept_is_no_error()
    {
        var draft = Draft();
        await Obtain(draft);
        await Store.DestroyManyAsync([draft.Id, Draft().Id], default);
        await Store.DestroyManyAsync([draft.Id], default);
    }

    [Fact]
    public async Task Many_who_obtain_one_key_at_once_get_one_key()
    {
        await using var second = Keeps ? await OpenAsync() : null;
        for (var round = 0; round < 5; round++)
        {
            var drafts = Enumerable.Range(0, 4).Select(_ => Draft()).ToArray();
            var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? Store : second ?? Store).ObtainManyAsync(drafts, default).AsTask()));
            for (var k = 0; k < drafts.Length; k++)
                Assert.Single(all.Select(outcomes => Bytes(outcomes[k])).Distinct());
        }
    }

    [Fact]
    public async Task Another_host_of_the_same_site_gets_what_the_first_registered()
    {
        if (!Keeps)
            return;
        var draft = Draft();
        var key = await Obtain(draft);
        await using var second = await OpenAsync();
        Assert.Equal(key, Bytes(Assert.Single(await second.ObtainManyAsync([draft], default))));
    }

    [Fact]
    public async Task Lists_each_key_once_in_order_with_the_rights_it_has()
    {
        if (Store is not IListableKeyStore listable)
            return;
        var drafts = Enumerable.Range(0, 5).Select(_ => Draft()).ToArray();
        await Store.ObtainManyAsync(drafts, default);
        drafts[1] = drafts[1] with { Acl = Closed };
        await Store.SetRightsManyAsync([drafts[1]], default);
        await Store.DestroyManyAsync([drafts[4].Id], default);
        var listed = new List<KeyRecord>();
        await foreach (var record in listable.ListAsync(default))
            listed.Add(record);
        Assert.Equal(listed.Select(r => r.Rights.Id).Order(), listed.Select(r => r.Rights.Id));
        var mine = listed.Where(r => drafts.Any(d => d.Id == r.Rights.Id)).ToArray();
        Assert.Equal(drafts[..4].OrderBy(d => d.Id), mine.Select(r => r.Rights));
        Assert.All(mine, r => Assert.True(r.IsWhole));
    }

    private static KeyDraft Draft() => new(new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size)), Owner.Subject, Group, Open);

    private static string Bytes(KeyOutcome outcome)
    {
        Assert.Null(outcome.Failure);
        return Convert.ToHexString(outcome.Key!.Bytes);
    }

    private async Task<string> Obtain(KeyDraft draft) => Bytes(Assert.Single(await Store.ObtainManyAsync([draft], default)));

    private async Task<string> Get(KeyId id, GridIdentity caller)
    {
        using var key = await Store.GetAsync(id, caller, default);
        return Convert.ToHexString(key.Bytes);
    }

    private async Task<string> IsUnknown(KeyId id, GridIdentity caller)
    {
        var refusal = await Assert.ThrowsAsync<MdmException>(async () => (await Store.GetAsync(id, caller, default)).Dispose());
        Assert.Equal(MdmErrorKind.NotFound, refusal.Kind);
        return refusal.Message;
    }
}
