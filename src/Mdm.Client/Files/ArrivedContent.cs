using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Client.Files;

/// <summary>A file that comes into memory. It takes the room that what has come needs, whatever length somebody claims, and leaves nothing of it behind where it was before.</summary>
/// <param name="expected">How long it should become.</param>
/// <param name="allowance">What all files may have together.</param>
internal sealed class ArrivedContent(long expected, BytesAllowance allowance) : WriteOnlyStream
{
    // What a slice has, and no more than a handful of liars can make us hold.
    private const int FirstRoom = 1 << 20;

    private byte[] _bytes = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(expected, 0, FirstRoom));
    private int _length;

    /// <summary>Where it lies, as long as there is room enough.</summary>
    internal Memory<byte> Room => _bytes;

    /// <summary>All of it. From now on it is the caller's, who clears it.</summary>
    public Memory<byte> Take()
    {
        var taken = _bytes.AsMemory(0, _length);
        (_bytes, _length) = ([], 0);
        return taken;
    }

    /// <summary>Reads a stream to its end, without a copy in between.</summary>
    /// <exception cref="MdmException">Refused: more than allowed.</exception>
    public async Task FillAsync(Stream source, CancellationToken cancellationToken)
    {
        while (true)
        {
            MakeRoom(1);
            var read = await source.ReadAsync(_bytes.AsMemory(_length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return;
            // What is too much lies here already, and is cleared with the rest.
            _length += read;
            allowance.Take(read);
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        allowance.Take(buffer.Length);
        MakeRoom(buffer.Length);
        buffer.CopyTo(_bytes.AsMemory(_length));
        _length += buffer.Length;
        return ValueTask.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _length));
        base.Dispose(disposing);
    }

    private void MakeRoom(int more)
    {
        if (_bytes.Length - _length >= more)
            return;
        var needed = (long)_length + more;
        if (needed > Array.MaxLength)
            throw new MdmException(MdmErrorKind.Refused, $"A file of more than {Array.MaxLength} bytes is not fetched into memory whole.");
        // To the expected length where that is near, and a byte more, which tells that it is the end.
        var room = Math.Max(needed, 2L * _bytes.Length);
        if (expected + 1 >= needed)
            room = Math.Min(room, expected + 1);
        var larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(room, Array.MaxLength));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _length));
        _bytes = larger;
    }
}

/// <summary>How many bytes all files of a fetch may have together. Safe for concurrent use.</summary>
/// <param name="most">Null for no limit.</param>
internal sealed class BytesAllowance(long? most)
{
    // Twice as much can still be counted.
    private readonly long? _most = most is { } given ? Math.Min(given, long.MaxValue / 4) : null;
    private long _listed;
    private long _taken;

    /// <summary>Counts a file before it is asked for.</summary>
    /// <param name="length">The least that it comes to.</param>
    /// <exception cref="MdmException">Refused: more than allowed.</exception>
    public void Expect(long length) => Demand(Interlocked.Add(ref _listed, Math.Clamp(length, 0, (_most ?? 0) + 1)));

    /// <summary>Counts what came.</summary>
    /// <exception cref="MdmException">Refused: more than allowed.</exception>
    public void Take(int length) => Demand(Interlocked.Add(ref _taken, length));

    private void Demand(long all)
    {
        if (all > _most)
            throw new MdmException(MdmErrorKind.Refused, $"The files have more than the {_most} bytes that the caller allowed.");
    }
}
