using System.Collections.Concurrent;
using Mdm.Abstractions;
using Mdm.Client.Keys;
using Mdm.Formats.Sealed;

namespace Mdm.Client.Tests.Support;

/// <summary>Keystores in memory: keys that somebody may have, questions that wait until they are let go.</summary>
internal sealed class KeysDouble : IContentKeySource
{
    private readonly ConcurrentDictionary<KeyId, byte[]> _keys = new();

    /// <summary>The announcements that a source was made for.</summary>
    public ConcurrentQueue<ServiceAnnouncement> Made { get; } = new();

    /// <summary>Every question: the ids in it.</summary>
    public ConcurrentQueue<KeyId[]> Asked { get; } = new();

    /// <summary>Questions wait for it.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Fails every question.</summary>
    public MdmException? Outage { get; set; }

    public IContentKeySource Of(ServiceAnnouncement announcement)
    {
        Made.Enqueue(announcement);
        return this;
    }

    public KeyId Add()
    {
        var id = new KeyId(System.Security.Cryptography.RandomNumberGenerator.GetBytes(KeyId.Size));
        using var key = ContentKey.Create();
        _keys[id] = key.Bytes.ToArray();
        return id;
    }

    public void Remove(KeyId id) => _keys.TryRemove(id, out _);

    /// <summary>Seals under a new key.</summary>
    public byte[] Seal(byte[] plain) => Seal(plain, Add());

    public byte[] Seal(byte[] plain, KeyId id)
    {
        using var key = new ContentKey(_keys[id]);
        var target = new MemoryStream();
        using var sealing = new SealingStream(target, SealedHeader.Synthesize(key, id, plain.Length, System.Security.Cryptography.SHA256.HashData(plain)), key);
        sealing.Write(plain);
        sealing.Complete();
        return target.ToArray();
    }

    public async ValueTask<IReadOnlyList<KeyOutcome>> GetManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken)
    {
        Asked.Enqueue([.. ids]);
        await Gate.WaitAsync(cancellationToken);
        if (Outage is not null)
            throw Outage;
        return [.. ids.Select(id => _keys.TryGetValue(id, out var key)
            ? new KeyOutcome(id, new ContentKey(key), null)
            : new KeyOutcome(id, null, new MdmException(MdmErrorKind.NotFound, $"There is no key {id}, or you may not have it.")))];
    }

    public void Dispose()
    {
    }
}
