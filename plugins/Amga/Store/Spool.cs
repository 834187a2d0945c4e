using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions;
using Mdm.Formats.Sealed;

namespace Mdm.Plugins.Amga.Store;

/// <summary>
/// Lines on their way from the database to a client, or back: written at the one's speed, read at the other's. A little stays in memory; what is more lies in a file without a name,
/// sealed under a key that is nowhere else, and is gone when this is disposed or the process ends. One writer and one reader at a time.
/// </summary>
internal sealed class Spool : IDisposable
{
    /// <summary>What may wait in memory, in bytes.</summary>
    public const int MaxMemory = 256 << 10;

    private const int ChunkLength = 16 << 10;
    private const int LengthPrefix = sizeof(int);

    private readonly Lock _gate = new();
    private readonly Queue<ArraySegment<byte>> _memory = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly string _folder;
    private readonly long _maxBytes;
    private byte[] _chunk = ArrayPool<byte>.Shared.Rent(ChunkLength);
    private int _filled;
    private int _inMemory;
    private long _written;
    private volatile bool _isHungry;
    private bool _isComplete;
    private Overflow? _file;
    private byte[] _rest = [];

    /// <param name="folder">Where the file lies if there has to be one.</param>
    /// <param name="maxBytes">Most bytes that may be written.</param>
    public Spool(string? folder, long maxBytes) => (_folder, _maxBytes) = (folder ?? Path.GetTempPath(), maxBytes);

    /// <summary>Said by the writer before its first line.</summary>
    public string? Header { get; set; }

    /// <summary>Writes a line.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.Aborted"/>: more than may be.</exception>
    public void Write(string line)
    {
        var length = LengthPrefix + Encoding.UTF8.GetByteCount(line);
        if ((_written += length) > _maxBytes)
            throw new AmgaException(AmgaError.Aborted, $"The rows have more than {_maxBytes} bytes (MaxSpoolBytes).");
        if (_filled + length > _chunk.Length)
        {
            Publish();
            if (length > _chunk.Length)
                _chunk = Grown(_chunk, length);
        }
        BinaryPrimitives.WriteInt32LittleEndian(_chunk.AsSpan(_filled), length - LengthPrefix);
        Encoding.UTF8.GetBytes(line, _chunk.AsSpan(_filled + LengthPrefix));
        _filled += length;
        if (_isHungry)
            Publish();
    }

    /// <summary>No more lines will come.</summary>
    public void Complete()
    {
        Publish();
        lock (_gate)
        {
            _file?.Complete();
            _isComplete = true;
        }
        _news.Release();
    }

    /// <summary>The lines, as they come.</summary>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            while (TryTake(out var block, out var isOver))
            {
                foreach (var line in Lines(block))
                    yield return line;
                if (isOver)
                    yield break;
            }
            await _news.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The lines, once <see cref="Complete"/> was called.</summary>
    public IEnumerable<string> ReadAll()
    {
        while (TryTake(out var block, out var isOver))
        {
            foreach (var line in Lines(block))
                yield return line;
            if (isOver)
                yield break;
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        CryptographicOperations.ZeroMemory(_chunk);
        ArrayPool<byte>.Shared.Return(_chunk);
        _news.Dispose();
    }

    private static byte[] Grown(byte[] chunk, int length)
    {
        ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        return ArrayPool<byte>.Shared.Rent(length);
    }

    private void Publish()
    {
        if (_filled == 0)
            return;
        lock (_gate)
        {
            if (_file is null && _inMemory + _filled <= MaxMemory)
            {
                _memory.Enqueue(new ArraySegment<byte>(_chunk.AsSpan(0, _filled).ToArray()));
                _inMemory += _filled;
            }
            else
            {
                (_file ??= new Overflow(_folder)).Append(_chunk.AsSpan(0, _filled));
            }
            _filled = 0;
            _isHungry = false;
        }
        _news.Release();
    }

    // A block, or nothing yet; isOver comes with an empty block after the last.
    private bool TryTake(out ArraySegment<byte> block, out bool isOver)
    {
        lock (_gate)
        {
            isOver = false;
            if (_memory.TryDequeue(out block))
            {
                _inMemory -= block.Count;
                return true;
            }
            if (_file is not null && _file.TryRead(out block))
                return true;
            block = ArraySegment<byte>.Empty;
            isOver = _isComplete;
            _isHungry = !isOver;
            return isOver;
        }
    }

    private IEnumerable<string> Lines(ArraySegment<byte> block)
    {
        if (_rest.Length > 0)
            block = new ArraySegment<byte>([.. _rest, .. block]);
        var at = 0;
        while (block.Count - at >= LengthPrefix && BinaryPrimitives.ReadInt32LittleEndian(block.AsSpan(at)) is var length && block.Count - at - LengthPrefix >= length)
        {
            yield return Encoding.UTF8.GetString(block.AsSpan(at + LengthPrefix, length));
            at += LengthPrefix + length;
        }
        _rest = at == block.Count ? [] : block.AsSpan(at).ToArray();
    }

    /// <summary>The file: whole segments of the sealed format, the one that is being filled in memory.</summary>
    private sealed class Overflow : IDisposable
    {
        private readonly FileStream _file;
        private readonly SegmentCipher _cipher;
        private readonly byte[] _plain = ArrayPool<byte>.Shared.Rent(SealedFormat.SegmentLength);
        private readonly byte[] _sealed = ArrayPool<byte>.Shared.Rent(SealedFormat.SegmentLength);
        private int _filled;
        private uint _written;
        private uint _read;
        private bool _isComplete;

        public Overflow(string folder)
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, "mdm-spool-" + RandomNumberGenerator.GetHexString(32, lowercase: true));
            _file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            // Nobody finds it, and however this process ends, nothing stays.
            File.Delete(path);
            using var key = ContentKey.Create();
            _cipher = new SegmentCipher(key, SealedHeader.Random(key, new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size))));
        }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                var capacity = SealedFormat.PlainCapacity(_written);
                // A full segment waits until more comes, since it may be the last.
                if (_filled == capacity)
                {
                    Seal(isLast: false);
                    capacity = SealedFormat.PlainCapacity(_written);
                }
                var count = Math.Min(bytes.Length, capacity - _filled);
                bytes[..count].CopyTo(_plain.AsSpan(_filled));
                bytes = bytes[count..];
                _filled += count;
            }
        }

        public void Complete()
        {
            Seal(isLast: true);
            _isComplete = true;
        }

        public bool TryRead(out ArraySegment<byte> block)
        {
            block = ArraySegment<byte>.Empty;
            if (_read == _written)
                return false;
            var isLast = _isComplete && _read == _written - 1;
            var length = isLast ? (int)(_file.Length - SealedFormat.SealedOffset(_read)) : SealedFormat.SealedCapacity(_read);
            for (var filled = 0; filled < length;)
            {
                var count = RandomAccess.Read(_file.SafeFileHandle, _sealed.AsSpan(filled, length - filled), SealedFormat.SealedOffset(_read) + filled);
                filled += count > 0 ? count : throw new EndOfStreamException("What was spooled is gone.");
            }
            var plain = new byte[length - SealedFormat.TagLength];
            _cipher.Open(_read++, isLast, _sealed.AsSpan(0, length), plain);
            block = new ArraySegment<byte>(plain);
            return true;
        }

        public void Dispose()
        {
            _file.Dispose();
            _cipher.Dispose();
            ArrayPool<byte>.Shared.Return(_plain, clearArray: true);
            ArrayPool<byte>.Shared.Return(_sealed);
        }

        private void Seal(bool isLast)
        {
            var length = _filled + SealedFormat.TagLength;
            _cipher.Seal(_written, isLast, _plain.AsSpan(0, _filled), _sealed.AsSpan(0, length));
            RandomAccess.Write(_file.SafeFileHandle, _sealed.AsSpan(0, length), SealedFormat.SealedOffset(_written));
            _written++;
            _filled = 0;
        }
    }
}
