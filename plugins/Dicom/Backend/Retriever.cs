using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;
using Mdm.Plugins.Dicom.UpperLayer;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>
/// Fetches instances of one series: lists what there is, asks for it together, checks what came against the list, asks once more for each that is
/// missing, and says of every one that was wanted either its content or why not. Not thread-safe; one per request.
/// </summary>
internal sealed class Retriever(ArchiveConnection archive, string study, string series)
{
    private readonly HashSet<string> _pending = new(StringComparer.Ordinal);
    private SeriesListing _listing = new(study, series, new Dictionary<string, string>(), IsWhole: false);
    private MdmException? _lost;
    private bool _wasEnded;

    /// <summary>Yields each wanted instance once, in the archive's order; a content is read or left before the next is asked for.</summary>
    /// <exception cref="MdmException">The archive could not even be asked what it holds.</exception>
    public async IAsyncEnumerable<ArchiveContent> FetchAsync(IReadOnlyList<string> wanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _pending.UnionWith(wanted);
        // About one object alone the archive is asked: that costs it no more than one answer.
        var remembered = wanted.Count > 1 ? archive.Memory.Find(study, series, wanted) : null;
        _listing = remembered ?? await ListAsync(wanted, cancellationToken);
        foreach (var content in Refused(wanted))
            yield return content;

        // Together first, without those that broke a connection before; then what is missing, one by one.
        string[] together = [.. _pending.Where(uid => !archive.Trouble.IsSuspect(Path(uid)))];
        if (together.Length > 1)
        {
            await foreach (var content in AskAsync(together, cancellationToken))
                yield return content;
        }

        if (_pending.Count > 0 && remembered is not null && _lost is null)
        {
            // It is not what it was.
            _listing = await ListAsync(wanted, cancellationToken);
            foreach (var content in Refused(wanted))
                yield return content;
        }

        foreach (var uid in wanted)
        {
            if (!_pending.Contains(uid))
                continue;
            if (_lost is not null && await archive.ReturnsAsync(cancellationToken) is { } gone)
            {
                _lost = gone;
                break;
            }

            (_lost, _wasEnded) = (null, false);
            await foreach (var content in AskAsync([uid], cancellationToken))
                yield return content;
            if (_pending.Contains(uid))
                yield return Fail(uid, Blame(uid));
        }

        foreach (var uid in _pending.ToArray())
            yield return Fail(uid, _lost ?? NotSent());
    }

    private ValueTask<SeriesListing> ListAsync(IReadOnlyList<string> wanted, CancellationToken cancellationToken) =>
        archive.ListSeriesAsync(study, series, wanted.Count == 1 ? wanted[0] : null, cancellationToken);

    /// <summary>What the archive does not hold, or is not to be asked for again.</summary>
    private IEnumerable<ArchiveContent> Refused(IReadOnlyList<string> wanted)
    {
        foreach (var uid in wanted)
        {
            if (!_pending.Contains(uid))
                continue;
            if (!_listing.Classes.ContainsKey(uid))
                yield return Fail(uid, new MdmException(MdmErrorKind.NotFound, "The archive does not hold the object."));
            else if (archive.Trouble.Refusal(Path(uid)) is { } refusal)
                yield return Fail(uid, refusal);
        }
    }

    private async IAsyncEnumerable<ArchiveContent> AskAsync(string[] instances, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (archive.UsesMove(_listing))
        {
            foreach (var chunk in _listing.IsAll(instances.Length) ? [instances] : instances.Chunk(RetrievePlan.MaxUidsPerRequest))
            {
                await foreach (var content in MoveAsync(chunk, _listing.IsAll(chunk.Length), cancellationToken))
                    yield return content;
                if (_lost is not null)
                    yield break;
            }

            yield break;
        }

        foreach (var round in Rounds(instances))
        {
            var arrived = 0;
            await foreach (var content in GetAsync(round, cancellationToken))
            {
                arrived++;
                yield return content;
            }

            if (_lost is not null || !instances.Any(_pending.Contains))
                yield break;
            if (arrived == 0 && archive.FallBackToMove(_listing))
            {
                await foreach (var content in AskAsync([.. instances.Where(_pending.Contains)], cancellationToken))
                    yield return content;
                yield break;
            }
        }
    }

    private IEnumerable<GetRound> Rounds(string[] instances)
    {
        if (_listing.TellsClasses)
            return RetrievePlan.ForKnown(_listing, instances);
        return RetrievePlan.ForUnknown(archive.SeenClasses)
            .SelectMany(guess => RetrievePlan.Rounds(guess.Purpose, guess.Contexts, [.. instances.Where(_pending.Contains)], _listing));
    }

    private async IAsyncEnumerable<ArchiveContent> GetAsync(GetRound round, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RetrieveOutcome? outcome = null;
        string? current = null;
        Exception? failure = null;
        await using var lease = await LeaseAsync(round.Purpose, round.Contexts, cancellationToken);
        if (lease is null || lease.Association.Find(SopClasses.StudyRootGet) is null)
            yield break;
        var identifier = RetrievePlan.Identifier(_listing, round.Instances, round.WholeSeries);
        await using var objects = ServiceUser.GetAsync(lease.Association, identifier, ended => outcome = ended, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await objects.MoveNextAsync())
                    break;
            }
            catch (MdmException exception)
            {
                failure = exception;
                break;
            }

            current = objects.Current.SopInstanceUid;
            if (!_pending.Remove(current))
                continue;
            archive.Saw(objects.Current.SopClassUid);
            yield return Open(objects.Current);
            if (lease.Association.IsOpen)
                archive.Trouble.Forget(Path(current));
        }

        if (failure is not null)
        {
            Lose(failure, current, lease.Association);
            yield break;
        }

        lease.MarkReusable();
        Note(outcome, round.Instances);
    }

    private async IAsyncEnumerable<ArchiveContent> MoveAsync(string[] instances, bool wholeSeries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var lease = await LeaseAsync("move", ArchiveConnection.MoveContexts, cancellationToken);
        if (lease is null)
            yield break;
        // Not before: what is delivered to one that still waits for its association would keep the archive from the others.
        var expected = new ExpectedMove(instances);
        using var door = archive.Receiver.Expect(expected);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var moving = ServiceUser.MoveAsync(lease.Association, RetrievePlan.Identifier(_listing, instances, wholeSeries), archive.MoveDestination, ending.Token).AsTask();
        try
        {
            while (instances.Any(_pending.Contains) && await NextAsync(expected.Arrivals, moving, cancellationToken) is { } moved)
            {
                try
                {
                    if (_pending.Remove(moved.Received.SopInstanceUid))
                    {
                        archive.Saw(moved.Received.SopClassUid);
                        yield return Open(moved.Received);
                    }
                }
                finally
                {
                    moved.Release();
                }
            }
        }
        finally
        {
            // When all is here the archive's last word is waited for, briefly; otherwise it is told to stop.
            if (!instances.Any(_pending.Contains))
                ending.CancelAfter(archive.Options.MoveQuietPeriod);
            else
                await ending.CancelAsync();
            await moving.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        if (moving.IsCompletedSuccessfully)
        {
            lease.MarkReusable();
            Note(await moving, instances);
        }
        else if (moving.Exception?.InnerException is MdmException failure)
        {
            Lose(failure, null, lease.Association);
        }
    }

    /// <summary>The next object, or null when the move ended and nothing came for a while.</summary>
    private async ValueTask<MovedObject?> NextAsync(ChannelReader<MovedObject> arrivals, Task moving, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (arrivals.TryRead(out var moved))
                return moved;
            using var quiet = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var ended = moving.IsCompleted;
            if (ended)
                quiet.CancelAfter(archive.Options.MoveQuietPeriod);
            try
            {
                var arrival = arrivals.WaitToReadAsync(quiet.Token).AsTask();
                if (ended || await Task.WhenAny(arrival, moving) == arrival)
                    await arrival;
                else
                    await quiet.CancelAsync();
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    private async ValueTask<AssociationLease?> LeaseAsync(string purpose, IReadOnlyList<ContextProposal> contexts, CancellationToken cancellationToken)
    {
        try
        {
            return await archive.LeaseAsync(ArchiveUse.Retrieval, purpose, contexts, cancellationToken);
        }
        catch (MdmException exception) when (exception.Kind == MdmErrorKind.Refused)
        {
            // None of these contexts: the next round has others.
            return null;
        }
        catch (MdmException exception)
        {
            _lost = exception;
            return null;
        }
    }

    private ArchiveContent Open(ReceivedObject received)
    {
        var path = Path(received.SopInstanceUid);
        if (TransferSyntax.Find(received.TransferSyntaxUid) is not { } syntax)
            return ArchiveContent.Failed(path.Id, new MdmException(MdmErrorKind.Unsupported, "The archive sent the object in a transfer syntax that is not supported."));
        var source = new CanonicalSource(syntax, received.SopClassUid, received.SopInstanceUid) { MustMatch = true };
        var stream = new CanonicalPart10(received.DataSet, source, new DataSetLimits { MaxLength = archive.Options.MaxObjectLength });
        return ArchiveContent.Opened(new ArchiveObjectInfo(path.Id, Listing.MediaType), stream);
    }

    private ArchiveContent Fail(string uid, MdmException failure)
    {
        _pending.Remove(uid);
        return ArchiveContent.Failed(Path(uid).Id, failure);
    }

    private MdmException Blame(string uid)
    {
        // An archive that is slow, or does not take associations, is no fault of the object.
        if (_lost is not { } lost || !_wasEnded)
            return _lost ?? NotSent();
        AddIncident(uid);
        return archive.Trouble.Refusal(Path(uid)) ?? lost;
    }

    private void Lose(Exception failure, string? current, Association association)
    {
        _lost = failure as MdmException ?? new MdmException(MdmErrorKind.Unavailable, "The archive was lost.", failure);
        archive.Log.Lost(association.CalledAeTitle, _lost.Message);
        _wasEnded = _lost.Kind == MdmErrorKind.Unavailable && !association.WentSilent;
        // An object that broke off half-way has been handed out already; its reader saw it.
        if (current is not null && _wasEnded && association.LastObjectBroke)
            AddIncident(current);
    }

    private void AddIncident(string uid)
    {
        var (times, until) = archive.Trouble.Add(Path(uid));
        if (archive.Trouble.Refusal(Path(uid)) is not null)
            archive.Log.Poisonous(times, Path(uid).Id.ToString(), until);
    }

    private void Note(RetrieveOutcome? outcome, IReadOnlyList<string> instances)
    {
        if (outcome is null)
            return;
        if (outcome.IsBusy)
        {
            archive.BackOff();
            _lost = new MdmException(MdmErrorKind.Busy, "The archive is out of resources.");
        }

        var missing = instances.Count(_pending.Contains);
        if (missing > 0)
            archive.Log.Incomplete(archive.Options.CalledAeTitle, instances.Count - missing, instances.Count, outcome.Status.ToString("X4", CultureInfo.InvariantCulture));
    }

    // Busy, not Unavailable: the archive answers; other objects must not wait because of this one.
    private static MdmException NotSent() => new(MdmErrorKind.Busy, "The archive lists the object but did not send it.");

    private ObjectPath Path(string uid) => new(study, series, uid);
}
