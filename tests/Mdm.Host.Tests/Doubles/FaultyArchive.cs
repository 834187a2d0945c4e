using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Mdm.Host.Tests.Doubles;

/// <summary>What goes wrong with an object.</summary>
internal enum Fault
{
    None,

    /// <summary>Not to be opened: Unavailable.</summary>
    Refused,

    /// <summary>Not to be opened: Busy.</summary>
    Busy,

    /// <summary>Half of it, then Unavailable.</summary>
    Broken,

    /// <summary>Half of it, then nothing until cancelled.</summary>
    Hanging,

    /// <summary>Half of it, then nothing, whatever is cancelled.</summary>
    Deaf,

    /// <summary>Ends before the length announced.</summary>
    Short,

    /// <summary>An exception that is not of the contract.</summary>
    Bug,
}

/// <summary>An archive in memory that fails where it is told to, so often as it is told to, and remembers how it was asked.</summary>
internal class FaultyArchive : IStorageBackend
{
    private readonly ConcurrentDictionary<string, (Fault Kind, int Times)> _faults = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, Func<Stream>> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>Each retrieval with the objects asked for.</summary>
    public ConcurrentQueue<string[]> Asked { get; } = new();

    public bool AnnouncesLength { get; set; } = true;

    /// <summary>While set, nothing is opened.</summary>
    public TaskCompletionSource? Gate { get; set; }

    public void Put(string id, byte[] content) => Objects[id] = () => new MemoryStream(content, writable: false);

    public void Fail(string id, Fault fault, int times = int.MaxValue) => _faults[id] = (fault, times);

    public void Heal() => _faults.Clear();

    public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Objects.ContainsKey(id.Value) ? new ArchiveObjectInfo(id, "application/dicom") : null);

    public async ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        Asked.Enqueue([id.Value]);
        await PassGateAsync(cancellationToken);
        var content = Open(id);
        return content.Failure is { } failure ? throw failure : content;
    }

    public ValueTask DisposeAsync() => default;

    protected async Task PassGateAsync(CancellationToken cancellationToken)
    {
        if (Gate is { } gate)
            await gate.Task.WaitAsync(cancellationToken);
    }

    protected ArchiveContent Open(ArchiveObjectId id)
    {
        var fault = TakeFault(id.Value);
        if (fault == Fault.Refused)
            return ArchiveContent.Failed(id, new MdmException(MdmErrorKind.Unavailable, "The archive does not answer."));
        if (fault == Fault.Busy)
            return ArchiveContent.Failed(id, new MdmException(MdmErrorKind.Busy, "The archive is busy."));
        if (fault == Fault.Bug)
            throw new InvalidOperationException("a patient's name");
        if (!Objects.TryGetValue(id.Value, out var open))
            return ArchiveContent.Failed(id, new MdmException(MdmErrorKind.NotFound, "No such object."));
        var stream = open();
        var length = AnnouncesLength ? stream.Length : (long?)null;
        return ArchiveContent.Opened(new ArchiveObjectInfo(id, "application/dicom", length), fault == Fault.None ? stream : new FaultyStream(stream, fault));
    }

    private Fault TakeFault(string id)
    {
        if (!_faults.TryGetValue(id, out var fault) || fault.Times == 0)
            return Fault.None;
        _faults[id] = (fault.Kind, fault.Times - 1);
        return fault.Kind;
    }

    private sealed class FaultyStream(Stream source, Fault fault) : Stream
    {
        private readonly long _half = source.Length / 2;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => source.Position; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var left = (int)Math.Min(buffer.Length, _half - source.Position);
            if (left > 0)
                return await source.ReadAsync(buffer[..left], cancellationToken);
            switch (fault)
            {
                case Fault.Short:
                    return 0;
                case Fault.Hanging:
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                    return 0;
                case Fault.Deaf:
                    await new TaskCompletionSource().Task;
                    return 0;
                default:
                    throw new MdmException(MdmErrorKind.Unavailable, "The archive broke off.");
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

/// <summary>The same, fetching many at once, in reverse order: no order is promised.</summary>
internal sealed class FaultyBatchArchive : FaultyArchive, IBatchReadableBackend
{
    public async IAsyncEnumerable<ArchiveContent> OpenReadManyAsync(IReadOnlyList<ArchiveObjectId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Asked.Enqueue([.. ids.Select(id => id.Value)]);
        await PassGateAsync(cancellationToken);
        foreach (var id in ids.Reverse())
            yield return Open(id);
    }
}
