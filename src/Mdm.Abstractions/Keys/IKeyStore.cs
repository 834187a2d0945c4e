namespace Mdm.Abstractions;

/// <summary>Keeps content keys. It checks the caller itself: the key is the last lock.</summary>
/// <remarks>
/// Safe for concurrent use. Each key of a batch is checked and answered for by itself. "Denied" and "does not exist" are the same answer,
/// <see cref="MdmErrorKind.NotFound"/>, to callers without rights. A key that was obtained once comes back for good or the store says that it cannot be had now: it
/// never gives another key under the same id.
/// </remarks>
public interface IKeyStore : IAsyncDisposable
{
    /// <summary>
    /// For each draft, in order, the key in force: the one that is kept under its id already (its rights are left as they are), or a new random one, made and durably
    /// kept with the draft's rights before it is returned. The host asks under its own identity; the caller disposes the keys.
    /// </summary>
    ValueTask<IReadOnlyList<KeyOutcome>> ObtainManyAsync(IReadOnlyList<KeyDraft> drafts, CancellationToken cancellationToken);

    /// <summary>The key, if that caller may get it (the right to read the file). The caller of the method disposes it.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>; <see cref="MdmErrorKind.Unavailable"/>: it cannot be had now; <see cref="MdmErrorKind.Corrupt"/>: what is kept is not the key.</exception>
    ValueTask<ContentKey> GetAsync(KeyId id, GridIdentity caller, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces the rights of keys. Returns when they hold: nobody whom the new rights refuse can get a key with the old ones any more. Keys that are not kept are passed over.
    /// </summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Unavailable"/>: they do not hold everywhere yet; to be asked again.</exception>
    ValueTask SetRightsManyAsync(IReadOnlyList<KeyDraft> rights, CancellationToken cancellationToken);

    /// <summary>
    /// Destroys keys for good. Returns when nobody can get them any more, whoever was unreachable; destroying what is not kept is no error.
    /// </summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Unavailable"/>: not destroyed everywhere yet; to be asked again.</exception>
    ValueTask DestroyManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken);
}

/// <summary>A keystore that tells what it keeps, so that drift from the catalogue can be seen and mended.</summary>
public interface IListableKeyStore : IKeyStore
{
    /// <summary>The keys that this host registered, each once, in ascending order of id, with the rights they have now.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Unavailable"/>: not all of them can be told now.</exception>
    IAsyncEnumerable<KeyRecord> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A key as it is to be kept, with its rights: those of the file it seals.</summary>
/// <param name="Id">The key's id.</param>
/// <param name="Owner">The file's owner.</param>
/// <param name="Group">The file's owning group.</param>
/// <param name="Acl">The file's ACL; who may read the file may get the key.</param>
public sealed record KeyDraft(KeyId Id, DistinguishedName Owner, Fqan Group, Acl Acl);

/// <summary>What became of one key of a batch.</summary>
/// <param name="Id">The key's id.</param>
/// <param name="Key">The key in force; null when it could not be had.</param>
/// <param name="Failure">Why there is no key; null when there is one.</param>
public sealed record KeyOutcome(KeyId Id, ContentKey? Key, MdmException? Failure);

/// <summary>A key as a store keeps it.</summary>
/// <param name="Rights">Its id and its rights; where parts of the store differ, the widest of them.</param>
/// <param name="IsWhole">False when a part of the store lacks it or has other rights: to be mended.</param>
public sealed record KeyRecord(KeyDraft Rights, bool IsWhole);
