using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Mdm.Host.Audit;

/// <summary>How far a trail went.</summary>
/// <param name="Number">The last line's number.</param>
/// <param name="Hash">Its hash.</param>
internal sealed record TrailEnd(long Number, byte[] Hash);

/// <summary>
/// The note of how far the trail went, signed: a trail that was cut at its end is otherwise a sound trail. Written after each line; after a crash it may be one line behind, which is sound.
/// </summary>
internal sealed class TrailHead : IDisposable
{
    public const string FileName = "head";

    private const int BodySize = sizeof(long) + TrailChain.Size;
    private const int Size = BodySize + TrailChain.Size;

    private readonly SafeFileHandle _file;
    private readonly byte[] _key;

    public TrailHead(string directory, byte[] key)
    {
        _key = key;
        var path = Path.Combine(directory, FileName);
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>The note of a folder, read only; null when there is none, or it is not signed with the key.</summary>
    public static TrailEnd? Read(string directory, byte[] key)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
            return null;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Read(file, key);
    }

    public TrailEnd? Read() => Read(_file, _key);

    public void Write(long number, byte[] hash)
    {
        Span<byte> note = stackalloc byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(note, number);
        hash.CopyTo(note[sizeof(long)..]);
        HMACSHA256.HashData(_key, note[..BodySize], note[BodySize..]);
        RandomAccess.Write(_file, note, 0);
    }

    public void Dispose() => _file.Dispose();

    private static TrailEnd? Read(SafeFileHandle file, byte[] key)
    {
        Span<byte> note = stackalloc byte[Size];
        if (RandomAccess.Read(file, note, 0) != Size || !CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, note[..BodySize]), note[BodySize..]))
            return null;
        return new TrailEnd(BinaryPrimitives.ReadInt64BigEndian(note), note[sizeof(long)..BodySize].ToArray());
    }
}
