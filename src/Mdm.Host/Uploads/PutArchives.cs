using Mdm.Host.Orders;
using Mdm.Host.Plugins;
using Mdm.Host.Staging;

namespace Mdm.Host.Uploads;

/// <summary>Archives as they are written to: leased as long as a call lasts, and no call may hang for ever.</summary>
internal sealed class PutArchives(IArchiveSource archives, PluginCalls calls, UploadsOptions options, TimeProvider time, ILogger<PutArchives> log, Drains? drains = null)
{
    /// <summary>The archive of that name, which is not let go before what comes back is disposed.</summary>
    /// <exception cref="MdmException">Unavailable: it is not configured for writing, or too many of its calls hang.</exception>
    public async ValueTask<ArchiveInUse> UseAsync(string name)
    {
        var use = archives.UseArchive(name);
        if (use?.Value is IWritableBackend archive)
            return new ArchiveInUse(archive, use, calls.OfArchive(name), options.ArchiveWait, time);
        if (use is not null)
            await use.DisposeAsync();
        throw new MdmException(MdmErrorKind.Unavailable, $"Archive {name} is not configured on this host for writing. Ask its administrator.");
    }

    /// <summary>Erases an object, where the archive erases any: another keeps what it has.</summary>
    /// <exception cref="MdmException">It failed, or not within the limit; Unavailable when the archive is not configured: it may be again.</exception>
    public async Task EraseAsync(string name, ArchiveObjectId id)
    {
        await using var use = archives.UseArchive(name) ?? throw new MdmException(MdmErrorKind.Unavailable, $"Archive {name} is not configured on this host.");
        if (use.Value is not IErasableBackend erasable)
            return;
        try
        {
            await calls.OfArchive(name).RunAsync(
                async token =>
                {
                    await erasable.DeleteAsync(id, token);
                    return true;
                },
                options.ArchiveWait, time, CancellationToken.None);
        }
        catch (Exception fault) when (fault is not MdmException)
        {
            throw Failed(fault, "erased");
        }
    }

    /// <exception cref="MdmException">Unavailable: nothing new is begun at the archive.</exception>
    public void DemandOpen(string name)
    {
        if (drains?.Of(name) is { } drain)
            throw new MdmException(MdmErrorKind.Unavailable, $"{Drains.SentenceOf(drain)} Put the file later.") { RetryAfter = DrainGate.Estimate };
        calls.OfArchive(name).ThrowIfFull();
    }

    private MdmException Failed(Exception fault, string what)
    {
        Log.StoringFailed(log, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
        return new MdmException(MdmErrorKind.Unavailable, $"The archive failed while an object was {what}. Try again later.", fault);
    }

    /// <summary>An archive that is written to.</summary>
    internal sealed class ArchiveInUse(IWritableBackend archive, InUse<IStorageBackend> lease, LeftBehind left, TimeSpan wait, TimeProvider time) : IAsyncDisposable
    {
        /// <summary>Its objects are named by whoever stores them, and can be erased.</summary>
        public bool IsNamed => archive is IErasableBackend;

        /// <summary>A call that was left behind and may still store something; null when there is none.</summary>
        public Task? Abandoned { get; private set; }

        /// <summary>Which object a body is.</summary>
        /// <exception cref="MdmException">Unsupported: the archive cannot say; what it says; it took too long.</exception>
        public Task<ObjectIdentity> IdentifyAsync(Stream body, ArchiveObjectDraft draft, CancellationToken cancellationToken) => archive is IIdentifyingBackend identifying
            ? left.RunAsync(token => identifying.IdentifyAsync(body, draft, token).AsTask(), wait, time, cancellationToken)
            : throw new MdmException(MdmErrorKind.Unsupported, $"{left.Whose} cannot say which image it is given. Its files are put, not registered.");

        /// <summary>True when the archive has that object.</summary>
        /// <exception cref="MdmException">What the archive says; it took too long.</exception>
        public async Task<bool> HoldsAsync(ArchiveObjectId id, CancellationToken cancellationToken) =>
            await left.RunAsync(token => archive.FindAsync(id, token).AsTask(), wait, time, cancellationToken) is not null;

        /// <summary>Stores all of a body.</summary>
        /// <exception cref="MdmException">Unavailable: the archive took no more of it for too long; what the archive says.</exception>
        public async Task<ArchiveObjectInfo> StoreAsync(Stream body, ArchiveObjectDraft draft, CancellationToken cancellationToken)
        {
            using var late = new CancellationTokenSource(wait, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            var watched = new WatchedBody(body, isAtWork => Allow(late, isAtWork), either.Token);
            try
            {
                return await left.RunAsync(token => archive.StoreAsync(watched, draft, token).AsTask(), late, time, call => Abandoned = call,
                    () => new MdmException(MdmErrorKind.Unavailable, $"{left.Whose} took no more of the object for {wait.TotalSeconds:0.#} seconds (Uploads:ArchiveWait). Nothing of it was kept; try again later."), cancellationToken);
            }
            finally
            {
                // What was left behind reads no more, and whoever owns the body may close it.
                await watched.SeverAsync();
            }
        }

        public ValueTask DisposeAsync()
        {
            if (Abandoned is not { } abandoned)
                return lease.DisposeAsync();
            // What is still used is not let go.
            _ = abandoned.ContinueWith(_ => lease.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return default;
        }

        private void Allow(CancellationTokenSource late, bool isAtWork)
        {
            try
            {
                late.CancelAfter(isAtWork ? wait : Timeout.InfiniteTimeSpan);
            }
            catch (ObjectDisposedException)
            {
                // The call was left behind; nobody waits for it.
            }
        }
    }
}
