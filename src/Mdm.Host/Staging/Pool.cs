namespace Mdm.Host.Staging;

/// <summary>
/// Who may keep how much in the pool. Room is set aside before it is filled; only what is neither pinned nor held is evicted, least recently used first; a caller's pins
/// and fetches together stay within his share. Who finds no room waits in line, a limited time.
/// </summary>
internal sealed class Pool : IDisposable
{
    private readonly PoolDirectory _directory;
    private readonly StagingOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<FileId, PoolSlot> _slots = [];
    private readonly LinkedList<PoolSlot> _byUse = new();
    private readonly Dictionary<DistinguishedName, long> _held = [];
    private readonly PriorityQueue<PinLease, DateTimeOffset> _expiries = new();
    private readonly LinkedList<SpaceWaiter> _line = new();
    private readonly ITimer _expiry;
    private readonly long _share;
    private long _used;
    private long _reserved;
    private long _pinned;

    public Pool(PoolDirectory directory, StagingOptions options, TimeProvider time, ILogger log)
    {
        (_directory, _options, _time, _log) = (directory, options, time, log);
        _share = (long)(options.Quota * options.UserShare);
        _expiry = time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private enum Grant
    {
        Given,
        NoRoom,
        NoShare,
    }

    public PoolUsage Usage
    {
        get
        {
            lock (_gate)
                return new PoolUsage(_options.Quota, _used, _reserved, _pinned);
        }
    }

    public IReadOnlyList<PinnedFile> Pins
    {
        get
        {
            lock (_gate)
                return [.. _slots.Values.SelectMany(slot => slot.Pins.Values, (slot, lease) => new PinnedFile(slot.File.Id, slot.Size, lease.Order.Subject, lease.Order.Key, lease.Until))];
        }
    }

    /// <summary>The least recently used first.</summary>
    public IReadOnlyList<PooledFile> Files
    {
        get
        {
            lock (_gate)
                return [.. _byUse.Select(slot => new PooledFile(slot.File.Id, slot.Size, slot.Pins.Count > 0))];
        }
    }

    public IReadOnlyDictionary<DistinguishedName, long> Held
    {
        get
        {
            lock (_gate)
                return new Dictionary<DistinguishedName, long>(_held);
        }
    }

    /// <summary>Takes up a complete file with a hold for each who waits for it; another file of that id leaves.</summary>
    public PoolSlot Add(PoolSlot slot, PoolReservation? reservation, PartialFile? partial, int holds)
    {
        lock (_gate)
        {
            if (_slots.TryGetValue(slot.File.Id, out var other))
                Drop(other, keepFile: other.Name == slot.Name);
            if (partial is not null)
                _directory.Publish(partial, slot.Name);
            _slots[slot.File.Id] = slot;
            slot.Use = _byUse.AddLast(slot);
            slot.Holds = holds;
            _used += slot.Size;
            if (reservation is not null)
                ReturnLocked(reservation);
        }
        Serve();
        return slot;
    }

    public PoolSlot? Find(FileId id)
    {
        lock (_gate)
            return _slots.GetValueOrDefault(id);
    }

    /// <summary>Holds a file for a moment; null when it is not there (any more).</summary>
    public PoolSlot? TryHold(FileId id, StagedFile? exactly = null)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue(id, out var slot) || (exactly is not null && !ReferenceEquals(slot.File, exactly) && slot.File.Facts != exactly.Facts))
                return null;
            slot.Holds++;
            Touch(slot);
            return slot;
        }
    }

    public void EndHold(PoolSlot slot)
    {
        lock (_gate)
            slot.Holds--;
        Serve();
    }

    /// <summary>Evicts what a smaller quota has no room for.</summary>
    public void Trim()
    {
        lock (_gate)
            MakeRoom(0);
    }

    /// <summary>Removes a file; open readers keep it.</summary>
    public void Forget(FileId id)
    {
        lock (_gate)
        {
            if (_slots.TryGetValue(id, out var slot))
                Drop(slot, keepFile: false);
        }
        Serve();
    }

    /// <summary>A pin, or null when the file is gone or the share used up.</summary>
    public PinLease? TryPin(PoolSlot slot, PinOrder order)
    {
        lock (_gate)
            return PinLocked(slot, order, out var lease) == Grant.Given ? lease : null;
    }

    /// <summary>A pin on a file that is held; waits for the caller's share.</summary>
    /// <exception cref="MdmException">Refused with <see cref="Shortage.UserShare"/>.</exception>
    public async Task<PinLease> PinAsync(PoolSlot slot, PinOrder order, CancellationToken cancellationToken)
    {
        PinLease? lease = null;
        try
        {
            await InLineAsync(() => PinLocked(slot, order, out lease), slot.Size, needsRoom: false, _options.SpaceWait, cancellationToken);
        }
        catch
        {
            lease?.Dispose();
            throw;
        }
        return lease ?? throw new MdmException(MdmErrorKind.Unavailable, "The file left the pool. Ask again.");
    }

    public DateTimeOffset? PinnedUntil(FileId id)
    {
        lock (_gate)
            return _slots.GetValueOrDefault(id) is { Pins.Count: > 0 } slot ? slot.Pins.Values.Max(lease => lease.Until) : null;
    }

    /// <summary>Sets room aside; waits for it up to <paramref name="wait"/>.</summary>
    /// <exception cref="MdmException">Refused with a shortage.</exception>
    public async Task<PoolReservation> ReserveAsync(DistinguishedName subject, long bytes, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (bytes > _options.Quota)
            throw ShortageException.Refusal(Shortage.Pool, $"The file needs {bytes} bytes and the whole pool has {_options.Quota}: no free space. Ask the administrator for a larger Staging:Quota.");
        if (bytes > _share)
            throw ShortageException.Refusal(Shortage.UserShare, $"The file needs {bytes} bytes and one user may hold {_share}: no free space. Ask the administrator for a larger Staging:UserShare.");
        var reservation = new PoolReservation(this, subject);
        try
        {
            await InLineAsync(() => ReserveLocked(reservation, bytes), bytes, needsRoom: true, wait, cancellationToken);
            return reservation;
        }
        catch
        {
            reservation.Dispose();
            throw;
        }
    }

    /// <summary>Enlarges a reservation, at best by half, and tells its new size.</summary>
    /// <exception cref="MdmException">Refused with a shortage.</exception>
    public long Grow(PoolReservation reservation, long needed)
    {
        lock (_gate)
        {
            if (reservation.Bytes >= needed)
                return reservation.Bytes;
            var outcome = Grant.NoRoom;
            foreach (var wish in (ReadOnlySpan<long>)[Math.Max(needed, reservation.Bytes + (reservation.Bytes / 2)), needed])
            {
                outcome = ReserveLocked(reservation, wish - reservation.Bytes);
                if (outcome == Grant.Given)
                    return reservation.Bytes;
            }
            throw Refuse(outcome, needed, needed);
        }
    }

    public void Return(PoolReservation reservation)
    {
        lock (_gate)
            ReturnLocked(reservation);
        Serve();
    }

    public void Dispose() => _expiry.Dispose();

    private void ReturnLocked(PoolReservation reservation)
    {
        _reserved -= reservation.Bytes;
        Charge(reservation.Subject, -reservation.Bytes);
        reservation.Bytes = 0;
    }

    private Grant ReserveLocked(PoolReservation reservation, long bytes)
    {
        if (_held.GetValueOrDefault(reservation.Subject) + bytes > _share)
            return Grant.NoShare;
        if (!MakeRoom(bytes))
            return Grant.NoRoom;
        _reserved += bytes;
        reservation.Bytes += bytes;
        Charge(reservation.Subject, bytes);
        return Grant.Given;
    }

    /// <summary>Evicts what is needed, or nothing at all where that would not be enough.</summary>
    private bool MakeRoom(long bytes)
    {
        var missing = _used + _reserved + bytes - _options.Quota;
        var victims = new List<PoolSlot>();
        for (var next = _byUse.First; missing > 0 && next is not null; next = next.Next)
        {
            if (!next.Value.IsEvictable)
                continue;
            victims.Add(next.Value);
            missing -= next.Value.Size;
        }
        if (missing > 0)
            return false;
        foreach (var victim in victims)
        {
            Log.Evicted(_log, victim.File.Id, victim.Size);
            Drop(victim, keepFile: false);
        }
        return true;
    }

    private Grant PinLocked(PoolSlot slot, PinOrder order, out PinLease? lease)
    {
        lease = null;
        if (slot.IsGone)
            return Grant.Given;
        var now = _time.GetUtcNow();
        var until = order.Until < now + _options.LongestPin ? order.Until : now + _options.LongestPin;
        var counts = slot.IsPinnedBy(order.Subject);
        if (!counts && _held.GetValueOrDefault(order.Subject) + slot.Size > _share)
            return Grant.NoShare;
        if (!counts)
            Charge(order.Subject, slot.Size);
        if (slot.Pins.Count == 0)
            _pinned += slot.Size;
        lease = new PinLease(slot.File.Id, order with { Until = until }, Unpin);
        if (slot.Pins.Remove(order.Key, out var before) && before.Order.Subject != order.Subject && !slot.IsPinnedBy(before.Order.Subject))
            Charge(before.Order.Subject, -slot.Size);
        slot.Pins[order.Key] = lease;
        Touch(slot);
        _expiries.Enqueue(lease, until);
        ScheduleExpiry(now);
        return Grant.Given;
    }

    private void Unpin(PinLease lease)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue(lease.File, out var slot) || !UnpinLocked(slot, lease))
                return;
        }
        Serve();
    }

    private bool UnpinLocked(PoolSlot slot, PinLease lease)
    {
        if (slot.Pins.GetValueOrDefault(lease.Order.Key) is not { } current || !ReferenceEquals(current, lease))
            return false;
        slot.Pins.Remove(lease.Order.Key);
        if (!slot.IsPinnedBy(lease.Order.Subject))
            Charge(lease.Order.Subject, -slot.Size);
        if (slot.Pins.Count == 0)
            _pinned -= slot.Size;
        return true;
    }

    private void Expire()
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            while (_expiries.TryPeek(out var lease, out var until) && until <= now)
            {
                _expiries.Dequeue();
                if (_slots.TryGetValue(lease.File, out var slot))
                    UnpinLocked(slot, lease);
            }
            ScheduleExpiry(now);
        }
        Serve();
    }

    private void ScheduleExpiry(DateTimeOffset now)
    {
        if (_expiries.TryPeek(out _, out var until))
            _expiry.Change(until > now ? until - now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void Drop(PoolSlot slot, bool keepFile)
    {
        foreach (var lease in slot.Pins.Values.ToList())
            UnpinLocked(slot, lease);
        slot.IsGone = true;
        _slots.Remove(slot.File.Id);
        _byUse.Remove(slot.Use!);
        _used -= slot.Size;
        if (!keepFile)
            _directory.Delete(slot.Name);
    }

    private void Touch(PoolSlot slot)
    {
        if (slot.IsGone)
            return;
        _byUse.Remove(slot.Use!);
        _byUse.AddLast(slot.Use!);
    }

    private void Charge(DistinguishedName subject, long bytes)
    {
        var held = _held.GetValueOrDefault(subject) + bytes;
        if (held == 0)
            _held.Remove(subject);
        else
            _held[subject] = held;
    }

    private async Task InLineAsync(Func<Grant> attempt, long bytes, bool needsRoom, TimeSpan wait, CancellationToken cancellationToken)
    {
        SpaceWaiter waiter;
        lock (_gate)
        {
            // Nobody overtakes those who wait for room, or a large file would never get any; a share that is used up holds up nobody else.
            var outcome = needsRoom && _line.Any(w => w.Last == Grant.NoRoom) ? Grant.NoRoom : attempt();
            if (outcome == Grant.Given)
                return;
            if (wait <= TimeSpan.Zero)
                throw Refuse(outcome, bytes);
            waiter = new SpaceWaiter(attempt) { Last = outcome };
            _line.AddLast(waiter);
        }
        try
        {
            await waiter.Granted.Task.WaitAsync(wait, _time, cancellationToken);
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (!_line.Remove(waiter) && waiter.Granted.Task.IsCompletedSuccessfully && failure is TimeoutException)
                    return;
            }
            Serve();
            if (failure is TimeoutException)
                throw Refuse(waiter.Last, bytes);
            throw;
        }
    }

    /// <summary>Gives to those in line, in order, what there is now.</summary>
    private void Serve()
    {
        lock (_gate)
        {
            var roomLeft = true;
            for (var next = _line.First; next is not null;)
            {
                var at = next;
                next = next.Next;
                if (!roomLeft && at.Value.Last == Grant.NoRoom)
                    continue;
                at.Value.Last = at.Value.Attempt();
                roomLeft &= at.Value.Last != Grant.NoRoom;
                if (at.Value.Last != Grant.Given)
                    continue;
                _line.Remove(at);
                at.Value.Granted.SetResult();
            }
        }
    }

    private MdmException Refuse(Grant outcome, long bytes, long grown = 0) => outcome == Grant.NoShare
        ? ShortageException.Refusal(Shortage.UserShare, $"No free space: your pins and fetches would take more than your share of {_share} bytes of the pool. Release files, or wait until pins expire.", grown)
        : ShortageException.Refusal(Shortage.Pool, $"No free space: {bytes} bytes are needed, and all of the pool's {_options.Quota} bytes are pinned or in use. Try again when pins have expired.", grown);

    private sealed class SpaceWaiter(Func<Grant> attempt)
    {
        public Func<Grant> Attempt => attempt;

        public Grant Last { get; set; }

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
