namespace Mdm.Host.Keys;

/// <summary>
/// The content keys of a host for which no keystore is configured: random, in the host's own ledger. Files in the pool are sealed and a destroyed key is gone, but whoever has all
/// of this host's disk opens them; docs/security.md says so. It is never announced to clients, so nothing is delivered sealed with it.
/// </summary>
internal sealed class LocalKeyStore(KeyLedger ledger) : IListableKeyStore
{
    /// <summary>Keys told at a time.</summary>
    private const int Page = 1000;

    public async ValueTask<IReadOnlyList<KeyOutcome>> ObtainManyAsync(IReadOnlyList<KeyDraft> drafts, CancellationToken cancellationToken)
    {
        var known = await ledger.ReadAsync(session => drafts.Select(draft => KeyOf(session, draft.Id)).ToList(), cancellationToken);
        if (known.Contains(null))
        {
            known = await ledger.WriteAsync(session => drafts.Select(draft => KeyOf(session, draft.Id) ?? Make(session, draft)).ToList<byte[]?>(), cancellationToken);
        }
        return [.. drafts.Zip(known, (draft, key) => new KeyOutcome(draft.Id, new ContentKey(key), null))];
    }

    public async ValueTask<ContentKey> GetAsync(KeyId id, GridIdentity caller, CancellationToken cancellationToken)
    {
        var found = await ledger.ReadAsync(session => session.First(
            "SELECT content_key, owner, owning_group, acl FROM local_keys WHERE id = $1",
            static row => (Key: row.GetFieldValue<byte[]>(0), Owner: row.GetString(1), Group: row.GetString(2), Acl: row.GetString(3)), id.ToBytes()), cancellationToken);
        if (found.Key is null || !AclOf(found.Acl).Permits(caller, DistinguishedName.Parse(found.Owner), Fqan.Parse(found.Group), Permissions.Read))
            throw new MdmException(MdmErrorKind.NotFound, "There is no such content key for this caller.");
        return new ContentKey(found.Key);
    }

    public async ValueTask SetRightsManyAsync(IReadOnlyList<KeyDraft> rights, CancellationToken cancellationToken) => await ledger.WriteAsync(session =>
    {
        foreach (var draft in rights)
        {
            session.Execute("UPDATE local_keys SET owner = $2, owning_group = $3, acl = $4 WHERE id = $1",
                draft.Id.ToBytes(), draft.Owner.ToString(), draft.Group.ToString(), TextOf(draft.Acl));
        }
        return true;
    }, cancellationToken);

    public async ValueTask DestroyManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) => await ledger.WriteAsync(session =>
    {
        foreach (var id in ids)
            session.Execute("DELETE FROM local_keys WHERE id = $1", id.ToBytes());
        return true;
    }, cancellationToken);

    public async IAsyncEnumerable<KeyRecord> ListAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = default(KeyId);
        while (true)
        {
            var page = await ledger.ReadAsync(session => session.Query(
                "SELECT id, owner, owning_group, acl FROM local_keys WHERE id > $1 ORDER BY id LIMIT $2",
                static row => new KeyDraft(new KeyId(row.GetFieldValue<byte[]>(0)), DistinguishedName.Parse(row.GetString(1)), Fqan.Parse(row.GetString(2)), AclOf(row.GetString(3))),
                after.ToBytes(), Page), cancellationToken);
            foreach (var draft in page)
                yield return new KeyRecord(draft, IsWhole: true);
            if (page.Count < Page)
                yield break;
            after = page[^1].Id;
        }
    }

    public ValueTask DisposeAsync() => default;

    // A name in an entry may hold a comma, never a line end.
    private static string TextOf(Acl acl) => string.Join('\n', acl.Entries);

    private static Acl AclOf(string text) => Acl.Parse(text.Split('\n'));

    private static byte[]? KeyOf(Sql.SqlSession session, KeyId id) => session.Scalar<byte[]>("SELECT content_key FROM local_keys WHERE id = $1", id.ToBytes());

    private static byte[] Make(Sql.SqlSession session, KeyDraft draft)
    {
        using var made = ContentKey.Create();
        var key = made.Bytes.ToArray();
        session.Execute("INSERT INTO local_keys (id, content_key, owner, owning_group, acl) VALUES ($1, $2, $3, $4, $5)",
            draft.Id.ToBytes(), key, draft.Owner.ToString(), draft.Group.ToString(), TextOf(draft.Acl));
        return key;
    }
}
