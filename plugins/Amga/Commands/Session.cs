using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>What one client's commands have in common: who he is, where he is, and what he has open.</summary>
internal sealed class Session : IAsyncDisposable
{
    private Principal _who;
    private long _version = -1;

    public Session(AmgaStore store, Principal principal, Login login)
    {
        Store = store;
        _who = principal;
        OwnerBits = login.PermissionMask is { Length: > 0 } mask ? BitText.Parse(mask) : Bits.All;
        GroupBits = login.GroupMask is { Length: > 0 } groups ? BitText.Parse(groups) : Bits.None;
        Directory = login.Directory is { Length: > 0 } directory ? AmgaPath.Absolute("/", directory) : "/";
    }

    public AmgaStore Store { get; }

    public string Directory { get; set; }

    /// <summary>The owner's bits of what he makes.</summary>
    public Bits OwnerBits { get; }

    /// <summary>The bits of his primary FQAN on what he makes.</summary>
    public Bits GroupBits { get; }

    /// <summary>Who he is, with the groups he had at his last command.</summary>
    public Principal Who => _who;

    public HeldTransaction? Transaction { get; private set; }

    public Upload? Upload { get; set; }

    /// <summary>Tells of the searches of the command that is carried out; null before the first.</summary>
    public Searching? Searching { get; set; }

    /// <summary>Work that changes nothing.</summary>
    public Task<T> ReadAsync<T>(Func<Request, T> work, CancellationToken cancellationToken) =>
        Transaction is null ? Store.LimitedAsync(limit => Store.ReadAsync(one => work(On(one, isCommitted: true)), limit), cancellationToken) : WriteAsync(work, cancellationToken);

    /// <summary>As <see cref="ReadAsync"/>, for work of one statement: null where that is not enough, and it is to be done by the other.</summary>
    public async ValueTask<T?> ReadAtOnceAsync<T>(Func<Request, T?> work, CancellationToken cancellationToken)
        where T : class =>
        Transaction is null ? await Store.ReadAtOnceAsync(_version, one => work(new Request(one, _who, Directory, Searching)), cancellationToken).ConfigureAwait(false) : null;

    /// <summary>Work that may write: durable when it returns, or part of the open transaction.</summary>
    public async Task<T> WriteAsync<T>(Func<Request, T> work, CancellationToken cancellationToken) =>
        Transaction is { } open ? await WithinAsync(open, work, cancellationToken).ConfigureAwait(false)
            : await Store.WriteAsync(one => work(On(one, isCommitted: false)), cancellationToken).ConfigureAwait(false);

    public Task WriteAsync(Action<Request> work, CancellationToken cancellationToken) => WriteAsync(Nothing(work), cancellationToken);

    /// <summary>As <see cref="WriteAsync(Action{Request}, CancellationToken)"/>, for work over any number of rows, which is ended when it takes too long.</summary>
    public async Task WriteLongAsync(Action<Request> work, CancellationToken cancellationToken) =>
        await Store.LimitedAsync(limit => Transaction is { } open ? WithinAsync(open, Nothing(work), limit) : Store.WriteLongAsync(one => Nothing(work)(On(one, isCommitted: false)), limit), cancellationToken).ConfigureAwait(false);

    /// <summary>Rows of any number: the work runs to its end at the database's speed, the client takes them at his.</summary>
    public async ValueTask StreamAsync(Action<Request, Spool> work, IAnswer answer, CancellationToken cancellationToken)
    {
        using var spool = new Spool(Store.Options.SpoolPath, Store.Options.MaxSpoolBytes);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = Task.Run(async () =>
        {
            try
            {
                return Transaction is null
                    ? await Store.LimitedAsync(limit => Store.ReadOnceAsync(one => Fill(On(one, isCommitted: true)), limit), gone.Token).ConfigureAwait(false)
                    : await Store.LimitedAsync(limit => WithinAsync(Transaction, Fill, limit), gone.Token).ConfigureAwait(false);
            }
            finally
            {
                spool.Complete();
            }
        }, CancellationToken.None);
        try
        {
            var isFirst = true;
            await foreach (var line in spool.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (isFirst && spool.Header is { } header)
                    answer.SetHeader(header);
                isFirst = false;
                await answer.WriteAsync(line, cancellationToken).ConfigureAwait(false);
            }
            await working.ConfigureAwait(false);
            if (isFirst && spool.Header is { } only)
                answer.SetHeader(only);
        }
        catch when (!working.IsCompleted)
        {
            await gone.CancelAsync().ConfigureAwait(false);
            await working.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
            throw;
        }

        int Fill(Request request)
        {
            work(request, spool);
            return 0;
        }
    }

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (Transaction is not null || Upload is not null)
            throw new AmgaException(AmgaError.Internal, "Something is open already; end it with commit or abort.");
        Transaction = await Store.BeginAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task CommitAsync()
    {
        var open = Transaction ?? throw NothingOpen();
        Transaction = null;
        try
        {
            await AmgaStore.CommitAsync(open).ConfigureAwait(false);
        }
        catch (AmgaException e) when (open.End is not "committed")
        {
            throw Ended(open, e);
        }
        finally
        {
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async Task AbortAsync()
    {
        if (Transaction is not { } open)
            return;
        Transaction = null;
        await open.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Root becomes somebody else.</summary>
    public void Become(Principal other) => (_who, _version) = (other, -1);

    public async ValueTask DisposeAsync()
    {
        Upload?.Dispose();
        Upload = null;
        await AbortAsync().ConfigureAwait(false);
    }

    public static AmgaException NothingOpen() => new(AmgaError.Internal, "There is no transaction and no upload.");

    private static Func<Request, int> Nothing(Action<Request> work) => request =>
    {
        work(request);
        return 0;
    };

    private async Task<T> WithinAsync<T>(HeldTransaction open, Func<Request, T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await Store.WithinAsync(open, one => work(On(one, isCommitted: false)), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException || (e is AmgaException && open.End is not null))
        {
            await AbortAsync().ConfigureAwait(false);
            throw Ended(open, e);
        }
    }

    private AmgaException Ended(HeldTransaction open, Exception e) => new(AmgaError.Aborted,
        $"The transaction was ended ({open.End}) and nothing of it kept: it may take {Store.Options.MaxTransactionTime} (MaxTransactionTime) and be idle for {Store.Options.MaxTransactionIdle} (MaxTransactionIdle).", e);

    // Groups are looked up anew when anything about people or rights has changed. What was read before its commit is not remembered.
    private Request On(Work work, bool isCommitted)
    {
        var who = _who;
        if (work.Tree.Version != _version)
        {
            who = work.Principals.Of(work.Session, who.User, who.Identity);
            if (isCommitted)
                (_who, _version) = (who, work.Tree.Version);
        }
        return new Request(work, who, Directory, Searching);
    }
}
