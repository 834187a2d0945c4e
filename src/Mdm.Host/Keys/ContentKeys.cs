using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mdm.Host.Access;

namespace Mdm.Host.Keys;

/// <summary>
/// The content keys of files. A key's id is a keyed hash of the file's id and of how often its key was rotated, so that a file that is staged again, here or on another host,
/// is sealed with the same key. Safe for concurrent use.
/// </summary>
internal sealed class ContentKeys
{
    private readonly byte[] _secret;
    private readonly KeyLedger _ledger;
    private readonly IKeyStore _store;
    private readonly ICatalog _catalog;
    private readonly ConcurrentDictionary<FileId, long> _rotations = new();

    private readonly bool _isShared;
    private long _heardOf = -1;

    private ContentKeys(byte[] secret, KeyLedger ledger, IKeyStore store, ICatalog catalog, bool isShared) => (_secret, _ledger, _store, _catalog, _isShared) = (secret, ledger, store, catalog, isShared);

    /// <param name="secret">What key ids are made with; hosts that share a catalogue share it.</param>
    /// <param name="ledger">What was made and rotated.</param>
    /// <param name="store">Where the keys are kept.</param>
    /// <param name="catalog">Whose rights they follow.</param>
    /// <param name="isShared">True where other hosts rotate keys, too.</param>
    public static ContentKeys Open(byte[] secret, KeyLedger ledger, IKeyStore store, ICatalog catalog, bool isShared = false)
    {
        var keys = new ContentKeys(secret, ledger, store, catalog, isShared);
        keys.HearAsync(CancellationToken.None).GetAwaiter().GetResult();
        return keys;
    }

    /// <summary>Hears of the rotations that were made since the last time, by whichever host.</summary>
    /// <exception cref="MdmException">What the ledger throws.</exception>
    public async Task HearAsync(CancellationToken cancellationToken)
    {
        foreach (var (file, number, change) in await _ledger.RotationsAsync(Interlocked.Read(ref _heardOf), cancellationToken))
        {
            // Rotations only grow, whoever hears of which first.
            _rotations.AddOrUpdate(file, number, (_, known) => Math.Max(known, number));
            InterlockedMax(change);
        }

        void InterlockedMax(long change)
        {
            for (var heardOf = Interlocked.Read(ref _heardOf); heardOf < change; heardOf = Interlocked.Read(ref _heardOf))
                Interlocked.CompareExchange(ref _heardOf, change, heardOf);
        }
    }

    /// <summary>The id of the key that seals a file now. No I/O.</summary>
    public KeyId IdOf(FileId file)
    {
        Span<byte> text = stackalloc byte[FileId.Size + sizeof(long)];
        file.ToBytes().CopyTo(text);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(text[FileId.Size..], _rotations.GetValueOrDefault(file));
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secret, text, hash);
        return new KeyId(hash[..KeyId.Size]);
    }

    /// <summary>The keys that seal these files, made where there were none, with the rights of the files. One outcome an entry, in order; the caller disposes the keys.</summary>
    public async Task<IReadOnlyList<KeyOutcome>> ObtainAsync(IReadOnlyList<CatalogEntry> entries, CancellationToken cancellationToken)
    {
        if (_isShared)
            await HearAsync(cancellationToken);
        var drafts = entries.Select(DraftOf).ToList();
        // The ledger first: a key that was made and is not known here could not be destroyed with its file.
        var added = await _ledger.NoteKeysAsync([.. entries.Zip(drafts, (entry, draft) => (entry.Id, draft.Id))], cancellationToken);
        var outcomes = await _store.ObtainManyAsync(drafts, cancellationToken);
        await CatchUpAsync(entries.Where(entry => added.Contains(entry.Id)), cancellationToken);
        return outcomes;
    }

    /// <summary>The key of one file for a caller who is to read it; the keystore decides for itself whether he may.</summary>
    /// <exception cref="MdmException">AccessDenied: the keystore does not give it to him; Unavailable.</exception>
    public async Task<ContentKey> GetAsync(FileId file, GridIdentity caller, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.GetAsync(IdOf(file), caller, cancellationToken);
        }
        catch (MdmException refusal) when (refusal.Kind == MdmErrorKind.NotFound)
        {
            throw new MdmException(MdmErrorKind.AccessDenied, $"The keystores give {caller} no key for this file. Where its rights were changed a moment ago, try again.", refusal);
        }
    }

    /// <summary>The key's rights are the file's.</summary>
    public KeyDraft DraftOf(CatalogEntry entry) => new(IdOf(entry.Id), entry.Owner, entry.Group, entry.Acl);

    /// <summary>Gives files other keys from now on; the old ones are retired, and their ids never used again. What was staged is staged anew.</summary>
    public async Task RotateAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        foreach (var (file, number) in await _ledger.RotateAsync(files, cancellationToken))
            _rotations.AddOrUpdate(file, number, (_, known) => Math.Max(known, number));
    }

    /// <summary>Rights that changed, or files that went, while their first key was being made with the old ones: nobody has noted those.</summary>
    private async Task CatchUpAsync(IEnumerable<CatalogEntry> made, CancellationToken cancellationToken)
    {
        // All at once: the first file of a series waits for this.
        var known = made.ToList();
        var now = await Task.WhenAll(known.Select(entry => _catalog.FindAsync(entry.Id, cancellationToken).AsTask()));
        var late = known.Where((entry, i) => now[i]?.AclVersion != entry.AclVersion).Select(entry => entry.Id).ToList();
        if (late.Count > 0)
            await _ledger.NoteChangesAsync(late, cancellationToken);
    }
}
