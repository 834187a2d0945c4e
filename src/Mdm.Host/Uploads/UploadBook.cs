using System.Buffers.Text;
using System.Security.Cryptography;
using Mdm.Host.Access;
using Mdm.Host.Members;
using Mdm.Host.Orders;
using Mdm.Host.Publication;
using Mdm.Host.Requests;
using Mdm.Host.Transfer;
using Mdm.Host.Usage;

namespace Mdm.Host.Uploads;

/// <summary>Puts, from their order to their end. All state is in the store: any host that shares it answers for any put.</summary>
internal sealed class UploadBook(
    UploadStore store, UploadsOptions options, TransferOptions transfer, ThisHost host, PlaceAuthorizer places, PutPlaces publications, SpaceChoice spaces, UploadTicketBook tickets, ComingBytes coming, ObjectEraser eraser, AuditTrail audit, TimeProvider time, PutArchives archives, Drains? drains = null, UsageBook? usage = null)
{
    /// <summary>Random bytes of a token: nobody guesses one.</summary>
    private const int TokenBytes = 16;

    /// <summary>Longest text that is looked up as a token.</summary>
    private const int MaxTokenLength = 64;

    /// <summary>Takes an order: each file's name and room are kept, or it fails.</summary>
    /// <exception cref="MdmException">Refused: a limit, which the message names; InvalidName: the space.</exception>
    public async Task<UploadView> SubmitAsync(GridCaller owner, UploadOrder order, CancellationToken cancellationToken)
    {
        drains?.DemandHost();
        if (order.Files.Length > options.MaxFilesPerRequest)
            throw new MdmException(MdmErrorKind.Refused, $"The request names {order.Files.Length} files; {options.MaxFilesPerRequest} are the most here (Uploads:MaxFilesPerRequest), so make several requests.");
        if (order.Description?.Length > RequestBook.MaxDescriptionLength)
            throw new MdmException(MdmErrorKind.Refused, $"The request's description is longer than {RequestBook.MaxDescriptionLength} characters.");
        var now = Now();
        var request = new UploadRequest
        {
            Token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes)),
            Owner = owner.Identity.Subject,
            Description = order.Description,
            CreatedAt = now,
            Deadline = now + order.Total.Within(options.DefaultRequestTime, options.LongestRequestTime),
            Overwriting = order.Overwriting,
        };
        var files = new List<UploadRow>(order.Files.Length);
        foreach (var file in order.Files)
            files.Add(await PlaceAsync(owner.Identity, order, request, file, files.Count, now, cancellationToken));
        files = await store.InsertAsync(request, files, options.MaxOpenFilesPerUser);
        var isKept = !files.TrueForAll(file => file.State == UploadState.Failed);
        if (isKept)
            usage?.Requested(owner.Identity);
        return View(request, files) with { IsKept = isKept };
    }

    /// <summary>How a put of the caller stands; null when there is none of that name.</summary>
    /// <exception cref="MdmException">AccessDenied: it is somebody else's.</exception>
    public async Task<UploadView?> FindAsync(GridIdentity caller, string token, CancellationToken cancellationToken)
    {
        if (token.Length > MaxTokenLength || await store.FindAsync(token, cancellationToken) is not var (request, files))
            return null;
        // Nobody guesses a token: to say that it is another's tells nothing to who does not know that already.
        return request.Owner == caller.Subject
            ? View(request, files)
            : throw new MdmException(MdmErrorKind.AccessDenied, $"The request of that token was made by somebody else, not by {caller.Subject}. Put the files yourself.");
    }

    /// <summary>The caller's puts that are remembered, oldest first; those of a description, when one is given.</summary>
    public async Task<IReadOnlyList<RequestName>> NamesAsync(GridIdentity caller, string? description, CancellationToken cancellationToken) => await store.NamesAsync(caller.Subject, description, cancellationToken);

    /// <summary>Where to bring a file's bytes; null when it takes none.</summary>
    public Uri? TurlOf(GridIdentity caller, UploadRow file) => file.State is UploadState.Awaited or UploadState.Coming or UploadState.Arrived ? tickets.Issue(file, caller).Turl : null;

    /// <summary>Calls a put off, or some of its files: their names and room are free at once, and what came is erased.</summary>
    /// <returns>The put afterwards; null when there is none of that name.</returns>
    /// <exception cref="MdmException">AccessDenied: it is somebody else's.</exception>
    public async Task<UploadView?> AbortAsync(GridIdentity caller, string token, IReadOnlyList<StoragePath?>? paths, CancellationToken cancellationToken)
    {
        if (await FindAsync(caller, token, cancellationToken) is not { } before)
            return null;
        var positions = paths is null ? null : before.Files.Where(file => paths.Contains(file.Asked)).Select(file => file.Position).ToList();
        await EndAsync(token, positions, UploadState.Aborted, null);
        audit.CalledOff(caller, before.Files.Count(file => file.State.IsOpen() && positions?.Contains(file.Position) != false));
        return await FindAsync(caller, token, cancellationToken);
    }

    /// <summary>Everybody's puts, the latest first, as administrators see them. Who may is asked before.</summary>
    public Task<List<OverseenPut>> OverseeAsync(RequestFilter filter, UploadState? state, CancellationToken cancellationToken) => store.OverseeAsync(filter, state, cancellationToken);

    /// <summary>Calls a put off, or files of it, whosesoever it is. Who may is asked before.</summary>
    /// <param name="token">Which.</param>
    /// <param name="positions">Which files, from 0; all when null.</param>
    /// <param name="reason">For its owner.</param>
    /// <returns>How many were open; null when there is no open put of that token.</returns>
    public async Task<int?> AbortAsync(string token, IReadOnlyCollection<int>? positions, string reason)
    {
        if (token.Length > MaxTokenLength || await store.FindAsync(token, CancellationToken.None) is not { } put || !put.Files.Exists(file => file.State.IsOpen()))
            return null;
        return await EndAsync(token, positions, UploadState.Aborted, RequestBook.CalledOff(reason));
    }

    /// <summary>Ends whatever is being put under a name: somebody who may has removed it.</summary>
    public async Task RemovedAsync(StoragePath path, CancellationToken cancellationToken)
    {
        if (await store.FindOpenAsync(path, cancellationToken) is { } open)
            await EndAsync(open.Token, [open.Position], UploadState.Failed, new FileFault(FaultCause.Error, MdmErrorKind.NotFound, "The file was removed."));
    }

    /// <summary>The open put of a name; null when there is none.</summary>
    public Task<UploadRow?> FindOpenAsync(StoragePath path, CancellationToken cancellationToken) => store.FindOpenAsync(path, cancellationToken);

    /// <exception cref="MdmException">Busy: something at or below the path is being put.</exception>
    public async Task DemandQuietAsync(StoragePath path, CancellationToken cancellationToken)
    {
        if (await store.IsPutBelowAsync(path, cancellationToken))
            throw new MdmException(MdmErrorKind.Busy, $"{path} is being put, or something below it is; wait until that is done, or called off.");
    }

    /// <summary>True when something at or below the path is being put.</summary>
    public Task<bool> IsPutBelowAsync(StoragePath path, CancellationToken cancellationToken) => store.IsPutBelowAsync(path, cancellationToken);

    /// <exception cref="MdmException">Busy: a file of that name is being put.</exception>
    public async Task DemandFreeAsync(StoragePath path, CancellationToken cancellationToken)
    {
        if (await store.FindOpenAsync(path, cancellationToken) is not null)
            throw new MdmException(MdmErrorKind.Busy, $"{path} is being put; wait until that is done, or called off.");
    }

    /// <summary>What is known of entries that came by puts.</summary>
    public Task<Dictionary<FileId, StoredRow>> StoredAsync(IEnumerable<CatalogEntry> entries, CancellationToken cancellationToken)
    {
        var files = entries.Where(entry => entry.Kind == CatalogEntryKind.File && publications.IsPutInto(entry.Publication)).Select(entry => entry.Id).ToList();
        return files.Count == 0 ? Task.FromResult(new Dictionary<FileId, StoredRow>()) : store.StoredAsync(files, cancellationToken);
    }

    /// <summary>Lets a file live so long from now.</summary>
    /// <returns>What was granted: null for without end; false when the file did not come by a put.</returns>
    public async Task<(bool IsPut, TimeSpan? Granted)> ExtendAsync(CatalogEntry entry, Lifetime asked, CancellationToken cancellationToken)
    {
        if (!(await StoredAsync([entry], cancellationToken)).TryGetValue(entry.Id, out var stored))
            return (false, null);
        var granted = await spaces.LifetimeAsync(stored.Space, asked, cancellationToken);
        return (await store.ExtendAsync(entry.Id, Now() + granted), granted);
    }

    private async Task<int> EndAsync(string token, IReadOnlyCollection<int>? positions, UploadState state, FileFault? fault)
    {
        var ended = await store.EndAsync(token, positions, state, fault, Now());
        foreach (var file in ended)
            await coming.StopAsync(file);
        await eraser.EraseSoonAsync();
        return ended.Count;
    }

    private async Task<UploadRow> PlaceAsync(GridIdentity caller, UploadOrder order, UploadRequest request, PutFile file, int position, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var turlUntil = now + order.Turl.Within(options.DefaultTurlTime, options.LongestTurlTime);
        var row = new UploadRow
        {
            Token = request.Token,
            Position = position,
            Surl = file.Surl,
            Asked = file.Path,
            State = UploadState.Failed,
            Fault = file.Fault,
            Host = host.Id,
            Base = transfer.BaseAddress!,
            TurlUntil = turlUntil < request.Deadline ? turlUntil : request.Deadline,
            Expected = file.Expected,
            Since = now,
        };
        if (file.Path is not { } path || file.Fault is not null)
            return row;
        try
        {
            if (file.Expected > options.MaxFileLength.Bytes)
                throw new MdmException(MdmErrorKind.Refused, $"A file of {file.Expected} bytes is longer than {options.MaxFileLength.Bytes}, which is the most here (Uploads:MaxFileLength).");
            var place = await places.WriteAsync(caller, path, AuditAction.Put, cancellationToken);
            var plan = publications.PlanOf(place.Parent);
            archives.DemandOpen(plan.Options.Archive);
            MayReplace(place, plan, order.Overwriting, file.Expected);
            var space = await spaces.ForAsync(plan, caller, order.Space, cancellationToken);
            return row with
            {
                State = UploadState.Awaited,
                Path = place.Path,
                Publication = plan.Name,
                Archive = plan.Options.Archive,
                Space = space,
                Reserved = file.Expected ?? options.FirstReservation.Bytes,
                Lifetime = await spaces.LifetimeAsync(space, order.File, cancellationToken),
            };
        }
        catch (MdmException refusal)
        {
            return row with { Fault = FileFault.Of(refusal) };
        }
    }

    /// <exception cref="MdmException">AlreadyExists, Refused.</exception>
    internal static void MayReplace(AuthorizedPlace place, PublicationPlan plan, Overwriting overwriting, long? length)
    {
        if (place.Existing is not { } there)
            return;
        if (there.Kind != CatalogEntryKind.File || there.Publication != plan.Name)
            throw new MdmException(MdmErrorKind.AlreadyExists, $"{there.Path} exists, and is no file that was put here; remove it first, or choose another name.");
        switch (overwriting)
        {
            case Overwriting.Always:
                return;
            case Overwriting.WhenDifferent when length is not null && there.Facts is { } facts && facts.Length != length:
                return;
            case Overwriting.WhenDifferent:
                throw new MdmException(MdmErrorKind.AlreadyExists, $"{there.Path} exists, and nothing says that it is different: only another expected size does.");
            default:
                throw new MdmException(MdmErrorKind.AlreadyExists, $"{there.Path} exists already; ask for it to be overwritten, or choose another name.");
        }
    }

    private UploadView View(UploadRequest request, List<UploadRow> files) => new(request, [.. files], OpenRequest.Positive(request.Deadline - time.GetUtcNow()));

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
}
