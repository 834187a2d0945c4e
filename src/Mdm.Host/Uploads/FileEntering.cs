using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Members;
using Mdm.Host.Metadata;
using Mdm.Host.Publication;
using Mdm.Host.Requests;
using Mdm.Host.Usage;

namespace Mdm.Host.Uploads;

/// <summary>What saying that a file is done came to.</summary>
/// <param name="File">The file as it was before; null when the put has no such file.</param>
/// <param name="Fault">Why it is no file now; null when it is, or when its state says why.</param>
/// <param name="IsEntered">True when it became a file.</param>
internal sealed record EnteringOutcome(UploadRow? File, FileFault? Fault, bool IsEntered);

/// <summary>
/// The moment in which bytes become a file (srmPutDone): all of them are there, the right still stands, and the entry appears, or takes the place of another, in one step. What a crash leaves half-way is carried
/// to its end, or taken back, by whether the entry is there.
/// </summary>
internal sealed class FileEntering(
    UploadBook book, UploadStore store, PlaceAuthorizer places, PutPlaces publications, PutArchives archives, PublishedIds ids, IdentityPolicy identity, ICatalog catalog, IRightsFollower follower, MetadataRows metadata, SpooledBodies spooled, StagingArea staging,
    ObjectEraser eraser, ThisHost host, TimeProvider time, ILogger<FileEntering> log, UsageBook? usage = null)
{
    private const int FileMode = 0b110_110_100;
    private const int ClosedMode = 0b110_000_000;

    /// <summary>Enters files of a put: one outcome a path.</summary>
    /// <returns>Null when there is no put of that name.</returns>
    /// <exception cref="MdmException">AccessDenied: it is somebody else's.</exception>
    public async Task<IReadOnlyList<EnteringOutcome>?> DoneAsync(GridIdentity caller, string token, IReadOnlyList<StoragePath?> paths, CancellationToken cancellationToken)
    {
        if (await book.FindAsync(caller, token, cancellationToken) is not { } view)
            return null;
        var outcomes = new List<EnteringOutcome>(paths.Count);
        foreach (var path in paths)
        {
            var row = path is null ? null : view.Files.FirstOrDefault(file => path.Equals(file.Asked) && !outcomes.Exists(done => done.File?.Position == file.Position)) ?? view.Files.FirstOrDefault(file => path.Equals(file.Asked));
            outcomes.Add(row is null ? new EnteringOutcome(null, null, IsEntered: false) : await OneAsync(caller, view.Request, row, cancellationToken));
        }
        await eraser.EraseSoonAsync();
        return outcomes;
    }

    /// <summary>Carries to its end, or takes back, what was being entered when a host died.</summary>
    public async Task ResolveAsync(UploadRow row, CancellationToken cancellationToken)
    {
        if (row.Object is not { } id)
            await store.FailAsync(row, UploadState.Entering, new FileFault(FaultCause.Error, MdmErrorKind.Unavailable, "The host stopped while the file was being stored; put it again."), Now());
        else if (await catalog.FindAsync(ids.OfFile(row.Publication!, id), cancellationToken) is { } entry)
            await CompleteAsync(row, entry, cancellationToken);
        else
            await store.LeaveAsync(row, Now());
    }

    private async Task<EnteringOutcome> OneAsync(GridIdentity caller, UploadRequest request, UploadRow row, CancellationToken cancellationToken)
    {
        switch (row.State)
        {
            case UploadState.Awaited or UploadState.Coming:
                return Refused(row, MdmErrorKind.NotFound, "Not all bytes of the file have come: put them to its transfer URL first.");
            case UploadState.Entering:
                return Refused(row, MdmErrorKind.Busy, "The file is being entered already.");
            case UploadState.Done:
                return Refused(row, MdmErrorKind.AlreadyExists, "The file is done already.");
            case not UploadState.Arrived:
                return new EnteringOutcome(row, null, IsEntered: false);
            // Sealed with a key that only that process has.
            case UploadState.Arrived when row.Object is null && row.Host != host.Id:
                return Refused(row, MdmErrorKind.Unavailable, $"The bytes of the file wait at {row.Base.Authority} until it is done; say there that it is.");
        }
        var isMine = false;
        try
        {
            var place = await places.WriteAsync(caller, row.Asked!, AuditAction.PutDone, cancellationToken);
            var plan = publications.PlanOf(place.Parent);
            if (plan.Name != row.Publication || place.Path != row.Path)
                throw new MdmException(MdmErrorKind.NotFound, $"{row.Path!.Parent} is not there any more.");
            UploadBook.MayReplace(place, plan, request.Overwriting, row.Facts!.Length);
            if (!await store.EnterAsync(row, place.Existing?.Id, host.Id, Now()))
                return Refused(row, MdmErrorKind.Busy, "The file is being entered, or other bytes come to its transfer URL.");
            isMine = true;
            return await EnterAsync(caller, plan, place, row);
        }
        catch (MdmException refusal) when (!refusal.IsTransient)
        {
            // What stands in its way may be itself: said to be done twice, it is there already, and whoever enters it is about to say so.
            if (!await store.FailAsync(row, isMine ? UploadState.Entering : UploadState.Arrived, FileFault.Of(refusal), Now()))
                return Refused(row, MdmErrorKind.Busy, "The file is being entered already.");
            spooled.Drop(row);
            return new EnteringOutcome(row, FileFault.Of(refusal), IsEntered: false);
        }
        catch (MdmException later)
        {
            return new EnteringOutcome(row, FileFault.Of(later), IsEntered: false);
        }
    }

    /// <summary>From here on it is not called off any more: it comes to an end, one way or the other.</summary>
    private async Task<EnteringOutcome> EnterAsync(GridIdentity caller, PublicationPlan plan, AuthorizedPlace place, UploadRow row)
    {
        try
        {
            var stored = row.Object is null ? await StoreSpooledAsync(row) : row;
            var draft = DraftOf(caller, plan, place, stored);
            using var following = place.Existing is { } old ? await follower.BeginAsync([old.Id], CancellationToken.None) : null;
            var outcome = place.Existing is { } replaced
                ? await catalog.ReplaceAsync(replaced.Id, draft, CancellationToken.None)
                : (await catalog.CreateManyAsync([draft], CancellationToken.None))[0];
            var entry = outcome switch
            {
                { Kind: CreateOutcomeKind.Created or CreateOutcomeKind.Existing, Entry: { } made } => made,
                { Kind: CreateOutcomeKind.NameTaken } => throw new MdmException(MdmErrorKind.AlreadyExists, $"{draft.Path} exists since the put began."),
                _ => throw new MdmException(MdmErrorKind.NotFound, $"{draft.Path.Parent}: No such file or directory."),
            };
            if (place.Existing is { } gone)
                staging.Forget(gone.Id);
            await CompleteAsync(stored, entry, CancellationToken.None);
            usage?.Put(caller, stored.Archive!, stored.Facts!.Length);
            return new EnteringOutcome(row, null, IsEntered: true);
        }
        catch (MdmException later) when (later.IsTransient)
        {
            // Whether the entry is there is found out before anything else is done.
            await ResolveQuietlyAsync(row);
            throw;
        }
    }

    private async Task ResolveQuietlyAsync(UploadRow row)
    {
        try
        {
            await (row.Object is null ? store.LeaveAsync(row, Now()) : ResolveAsync(row, CancellationToken.None));
        }
        catch (MdmException still)
        {
            // The keeper looks at it again.
            Log.NotEntered(log, row.Token, row.Position, still.Kind, still.Message);
        }
    }

    /// <summary>An archive that names its objects itself gets them now.</summary>
    private async Task<UploadRow> StoreSpooledAsync(UploadRow row)
    {
        if (spooled.TryTake(row) is not { } spool)
            throw new MdmException(MdmErrorKind.Refused, "The bytes of the file are not here any more: the host was started anew since, or another took them. Put the file again.");
        try
        {
            await using var bytes = spool.OpenRead();
            await using var archive = await archives.UseAsync(row.Archive!);
            var info = await archive.StoreAsync(bytes, new ArchiveObjectDraft(row.MediaType!, ComingBytes.ObjectOf(row, row.Attempt), spool.Length), CancellationToken.None);
            spool.Dispose();
            return row with { Object = info.Id, MediaType = info.MediaType };
        }
        catch (MdmException later) when (later.IsTransient)
        {
            spooled.Return(row, spool);
            throw;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    private CatalogDraft DraftOf(GridIdentity caller, PublicationPlan plan, AuthorizedPlace place, UploadRow row)
    {
        var draft = new CatalogDraft
        {
            Id = ids.OfFile(plan.Name, row.Object!),
            Path = place.Path,
            Kind = CatalogEntryKind.File,
            Owner = caller.Subject,
            Group = caller.PrimaryFqan ?? place.Parent.Group,
            Acl = place.Parent.Acl.HasDefaults ? place.Parent.Acl.InheritedBy(directory: false, FileMode) : Acl.FromMode(ClosedMode),
            Publication = plan.Name,
            Source = new FileSource(row.Archive!, row.Object!, row.MediaType!),
            CreatedAt = Now(),
        };
        // Writing over a file changes what is in it, not whose it is.
        if (place.Existing is { } old)
            draft = draft with { Owner = old.Owner, Group = old.Group, Acl = old.Acl };
        identity.Check(plan.Name, draft.Group, draft.Acl);
        return draft;
    }

    private async Task CompleteAsync(UploadRow row, CatalogEntry entry, CancellationToken cancellationToken)
    {
        // What is delivered as it was put has the length and checksum of what came; of the rest both are known when it is first staged.
        var rule = staging.RuleOf(entry);
        if (rule is { Content: PublicationOptions.Original, Delivery: Delivery.Clear } && row.Object == ComingBytes.ObjectOf(row, row.Attempt))
            await catalog.SetFactsAsync(entry.Id, row.Facts, cancellationToken);
        await store.DoneAsync(row, entry.Id, Now() + row.Lifetime, Now());
        try
        {
            await metadata.PutAsync(entry.Publication!, [new ListedRow(entry.Id, [])], cancellationToken);
        }
        catch (MdmException behind)
        {
            // The row is put when the file is first staged.
            Log.RowBehind(log, entry.Id, behind.Kind, behind.Message);
        }
    }

    private static EnteringOutcome Refused(UploadRow row, MdmErrorKind kind, string message) => new(row, new FileFault(FaultCause.Error, kind, message), IsEntered: false);

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
}
