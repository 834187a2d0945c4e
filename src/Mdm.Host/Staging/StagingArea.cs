using Mdm.Host.Access;
using Mdm.Host.Configuration;
using Mdm.Host.Keys;
using Mdm.Host.Orders;
using Mdm.Host.Plugins;
using Mdm.Host.Usage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Staging;

/// <summary>Where a file's bytes are.</summary>
internal enum FileLocality
{
    /// <summary>In the archive only.</summary>
    Nearline,

    /// <summary>In the archive and in the pool.</summary>
    OnlineAndNearline,
}

/// <summary>How full the pool is, in bytes.</summary>
internal sealed record PoolUsage(long Quota, long Used, long Reserved, long Pinned);

internal sealed partial class StagedFile
{
    /// <summary>
    /// The only way out of an archive: fetch, disclose, store, publish in the pool. However many ask for a file, it is fetched once; what is asked for at the same time is
    /// fetched together.
    /// </summary>
    internal sealed class StagingArea : IAheadStaging, IAsyncDisposable
    {
        private readonly StagingOptions _options;
        private readonly Discloser _discloser;
        private readonly TimeProvider _time;
        private readonly ILogger _log;
        private readonly ContentKeys _keys;
        private readonly Quarantine _quarantine;
        private readonly PoolDirectory _directory;
        private readonly Pool _pool;
        private readonly FactsRecorder _facts;
        private readonly ReadAhead _readAhead;
        private readonly ArchiveLines _lines;
        private readonly DrainGate _drains;
        private readonly UsageBook? _usage;
        private readonly Lock _gate = new();
        private readonly Dictionary<FileId, StageJob> _jobs = [];

        /// <exception cref="MdmException">Refused or Busy: the pool's folder is not this host's.</exception>
        public StagingArea(StagingOptions options, IArchiveSource archives, IDisclosureRules rules, ICatalog catalog, ContentKeys keys, Quarantine quarantine, Authorizer authorizer, TimeProvider time, ILogger<StagingArea>? log = null, AuditTrail? audit = null, IContentDescriber? describer = null, PluginCalls? calls = null, Drains? drains = null, UsageBook? usage = null)
        {
            (_options, _keys, _quarantine, _time, _log) = (options, keys, quarantine, time, log ?? (ILogger)NullLogger.Instance);
            _usage = usage;
            calls ??= new PluginCalls(_log);
            _discloser = new Discloser(rules, archives);
            _directory = new PoolDirectory(options.Directory);
            _pool = new Pool(_directory, options, time, _log);
            var retrieval = new Retrieval(_directory, keys, quarantine, _discloser, Complete, options, time, _log, calls, audit, describer);
            _lines = new ArchiveLines(archives, retrieval, calls, drains, options, time, _log);
            _drains = _lines.Drains;
            _facts = new FactsRecorder(catalog, Forget, _log);
            _readAhead = new ReadAhead(options.ReadAhead, catalog, authorizer, this, time, _log);
            var suspect = _directory.MachineRestarted();
            var kept = _directory.Scan(out var removed);
            foreach (var name in kept)
                _pool.Add(new PoolSlot(new StagedFile(name.Id, name.Facts), name) { IsSuspect = suspect }, null, null, 0);
            _pool.Trim();
            Log.PoolOpened(_log, kept.Count, removed, suspect);
        }

        public PoolUsage Usage => _pool.Usage;

        /// <summary>Everything that is pinned.</summary>
        public IReadOnlyList<PinnedFile> Pins => _pool.Pins;

        /// <summary>Everything in the pool.</summary>
        public IReadOnlyList<PooledFile> Files => _pool.Files;

        /// <summary>What each caller's pins and fetches take, in bytes.</summary>
        public IReadOnlyDictionary<DistinguishedName, long> Held => _pool.Held;

        /// <summary>The archives that were asked for anything since the start.</summary>
        public IReadOnlyList<ArchiveLoad> Loads => _lines.Loads;

        /// <summary>Whether the file would have to be fetched from an archive that is asked for nothing now.</summary>
        public bool IsHeldBack(CatalogEntry entry) => entry.Source is { } source && _drains.IsDrained(source.Archive) && TryFind(entry) is null;

        /// <summary>Ends when the file's archive may be asked.</summary>
        public Task MayBeFetchedAsync(CatalogEntry entry, CancellationToken cancellationToken) => _drains.WaitAsync(entry.Source!.Archive, cancellationToken);

        /// <summary>Refuses what would have to be fetched now from an archive that is asked for nothing.</summary>
        /// <exception cref="MdmException">Unavailable.</exception>
        public void DemandFetchable(CatalogEntry entry)
        {
            if (IsHeldBack(entry))
                _drains.Demand(entry.Source!.Archive);
        }

        /// <summary>
        /// Gives the file once it lies in the pool. The pin, if one is asked for, is taken before anything could evict it. Cancelling withdraws this ask only; the fetch ends when nobody
        /// waits for it any more.
        /// </summary>
        /// <exception cref="MdmException">
        /// Unavailable, Busy: the archive; what is transient was tried again already. NotFound, Corrupt: the object. Refused: the publication's rule, a limit, or
        /// no room (<see cref="ShortageException.Of"/>).
        /// </exception>
        public async Task<StagedFile> StageAsync(AuthorizedFile file, PinOrder? pin, CancellationToken cancellationToken)
        {
            var slot = await HoldCurrentAsync(file, cancellationToken);
            try
            {
                if (pin is not null)
                    await _pool.PinAsync(slot, pin, cancellationToken);
                return slot.File;
            }
            finally
            {
                _pool.EndHold(slot);
            }
        }

        /// <summary>How much of a file may be seen.</summary>
        /// <exception cref="MdmException">Refused: its publication has no rule.</exception>
        public DisclosureRule RuleOf(CatalogEntry entry) => _discloser.RuleOf(entry);

        /// <summary>The file, when it lies in the pool as its publication's rule wants it now. No I/O.</summary>
        public StagedFile? TryFind(CatalogEntry entry) =>
            _pool.Find(entry.Id) is { IsSuspect: false } slot && IsCurrent(slot, entry) ? slot.File : null;

        /// <summary>Pins a staged file; null when it has left the pool, or the caller's share is used up.</summary>
        public PinLease? TryPin(StagedFile file, PinOrder order)
        {
            if (_pool.TryHold(file.Id, file) is not { } slot)
                return null;
            try
            {
                return _pool.TryPin(slot, order);
            }
            finally
            {
                _pool.EndHold(slot);
            }
        }

        /// <summary>The latest pin's end; null when nobody has pinned it.</summary>
        public DateTimeOffset? PinnedUntil(FileId id) => _pool.PinnedUntil(id);

        public FileLocality LocalityOf(CatalogEntry entry) => TryFind(entry) is null ? FileLocality.Nearline : FileLocality.OnlineAndNearline;

        /// <summary>Size and checksums, from the pool or from an earlier staging; null when the file was never staged.</summary>
        public FileFacts? FactsOf(CatalogEntry entry) => TryFind(entry)?.Facts ?? entry.Facts;

        /// <summary>When the file would be there if it were asked for now, from how its archive did lately; zero when it is there.</summary>
        public TimeSpan EstimateWait(CatalogEntry entry) =>
            entry.Source is null || TryFind(entry) is not null ? TimeSpan.Zero : _lines.EstimateWait(entry.Source.Archive);

        /// <summary>Takes a file out of the pool: it was withdrawn, or its object changed. Readers that have it open end undisturbed.</summary>
        public void Forget(FileId id) => _pool.Forget(id);

        /// <summary>
        /// Opens a staged file for the caller who may read it; null when it has left the pool. What is delivered clear needs its key, and the keystores check the caller once more.
        /// </summary>
        /// <exception cref="MdmException">AccessDenied, Unavailable: the keystores give no key.</exception>
        public async Task<StagedReader?> TryOpenAsync(AuthorizedFile file, StagedFile staged, CancellationToken cancellationToken)
        {
            if (_pool.TryHold(staged.Id, staged) is not { } slot)
                return null;
            try
            {
                using var key = slot.Name.Delivery == Delivery.Clear ? await _keys.GetAsync(staged.Id, file.Caller, cancellationToken) : null;
                return new StagedReader(StoredForm.Open(slot.Name.Delivery, _directory.Open(slot.Name), key), slot, _pool);
            }
            catch (Exception failure)
            {
                _pool.EndHold(slot);
                if (failure is not FileNotFoundException and not MdmException { Kind: MdmErrorKind.Corrupt })
                    throw;
                // Somebody else removed it from the folder, or wrote into it; the next who asks has it fetched.
                _pool.Forget(staged.Id);
                return null;
            }
        }

        /// <summary>Keeps bytes in the pool until they are taken out again; in this process only.</summary>
        /// <exception cref="MdmException">Refused: no room (<see cref="ShortageException.Of"/>); what the source throws.</exception>
        public async Task<SealedSpool> SpoolAsync(Stream source, DistinguishedName subject, CancellationToken cancellationToken)
        {
            var reservation = await _pool.ReserveAsync(subject, Math.Min(_options.FirstReservation, _options.Quota), _options.SpaceWait, cancellationToken);
            return await SealedSpool.FillAsync(_directory.Begin(new FileId(System.Security.Cryptography.RandomNumberGenerator.GetBytes(FileId.Size))), reservation, source, cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            _drains.Dispose();
            await _readAhead.DisposeAsync();
            await _lines.DisposeAsync();
            await _facts.DisposeAsync();
            _pool.Dispose();
            _directory.Dispose();
        }

        private FileVersion VersionOf(CatalogEntry entry)
        {
            var source = entry.Source ?? throw new MdmException(MdmErrorKind.Refused, $"{entry.Path} stands for no object of an archive.");
            var (rule, key) = (_discloser.RuleOf(entry), _keys.IdOf(entry.Id));
            return new FileVersion(PoolName.VersionOf(source, rule, _discloser.RulesVersionOf(rule), key), rule.Delivery, key);
        }

        private bool IsCurrent(PoolSlot slot, CatalogEntry entry)
        {
            try
            {
                return slot.Name.Version == VersionOf(entry).Name;
            }
            catch (MdmException)
            {
                // What may not be staged now is not shown as staged either.
                return false;
            }
        }

        private async Task<PoolSlot> HoldCurrentAsync(AuthorizedFile file, CancellationToken cancellationToken)
        {
            _readAhead.Asked(file);
            while (true)
            {
                var version = VersionOf(file.Entry);
                _quarantine.Demand(file.Entry.Id, version);
                try
                {
                    return await HoldAsync(file, version, cancellationToken);
                }
                catch (MdmException changed) when (changed.InnerException is RulesChangedException)
                {
                    // Once more, under the new ones.
                }
            }
        }

        private async Task<PoolSlot> HoldAsync(AuthorizedFile file, FileVersion version, CancellationToken cancellationToken)
        {
            while (true)
            {
                if (_pool.TryHold(file.Entry.Id) is { } slot)
                {
                    if (slot.Name.Version == version.Name && (!slot.IsSuspect || await VerifyAsync(slot, file.Entry, cancellationToken)))
                    {
                        _facts.Record(file.Entry, slot.File.Facts);
                        return slot;
                    }
                    _pool.EndHold(slot);
                    _pool.Forget(file.Entry.Id);
                }
                if (await JoinAsync(file, version, cancellationToken) is { } staged)
                    return staged;
            }
        }

        /// <summary>Waits for the fetch of a file, beginning it where nobody has; null when it came in before this could wait.</summary>
        private async Task<PoolSlot?> JoinAsync(AuthorizedFile file, FileVersion version, CancellationToken cancellationToken)
        {
            StageJob? job;
            var isPromoted = false;
            var line = _lines.Of(file.Entry.Source!.Archive);
            lock (_gate)
            {
                if (!_jobs.TryGetValue(file.Entry.Id, out job))
                {
                    if (_pool.Find(file.Entry.Id) is { } slot && slot.Name.Version == version.Name)
                        return null;
                    job = Begin(file, version, line, isWanted: true);
                }
                isPromoted = !job.IsWanted;
                job.Waiting++;
            }
            if (isPromoted)
                line.Promote(job);
            try
            {
                return await job.Done.Task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                Leave(job);
                throw;
            }
            catch (MdmException failure) when (ShortageException.Of(failure) == Shortage.UserShare && job.Subject != file.Caller.Subject)
            {
                // Another's share was used up, not this caller's: the fetch begins anew on his.
                return null;
            }
        }

        bool IAheadStaging.IsStaged(CatalogEntry entry) => TryFind(entry) is not null;

        void IAheadStaging.StageAhead(AuthorizedFile file)
        {
            var version = VersionOf(file.Entry);
            if (_quarantine.Find(file.Entry.Id, version) is not null)
                return;
            var line = _lines.Of(file.Entry.Source!.Archive);
            lock (_gate)
            {
                if (!_jobs.ContainsKey(file.Entry.Id) && _pool.Find(file.Entry.Id) is null && line.IsAnswering && !_drains.IsDrained(file.Entry.Source!.Archive))
                    Begin(file, version, line, isWanted: false);
            }
        }

        private StageJob Begin(AuthorizedFile file, FileVersion version, ArchiveLine line, bool isWanted)
        {
            var job = new StageJob(file, version, isWanted);
            _jobs[file.Entry.Id] = job;
            _ = Task.Run(() => RunAsync(job, line));
            return job;
        }

        private void Leave(StageJob job)
        {
            lock (_gate)
            {
                if (job.IsOver)
                {
                    if (job.Done.Task.IsCompletedSuccessfully)
                        _pool.EndHold(job.Done.Task.Result);
                    return;
                }
                if (--job.Waiting > 0)
                    return;
                _jobs.Remove(job.Entry.Id);
            }
            job.Stop.Cancel();
        }

        void IAheadStaging.CancelAhead(FileId id)
        {
            StageJob? job;
            lock (_gate)
            {
                if (!_jobs.TryGetValue(id, out job) || job.IsWanted || job.Waiting > 0)
                    return;
                _jobs.Remove(id);
            }
            job.Stop.Cancel();
        }

        /// <summary>Sees one file through: room, fetch, and again where that helps.</summary>
        private async Task RunAsync(StageJob job, ArchiveLine line)
        {
            var retries = new RetryPlan(_options, _time);
            try
            {
                while (true)
                {
                    try
                    {
                        if (_drains.IsDrained(job.Source.Archive))
                        {
                            // Nobody is asked and no room is held meanwhile; what went wrong before does not count after it.
                            await _drains.WaitAsync(job.Source.Archive, job.Stop.Token);
                            retries = new RetryPlan(_options, _time);
                        }
                        var room = job.Needed > 0 ? job.Needed : job.Entry.Facts is { } facts ? StoredForm.StoredLength(job.Version.Delivery, facts.Length) : line.ExpectedLength;
                        using var reservation = await _pool.ReserveAsync(job.Subject, room, retries.WaitFor(job), job.Stop.Token);
                        await line.FetchAsync(job, reservation);
                        return;
                    }
                    catch (MdmException drained) when (drained.InnerException is DrainedException)
                    {
                        // Once more, after it.
                    }
                    catch (MdmException failure) when (failure.InnerException is not RulesChangedException && retries.Pause(job, failure, line.IsAnswering) is { } pause)
                    {
                        Log.Retrying(_log, job.Entry.Id, job.Source.Archive, pause, failure.Kind, failure.Message);
                        await Task.Delay(pause, _time, job.Stop.Token);
                    }
                }
            }
            catch (Exception failure)
            {
                if (failure is MdmException known)
                    Log.NotStaged(_log, job.Entry.Id, job.Source.Archive, known.Kind, known.Message);
                Fail(job, failure);
            }
        }

        private void Fail(StageJob job, Exception failure)
        {
            lock (_gate)
            {
                job.IsOver = true;
                if (_jobs.GetValueOrDefault(job.Entry.Id) == job)
                    _jobs.Remove(job.Entry.Id);
            }
            job.Done.TrySetException(failure);
            // Read-ahead has nobody who would look at it.
            _ = job.Done.Task.Exception;
        }

        /// <summary>Publishes what was disclosed to its end: the one place where a <see cref="StagedFile"/> comes from a <see cref="DisclosedContent"/>.</summary>
        private PoolSlot Complete(DisclosedContent content, FetchAttempt attempt, PartialFile partial, FileFacts facts)
        {
            var job = attempt.Job;
            // The name says what is in it: what went through other rules, since the configuration was changed meanwhile, must not bear it.
            if (PoolName.VersionOf(job.Source, content.Rule, content.RulesVersion, job.Version.Key) != job.Version.Name)
                throw new MdmException(MdmErrorKind.Busy, "The publication's rules were changed while the file was being fetched. Try again.", new RulesChangedException());
            var slot = new PoolSlot(new StagedFile(content.File, facts), new PoolName(content.File, job.Version.Name, facts, job.Version.Delivery));
            lock (_gate)
            {
                _pool.Add(slot, attempt.Reservation, partial, job.Waiting);
                job.IsOver = true;
                if (_jobs.GetValueOrDefault(job.Entry.Id) == job)
                    _jobs.Remove(job.Entry.Id);
                job.Done.TrySetResult(slot);
            }
            Log.Staged(_log, content.File, job.Source.Archive, facts.Length);
            _usage?.Staged(job.Caller, job.Source.Archive, facts.Length);
            if (job.Entry.Facts is { } before && before != facts)
                Log.ContentChanged(_log, content.File, job.Source.Archive);
            _facts.RecordStaged(job.Entry, facts);
            return slot;
        }

        /// <summary>Reads a file once more after the machine restarted; false when it is not what its name says.</summary>
        private async Task<bool> VerifyAsync(PoolSlot slot, CatalogEntry entry, CancellationToken cancellationToken)
        {
            var outcome = (await _keys.ObtainAsync([entry], cancellationToken))[0];
            using var key = outcome.Key ?? throw outcome.Failure!;
            var isWhole = await Task.Run(() => _directory.Matches(slot.Name, key, cancellationToken), cancellationToken);
            if (isWhole)
                slot.IsSuspect = false;
            else
                Log.Damaged(_log, slot.File.Id);
            return isWhole;
        }

        /// <summary>These archives are other instances from now on; what is under way ends with the old ones.</summary>
        public void Renew(IEnumerable<string> archives) => _lines.Renew(archives);
    }
}
