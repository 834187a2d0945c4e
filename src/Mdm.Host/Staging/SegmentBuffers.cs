using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mdm.Formats.Sealed;

namespace Mdm.Host.Staging;

/// <summary>
/// Buffers of a sealed segment each, used again and again. Not the shared pool: it lets go of arrays of this size when the collector runs, which they make it do.
/// </summary>
internal static class SegmentBuffers
{
    /// <summary>Buffers kept for the next file, of all files: 32 MiB.</summary>
    private const int MaxSpare = 32;

    private static readonly ConcurrentStack<byte[]> Spare = new();

    /// <summary>A buffer of <see cref="SealedFormat.SegmentLength"/> bytes, not zeroed.</summary>
    public static byte[] Rent() => Spare.TryPop(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(SealedFormat.SegmentLength, pinned: true);

    /// <param name="buffer">Not to be touched afterwards.</param>
    /// <param name="plaintext">
    /// How far it held plaintext: whoever gets it next must not find a patient in it. Only so far, since clearing all of it costs an image as much as sealing it.
    /// </param>
    public static void Return(byte[] buffer, int plaintext)
    {
        if (Spare.Count >= MaxSpare)
            return;
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, plaintext));
        Spare.Push(buffer);
    }
}
