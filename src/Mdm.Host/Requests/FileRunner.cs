using Mdm.Host.Access;
using Mdm.Host.Staging;

namespace Mdm.Host.Requests;

/// <summary>Brings one file of a request from asked to ready: authorise, stage, pin, give an address. Never throws: what goes wrong becomes the file's fault.</summary>
internal sealed class FileRunner(Authorizer authorizer, StagingArea staging, TicketBook tickets, OpenRequests open, TimeProvider time, ILogger log)
{
    /// <summary>How often a file is staged again that was evicted before its pin could be taken over.</summary>
    private const int MaxRounds = 5;

    /// <summary>Authorises the file, and makes it ready when it lies in the pool already. What comes back is to be given to <see cref="RunAsync"/>; null when there is nothing left to do.</summary>
    public async Task<AuthorizedFile?> TryAtOnceAsync(AskedFile file, CancellationToken cancellationToken)
    {
        try
        {
            var authorized = await AuthorizeAsync(file, cancellationToken);
            if (!open.TryBegin(file, authorized.Entry, isFetching: false))
                return null;
            if (file.Request.Header.StartsAt > time.GetUtcNow() || staging.TryFind(authorized.Entry) is null)
                return authorized;
            // Staging is asked for what lies there too: it fetches ahead for callers who walk a directory file by file. The answer is there at once.
            var hit = staging.StageAsync(authorized, pin: null, file.Stopping);
            if (hit.IsCompletedSuccessfully && TryReady(file, await hit))
                return null;
            _ = EndQuietlyAsync(hit);
            return authorized;
        }
        catch (MdmException e)
        {
            Fail(file, FileFault.Of(e));
            return null;
        }
    }

    /// <summary>Goes on until the file is ready, failed, or wanted no more.</summary>
    /// <param name="file">Pending.</param>
    /// <param name="authorized">When it was just authorised.</param>
    public async Task RunAsync(AskedFile file, AuthorizedFile? authorized)
    {
        try
        {
            if (file.Request.Header.StartsAt - time.GetUtcNow() is var delay && delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, time, file.Stopping);
                authorized = null;
            }
            // What was promised before a restart is kept; the transfer authorises its caller anyway.
            if (file.PinnedUntil is null && file.Request.Header.Owner.ValidUntil is { } end && end <= time.GetUtcNow())
            {
                Fail(file, OpenRequests.CredentialEnded(end));
                return;
            }
            authorized ??= await AuthorizeAsync(file, file.Stopping);
            while (staging.IsHeldBack(authorized.Entry))
            {
                // Queued, and told so; the right is asked for again when its turn comes.
                if (!open.TryBegin(file, authorized.Entry, isFetching: false))
                    return;
                await staging.MayBeFetchedAsync(authorized.Entry, file.Stopping);
                authorized = await AuthorizeAsync(file, file.Stopping);
            }
            if (!open.TryBegin(file, authorized.Entry, isFetching: true))
                return;
            for (var round = 0; round < MaxRounds; round++)
            {
                var staged = await staging.StageAsync(authorized, OrderOf(file), file.Stopping);
                if (TryReady(file, staged) || !file.State.IsPending())
                    return;
            }
            Fail(file, new FileFault(FaultCause.Error, MdmErrorKind.Busy, "The pool is so busy that the file was evicted again each time it had been fetched; ask again later."));
        }
        catch (OperationCanceledException) when (file.Stopping.IsCancellationRequested)
        {
            ReleaseStray(file);
        }
        catch (MdmException e)
        {
            Fail(file, FileFault.Of(e));
        }
        catch (Exception e)
        {
            Log.RunFailed(log, file.Request.Header.Token, file.Position, e);
            Fail(file, new FileFault(FaultCause.Error, MdmErrorKind.Refused, "The host failed to fetch the file; its log says why."));
        }
    }

    /// <summary>Lets the pin of a ready file end later or sooner; null when it is not pinned any more.</summary>
    public (PinLease Lease, Uri? Turl)? TryExtend(AskedFile file, TimeSpan pinFor)
    {
        if (file.Staged is not { } staged || file.Entry is not { } entry)
            return null;
        var lease = staging.TryPin(staged, OrderOf(file) with { Until = time.GetUtcNow() + pinFor });
        return lease is null ? null : (lease, TurlOf(file, entry, staged, lease));
    }

    /// <summary>How long until a file is ready that is not, as far as can be told.</summary>
    public TimeSpan EstimateWait(CatalogEntry entry) => staging.EstimateWait(entry);

    /// <summary>Lets go of a file that is not published any more.</summary>
    public void Forget(FileId file) => staging.Forget(file);

    // It was evicted in this moment; the run asks again, and tells what goes wrong.
    private static async Task EndQuietlyAsync(Task<StagedFile> stage) => await stage.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);

    private ValueTask<AuthorizedFile> AuthorizeAsync(AskedFile file, CancellationToken cancellationToken) =>
        authorizer.ReadAsync(file.Request.Header.Owner.Identity, file.Path!, cancellationToken);

    private bool TryReady(AskedFile file, StagedFile staged)
    {
        var lease = staging.TryPin(staged, OrderOf(file));
        if (lease is null)
            return false;
        if (open.TryReady(file, staged, lease, TurlOf(file, file.Entry!, staged, lease)))
            return true;
        lease.Dispose();
        return false;
    }

    // Staging may have taken the pin in the moment in which the file was called off.
    private void ReleaseStray(AskedFile file)
    {
        if (file.Entry is { } entry && staging.TryFind(entry) is { } staged)
            staging.TryPin(staged, OrderOf(file))?.Dispose();
    }

    private Uri? TurlOf(AskedFile file, CatalogEntry entry, StagedFile staged, PinLease lease) => file.Request.Header.Kind == RequestKind.Get
        ? tickets.Issue(staged, entry.Path.Name, file.Request.Header.Owner.Identity, lease.Until).Turl
        : null;

    // A pin that was promised before a restart ends when it was to end.
    private PinOrder OrderOf(AskedFile file) =>
        new(file.PinKey, file.Request.Header.Owner.Identity.Subject, file.PinnedUntil ?? time.GetUtcNow() + file.Request.Header.PinFor);

    private void Fail(AskedFile file, FileFault fault) => open.End(file.Request, [file], FileState.Failed, fault, out _);
}
