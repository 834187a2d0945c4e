using Mdm.Abstractions;

namespace Mdm.Client.Keys;

/// <summary>The keys of one host's files: finds out once where they are, when the first is needed. Safe for concurrent use.</summary>
/// <param name="find">Where they are; null where the host names none.</param>
/// <param name="make">A source for what was found.</param>
internal sealed class SiteKeys(Func<CancellationToken, Task<ServiceAnnouncement?>> find, Func<ServiceAnnouncement, IContentKeySource> make) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private KeyRing? _ring;
    private bool _isFound;

    /// <summary>True when there is somebody to ask for keys.</summary>
    /// <exception cref="SrmException">The host cannot say.</exception>
    public async ValueTask<bool> AreKnownAsync(CancellationToken cancellationToken) => await FindAsync(cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>The key, which the caller disposes.</summary>
    /// <exception cref="MdmException">Why it cannot be had.</exception>
    /// <exception cref="SrmException">The host cannot say where its keys are.</exception>
    public async ValueTask<ContentKey> GetAsync(KeyId id, CancellationToken cancellationToken)
    {
        var ring = await FindAsync(cancellationToken).ConfigureAwait(false)
            ?? throw new MdmException(MdmErrorKind.Unsupported, $"The file is sealed and its host names no keystores. Set {GridEnvironment.KeystoresVariable}, or take it as it is.");
        return await ring.GetAsync(id, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _ring?.Dispose();
        _turn.Dispose();
    }

    private async ValueTask<KeyRing?> FindAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isFound))
            return _ring;
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isFound)
            {
                _ring = await find(cancellationToken).ConfigureAwait(false) is { } keys ? new KeyRing(make(keys)) : null;
                Volatile.Write(ref _isFound, true);
            }
            return _ring;
        }
        finally
        {
            _turn.Release();
        }
    }
}
