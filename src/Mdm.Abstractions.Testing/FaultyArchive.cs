using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Mdm.Abstractions.Testing;

/// <summary>What goes wrong. Those that begin in the middle give half of the object, or of the listing, first.</summary>
public enum ArchiveFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Unavailable, before the first byte.</summary>
    Unavailable,

    /// <summary>Busy, before the first byte.</summary>
    Busy,

    /// <summary>In the middle: Unavailable.</summary>
    BreaksOff,

    /// <summary>In the middle: Corrupt.</summary>
    Corrupt,

    /// <summary>Nothing comes, until it is cancelled.</summary>
    Hangs,

    /// <summary>In the middle: nothing more comes, until it is cancelled.</summary>
    HangsHalfway,

    /// <summary>In the middle: nothing more comes, whatever is cancelled, until <see cref="FaultyArchive.Heal"/>.</summary>
    Deaf,

    /// <summary>Nothing comes, whatever is cancelled, until <see cref="FaultyArchive.Heal"/>.</summary>
    DeafAtOnce,

    /// <summary>The same, and the thread that asked is held.</summary>
    Blocks,

    /// <summary>Each piece takes <see cref="FaultyArchive.Pace"/>.</summary>
    Slow,

    /// <summary>An exception that is not of the contract, whose message has <see cref="FaultyArchive.Mark"/> in it.</summary>
    Foreign,

    /// <summary>The same, in the middle.</summary>
    ForeignHalfway,

    /// <summary>Ends as if it were whole, before it is.</summary>
    TooShort,

    /// <summary>Goes on for a byte after the length that was announced.</summary>
    TooLong,

    /// <summary>Never ends.</summary>
    Endless,

    /// <summary>Closing a stream does not close it: see <see cref="FaultyArchive.Leaked"/>.</summary>
    Leaks,
}

/// <summary>An archive that fails where it is told to, as often as it is told to; for tests of what such a plugin does to whoever uses it. Otherwise it is the archive behind it.</summary>
public sealed class FaultyArchive(InMemoryBackend behind, TimeProvider? time = null) : IBrowsableBackend, IBatchReadableBackend, IProbeable
{
    /// <summary>Stands in the messages of foreign exceptions, as a patient's name might; nobody may ever see it.</summary>
    public const string Mark = "Wolkenstein^Ottilie";

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (ArchiveFault Fault, int Times)> _faults = new(StringComparer.Ordinal);
    private (ArchiveFault Fault, int Times) _everywhere;
    private TaskCompletionSource _healed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;
    private int _leaked;

    /// <summary>The archive behind: put objects there.</summary>
    public InMemoryBackend Behind => behind;

    /// <summary>What a piece takes that comes slowly.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The ids of each retrieval, in the order in which they were asked for.</summary>
    public ConcurrentQueue<ArchiveObjectId[]> Asked { get; } = new();

    /// <summary>Streams given out and not closed.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Streams that leaked.</summary>
    public int Leaked => Volatile.Read(ref _leaked);

    /// <summary>From now on, that is what goes wrong with whatever is asked.</summary>
    public void Fail(ArchiveFault fault, int times = int.MaxValue)
    {
        lock (_lock)
            _everywhere = (fault, times);
    }

    /// <summary>From now on, that is what goes wrong with an object.</summary>
    public void Fail(ArchiveObjectId id, ArchiveFault fault, int times = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(id);
        lock (_lock)
            _faults[id.Value] = (fault, times);
    }

    /// <summary>Nothing goes wrong any more, and what hangs goes on.</summary>
    public void Heal()
    {
        lock (_lock)
        {
            _faults.Clear();
            _everywhere = default;
            _healed.TrySetResult();
            _healed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        await BeforeAsync(Take(id), cancellationToken).ConfigureAwait(false);
        return await behind.FindAsync(id, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        Asked.Enqueue([id]);
        return await OpenAsync(id, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ArchiveContent> OpenReadManyAsync(IReadOnlyList<ArchiveObjectId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Asked.Enqueue([.. ids]);
        // Backwards: no order is promised.
        foreach (var id in ids.Distinct().Reverse())
        {
            ArchiveContent content;
            try
            {
                content = await OpenAsync(id, cancellationToken).ConfigureAwait(false);
            }
            catch (MdmException e)
            {
                content = ArchiveContent.Failed(id, e);
            }
            yield return content;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fault = Take(null);
        await BeforeAsync(fault, cancellationToken).ConfigureAwait(false);
        var entries = new List<ArchiveEntry>();
        await foreach (var entry in behind.BrowseAsync(selection, cancellationToken).ConfigureAwait(false))
            entries.Add(entry);
        for (var at = 0; at < entries.Count || (fault == ArchiveFault.Endless && at < int.MaxValue); at++)
        {
            if (at >= entries.Count / 2 && !await MiddleAsync(fault, cancellationToken).ConfigureAwait(false))
                yield break;
            cancellationToken.ThrowIfCancellationRequested();
            yield return entries[at % entries.Count];
        }
    }

    /// <inheritdoc/>
    public async ValueTask<string> ProbeAsync(CancellationToken cancellationToken)
    {
        await BeforeAsync(Take(null), cancellationToken).ConfigureAwait(false);
        return await behind.ProbeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => behind.DisposeAsync();

    private async Task<ArchiveContent> OpenAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        var fault = Take(id);
        await BeforeAsync(fault, cancellationToken).ConfigureAwait(false);
        var content = await behind.OpenReadAsync(id, cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _open);
        return ArchiveContent.Opened(content.Info, new FaultyStream(this, content.Stream, content.Info.Length!.Value, fault));
    }

    private ArchiveFault Take(ArchiveObjectId? id)
    {
        lock (_lock)
        {
            if (id is not null && _faults.TryGetValue(id.Value, out var own) && own.Times > 0)
            {
                _faults[id.Value] = (own.Fault, own.Times - 1);
                return own.Fault;
            }
            if (_everywhere.Times == 0)
                return ArchiveFault.None;
            _everywhere.Times--;
            return _everywhere.Fault;
        }
    }

    private async Task BeforeAsync(ArchiveFault fault, CancellationToken cancellationToken)
    {
        switch (fault)
        {
            case ArchiveFault.Unavailable:
                throw new MdmException(MdmErrorKind.Unavailable, "The archive does not answer.");
            case ArchiveFault.Busy:
                throw new MdmException(MdmErrorKind.Busy, "The archive is busy.");
            case ArchiveFault.Hangs:
                await HealedAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
                break;
            case ArchiveFault.DeafAtOnce:
                await HealedAsync().ConfigureAwait(false);
                break;
            case ArchiveFault.Blocks:
                HealedAsync().GetAwaiter().GetResult();
                break;
            case ArchiveFault.Slow:
                await Task.Delay(Pace, _time, cancellationToken).ConfigureAwait(false);
                break;
            case ArchiveFault.Foreign:
                throw new InvalidOperationException($"No room for {Mark}.");
        }
    }

    /// <summary>False where what was asked for is to end here.</summary>
    private async Task<bool> MiddleAsync(ArchiveFault fault, CancellationToken cancellationToken)
    {
        switch (fault)
        {
            case ArchiveFault.BreaksOff:
                throw new MdmException(MdmErrorKind.Unavailable, "The archive broke off.");
            case ArchiveFault.Corrupt:
                throw new MdmException(MdmErrorKind.Corrupt, "What the archive sent is not whole.");
            case ArchiveFault.HangsHalfway:
                await HealedAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
                break;
            case ArchiveFault.Deaf:
                await HealedAsync().ConfigureAwait(false);
                break;
            case ArchiveFault.ForeignHalfway:
                throw new InvalidOperationException($"No room for {Mark}.");
        }
        return fault != ArchiveFault.TooShort;
    }

    private Task HealedAsync()
    {
        lock (_lock)
            return _healed.Task;
    }

    private sealed class FaultyStream(FaultyArchive archive, Stream source, long length, ArchiveFault fault) : ForwardStream
    {
        private readonly long _half = length / 2;
        private long _given;
        private bool _isPastMiddle;
        private bool _isClosed;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty)
                return 0;
            if (fault == ArchiveFault.Slow)
                await Task.Delay(archive.Pace, archive._time, cancellationToken).ConfigureAwait(false);
            if (_given == _half && !_isPastMiddle)
            {
                if (!await archive.MiddleAsync(fault, cancellationToken).ConfigureAwait(false))
                    return 0;
                _isPastMiddle = true;
            }
            var most = _isPastMiddle ? buffer.Length : (int)Math.Min(buffer.Length, _half - _given);
            var count = await source.ReadAsync(buffer[..most], cancellationToken).ConfigureAwait(false);
            if (count == 0 && (fault == ArchiveFault.Endless || (fault == ArchiveFault.TooLong && _given == length)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                count = fault == ArchiveFault.Endless ? buffer.Length : 1;
                buffer.Span[..count].Clear();
            }
            _given += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_isClosed)
            {
                _isClosed = true;
                if (fault == ArchiveFault.Leaks)
                {
                    Interlocked.Increment(ref archive._leaked);
                }
                else
                {
                    Interlocked.Decrement(ref archive._open);
                    source.Dispose();
                }
            }
            base.Dispose(disposing);
        }
    }
}
