using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Mdm.Host.Access;
using Mdm.Host.Orders;
using Mdm.Host.Staging;
using Mdm.Host.Usage;

namespace Mdm.Host.Requests;

/// <summary>
/// Work that outlives a call. A request is on disk before its token is told; after the process died, however it died, each goes on with the identity that it was made with:
/// what was queued is authorised anew, what was ready is pinned again, or fetched again first.
/// </summary>
internal sealed partial class RequestBook : IHostedService, IAsyncDisposable
{
    /// <summary>Random bytes of a token: nobody guesses one.</summary>
    private const int TokenBytes = 16;

    /// <summary>Longest text that is looked up as a token.</summary>
    private const int MaxTokenLength = 64;

    /// <summary>Longest description that is kept.</summary>
    public const int MaxDescriptionLength = 1024;

    private static readonly TimeSpan ForgetEvery = TimeSpan.FromMinutes(5);

    private readonly RequestStore _store;
    private readonly RequestsOptions _options;
    private readonly StagingOptions _pins;
    private readonly TimeProvider _time;
    private readonly ILogger<RequestBook> _log;
    private readonly OpenRequests _open;
    private readonly FileRunner _runner;
    private readonly Drains? _drains;
    private readonly UsageBook? _usage;
    private ITimer? _forgetting;

    public RequestBook(RequestStore store, RequestsOptions options, StagingOptions pins, Authorizer authorizer, StagingArea staging, TicketBook tickets, TimeProvider time, ILogger<RequestBook> log, Drains? drains = null, UsageBook? usage = null)
    {
        (_store, _options, _pins, _time, _log, _drains, _usage) = (store, options, pins, time, log, drains, usage);
        _open = new OpenRequests(store, options, time, log);
        _runner = new FileRunner(authorizer, staging, tickets, _open, time, log);
    }

    /// <summary>Takes up what was open when the process ended. Staging has started by then.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var resumed = await _store.OpenAsync(cancellationToken);
        foreach (var (header, files) in resumed)
        {
            var request = new OpenRequest(header, files) { IsStored = true };
            _open.Admit(request, isNew: false);
            Run(request, []);
        }
        if (resumed.Count > 0)
            Log.Resumed(_log, resumed.Count);
        _forgetting = _time.CreateTimer(_ => _ = ForgetEndedAsync(), null, TimeSpan.Zero, ForgetEvery);
    }

    /// <summary>Stops work; what is open goes on after the next start.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _forgetting?.Dispose();
        _open.Dispose();
        return _open.FlushAsync();
    }

    /// <summary>Takes an order, waits for its files as long as <see cref="RequestsOptions.AnswerWithin"/> says, and tells how they stand.</summary>
    /// <exception cref="MdmException">Refused: a limit; Busy, Unavailable: the book.</exception>
    public async Task<RequestView> SubmitAsync(GridCaller owner, RequestOrder order, CancellationToken cancellationToken)
    {
        _drains?.DemandHost();
        if (order.Files.Length > _options.MaxFilesPerRequest)
            throw new MdmException(MdmErrorKind.Refused, $"The request names {order.Files.Length} files; {_options.MaxFilesPerRequest} are the most here, so make several requests.");
        if (order.Description?.Length > MaxDescriptionLength)
            throw new MdmException(MdmErrorKind.Refused, $"The request's description is longer than {MaxDescriptionLength} characters.");
        var request = new OpenRequest(HeaderOf(owner, order), order.Files.Select((file, at) =>
            new FileRow(at, file.Surl, file.Path, file.Fault is null ? FileState.Queued : FileState.Failed, file.Fault, null, null)));
        _open.Admit(request, isNew: true);
        try
        {
            var authorized = await TryAtOnceAsync(request, cancellationToken);
            if (request.Files.All(file => file.State is FileState.Failed))
                return View(request) with { Token = null };
            // On its way to disk while the archive is asked; told to nobody before it is there.
            var stored = _open.StoreAsync(request);
            Run(request, authorized);
            await stored;
            _usage?.Requested(owner.Identity);
            await SettleAsync(request, cancellationToken);
            return View(request);
        }
        catch
        {
            // Its token was told to nobody.
            _open.Drop(request);
            throw;
        }
    }

    /// <summary>How a request of the caller stands; null when there is none of that name.</summary>
    /// <exception cref="MdmException">AccessDenied: it is somebody else's.</exception>
    public async Task<RequestView?> FindAsync(GridIdentity caller, string token, CancellationToken cancellationToken)
    {
        if (FindOpen(caller, token) is { } request)
            return View(request);
        if (token.Length > MaxTokenLength || await _store.FindAsync(token, cancellationToken) is not var (header, files))
            return null;
        // Nobody guesses a token: to say that it is another's tells nothing to who does not know that already.
        if (header.Owner.Identity.Subject != caller.Subject)
            throw new MdmException(MdmErrorKind.AccessDenied, $"The request of that token was made by somebody else, not by {caller.Subject}. Ask for the files yourself.");
        var now = _time.GetUtcNow();
        return new RequestView(token, header.Kind, header.CreatedAt, OpenRequest.Positive(header.Deadline - now), TimeSpan.Zero, [.. files.Select(file => file.View(now))]);
    }

    /// <summary>The caller's requests that are remembered, oldest first; those of a description, when one is given.</summary>
    public async Task<IReadOnlyList<RequestName>> NamesAsync(GridIdentity caller, string? description, CancellationToken cancellationToken) =>
        await _store.NamesAsync(caller.Subject, description, cancellationToken);

    /// <summary>Ends all files of a request, or those of some paths: one outcome a file, or one a path, null for a path that is not in the request.</summary>
    /// <returns>Null when there is no request of that name.</returns>
    /// <exception cref="MdmException">AccessDenied: it is somebody else's.</exception>
    public async Task<IReadOnlyList<FileOutcome?>?> EndAsync(GridIdentity caller, string token, IReadOnlyList<StoragePath?>? paths, FileState state, CancellationToken cancellationToken)
    {
        if (FindOpen(caller, token) is { } request)
        {
            var wanted = paths?.ToHashSet();
            var ended = _open.End(request, request.Files.Where(file => wanted is null || wanted.Contains(file.Path)), state, null, out var recorded).ToHashSet();
            await recorded;
            return Outcomes(request.Files, paths, file => file.Path, file => new FileOutcome(View(file), ended.Contains(file)));
        }
        return await FindAsync(caller, token, cancellationToken) is { } view
            ? Outcomes(view.Files, paths, file => file.Path, file => new FileOutcome(file, WasOpen: false))
            : null;
    }

    /// <summary>Ends the caller's open files of some paths in whichever request: one outcome a path, null where he has none open.</summary>
    public async Task<IReadOnlyList<FileOutcome?>> EndAsync(GridIdentity caller, IReadOnlyList<StoragePath?> paths, FileState state)
    {
        var outcomes = new Dictionary<StoragePath, FileOutcome>();
        var recorded = new List<Task>();
        foreach (var path in paths.OfType<StoragePath>().Distinct())
        {
            foreach (var file in _open.Find(caller.Subject, path))
            {
                var wasOpen = _open.End(file.Request, [file], state, null, out var one).Count > 0;
                recorded.Add(one);
                outcomes[path] = new FileOutcome(View(file), wasOpen);
            }
        }
        await Task.WhenAll(recorded);
        return [.. paths.Select(path => path is null ? null : outcomes.GetValueOrDefault(path))];
    }

    /// <summary>Lets the pins of the caller's ready files end so long from now, in one request or in all: one outcome a path, null where there is no such file.</summary>
    /// <returns>Null when a token is given and there is no request of that name.</returns>
    /// <exception cref="MdmException">AccessDenied: it is somebody else's.</exception>
    public async Task<IReadOnlyList<FileOutcome?>?> ExtendAsync(GridIdentity caller, string? token, IReadOnlyList<StoragePath?> paths, Lifetime pin, CancellationToken cancellationToken)
    {
        var request = token is null ? null : FindOpen(caller, token);
        if (token is not null && request is null)
        {
            return await FindAsync(caller, token, cancellationToken) is { } ended
                ? Outcomes(ended.Files, paths, file => file.Path, file => new FileOutcome(file, WasOpen: false))
                : null;
        }
        var recorded = new List<Task>();
        var outcomes = new List<FileOutcome?>(paths.Count);
        foreach (var path in paths)
        {
            FileOutcome? outcome = null;
            foreach (var file in path is null ? [] : request?.Files.Where(file => path.Equals(file.Path)) ?? _open.Find(caller.Subject, path))
            {
                var extended = _runner.TryExtend(file, pin.Within(_pins.DefaultPin, _pins.LongestPin)) is var (lease, turl) && TryExtend(file, lease, turl);
                outcome = new FileOutcome(View(file), extended);
            }
            outcomes.Add(outcome);
        }
        await Task.WhenAll(recorded);
        return outcomes;

        bool TryExtend(AskedFile file, PinLease lease, Uri? turl)
        {
            var extended = _open.TryExtend(file, lease, turl, out var one);
            recorded.Add(one);
            if (!extended)
                lease.Dispose();
            return extended;
        }
    }

    /// <summary>A file is not published any more: what was asked of it fails, and the pool lets go of it.</summary>
    public void Removed(CatalogEntry entry)
    {
        foreach (var file in _open.Find(entry.Id))
            _open.End(file.Request, [file], FileState.Failed, new FileFault(FaultCause.Error, MdmErrorKind.NotFound, "The file was removed."), out _);
        _runner.Forget(entry.Id);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        foreach (var file in _open.All.SelectMany(request => request.Files))
            file.Stop();
        await _store.DisposeAsync();
    }

    private static IReadOnlyList<FileOutcome?> Outcomes<T>(IEnumerable<T> files, IReadOnlyList<StoragePath?>? paths, Func<T, StoragePath?> pathOf, Func<T, FileOutcome> outcomeOf)
        where T : class
    {
        if (paths is null)
            return [.. files.Select(outcomeOf)];
        var byPath = files.Where(file => pathOf(file) is not null).ToLookup(file => pathOf(file)!);
        return [.. paths.Select(path => path is null || !byPath.Contains(path)
            ? null
            : byPath[path].Select(outcomeOf).OrderByDescending(outcome => outcome.WasOpen).First())];
    }

    private RequestHeader HeaderOf(GridCaller owner, RequestOrder order)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
        var startsAt = now + (order.StartAfter < _options.LongestRequestTime ? order.StartAfter : _options.LongestRequestTime);
        return new RequestHeader
        {
            Token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes)),
            Kind = order.Kind,
            Owner = owner,
            Description = order.Description,
            CreatedAt = now,
            StartsAt = startsAt,
            Deadline = startsAt + order.Total.Within(_options.DefaultRequestTime, _options.LongestRequestTime),
            PinFor = order.Pin.Within(_pins.DefaultPin, _pins.LongestPin),
        };
    }

    // As far as the call's time goes; what is left over is authorised when its turn comes.
    private async Task<AuthorizedFile?[]> TryAtOnceAsync(OpenRequest request, CancellationToken cancellationToken)
    {
        var authorized = new AuthorizedFile?[request.Files.Length];
        var began = _time.GetTimestamp();
        foreach (var file in request.Files)
        {
            if (_time.GetElapsedTime(began) > _options.AnswerWithin)
                break;
            if (file.State.IsPending())
                authorized[file.Position] = await _runner.TryAtOnceAsync(file, cancellationToken);
        }
        return authorized;
    }

    // All files of a request are asked for together, so that what lies together in the archive is one retrieval.
    private void Run(OpenRequest request, AuthorizedFile?[] authorized)
    {
        foreach (var file in request.Files)
        {
            if (file.State.IsPending())
                _ = _runner.RunAsync(file, file.Position < authorized.Length ? authorized[file.Position] : null);
        }
    }

    private async Task SettleAsync(OpenRequest request, CancellationToken cancellationToken)
    {
        if (request.Settled.IsCompleted || _options.AnswerWithin == TimeSpan.Zero)
            return;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(request.Settled, Task.Delay(_options.AnswerWithin, _time, enough.Token));
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private OpenRequest? FindOpen(GridIdentity caller, string token) =>
        _open.Find(token) is { IsStored: true } request && request.Header.Owner.Identity.Subject == caller.Subject ? request : null;

    private RequestView View(OpenRequest request) => request.View(_time.GetUtcNow(), _runner.EstimateWait);

    private FileView View(AskedFile file)
    {
        lock (file.Request.Gate)
        {
            return file.View(_time.GetUtcNow(), _runner.EstimateWait);
        }
    }

    private async Task ForgetEndedAsync()
    {
        try
        {
            while (await _store.ForgetAsync(_time.GetUtcNow() - _options.Retention, CancellationToken.None))
            {
                // The next share: others write in between.
            }
        }
        catch (Exception e) when (e is MdmException or ObjectDisposedException)
        {
            Log.NotForgotten(_log, e);
        }
    }
}
