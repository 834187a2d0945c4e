using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Sealed;

namespace Mdm.Formats.Tests.Sealed;

/// <summary>Content and keys to seal, and every way to open.</summary>
internal static class Sample
{
    private const int Period = 251;

    public static KeyId Id { get; } = KeyId.Parse("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");

    /// <summary>Lengths around every boundary of the format.</summary>
    public static IEnumerable<int> Lengths { get; } =
    [
        0, 1, 15, 16, 17, 39, 40, 41, 4095, 65536,
        .. Around(SealedFormat.FirstPlainLength), .. Around(SealedFormat.SegmentLength),
        .. Around(SealedFormat.FirstPlainLength + SealedFormat.PlainPerSegment), .. Around(2 * SealedFormat.SegmentLength),
    ];

    public static ContentKey Key() => new([.. Enumerable.Range(0, ContentKey.Size).Select(i => (byte)i)]);

    /// <summary>Byte i is i mod 251.</summary>
    public static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = (byte)(i % Period);
        return bytes;
    }

    public static SealedHeader HeaderOf(byte[] plain, ContentKey key) => SealedHeader.Synthesize(key, Id, plain.Length, SHA256.HashData(plain));

    /// <summary>Seals under the key 00 01 02...</summary>
    public static byte[] Seal(byte[] plain)
    {
        using var key = Key();
        return Seal(plain, key);
    }

    public static byte[] Seal(byte[] plain, ContentKey key)
    {
        using var target = new MemoryStream();
        using (var sealing = new SealingStream(target, HeaderOf(plain, key), key, leaveOpen: true))
        {
            sealing.Write(plain);
            sealing.Complete();
        }
        return target.ToArray();
    }

    /// <summary>Opens with each reader there is; they have to agree on what comes out and on whether it is refused.</summary>
    public static async Task<(byte[] Released, MdmException? Refusal)> OpenAsync(byte[] file, ContentKey? key = null)
    {
        using var own = key is null ? Key() : null;
        key ??= own!;
        var forward = await DrainAsync(async () => await DecipheringStream.OpenAsync(new Trickle(file, 100_003), (_, _) => new(new ContentKey(key.Bytes)), CancellationToken.None));
        var random = await DrainAsync(() => Task.FromResult<Stream>(OpenRandom(file, key).IntoStream()));
        (random.Refusal?.Kind).Should().Be(forward.Refusal?.Kind);
        // Whoever knows the length beforehand refuses an impossible one before anything; otherwise both give out the same.
        var isRefusedAtOnce = !SealedFormat.TryPlainLength(file.Length, out _);
        random.Released.AsSpan().SequenceEqual(isRefusedAtOnce ? [] : forward.Released).Should().BeTrue("both readers give out the same bytes");
        return forward;
    }

    public static SealedReader OpenRandom(byte[] file, ContentKey key)
    {
        var source = new MemorySource(file);
        return new SealedReader(source, SealedReader.ReadHeader(source), key);
    }

    private static async Task<(byte[] Released, MdmException? Refusal)> DrainAsync(Func<Task<Stream>> open)
    {
        var released = new MemoryStream();
        var buffer = new byte[81_920];
        try
        {
            await using var stream = await open();
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
                released.Write(buffer, 0, read);
            return (released.ToArray(), null);
        }
        catch (MdmException refusal)
        {
            return (released.ToArray(), refusal);
        }
    }

    private static int[] Around(int length) => [length - 1, length, length + 1];
}

/// <summary>A sealed file in memory.</summary>
internal sealed class MemorySource(byte[] file) : ISealedSource
{
    private int _reads;

    public long Length => file.Length;

    public int Reads => _reads;

    public int Read(long offset, Span<byte> buffer)
    {
        Interlocked.Increment(ref _reads);
        var part = file.AsSpan((int)Math.Min(offset, file.Length));
        part = part[..Math.Min(part.Length, buffer.Length)];
        part.CopyTo(buffer);
        return part.Length;
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => new(Read(offset, buffer.Span));

    public void Dispose()
    {
    }
}

/// <summary>A stream that comes in pieces, as from a network.</summary>
internal sealed class Trickle(byte[] bytes, int piece) : MemoryStream(bytes)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, piece)]);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
}
