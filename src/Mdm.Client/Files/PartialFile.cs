using System.Security.Cryptography;
using System.Text;

namespace Mdm.Client.Files;

/// <summary>
/// A file that is being written beside its destination: <c>NAME.part</c>, and <c>NAME.part.etag</c>, which says what it is a part of.
/// Only one process can have it open. Disposing leaves both, to be continued.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const string Suffix = ".part";
    private const string ETagSuffix = ".etag";
    private const int MaxETagLength = 1024;
    private const int ReadBuffer = 128 * 1024;

    // NAME_MAX: a name that has no room for the suffixes is replaced by its hash.
    private const int MaxNameBytes = 255;

    private readonly string _destination;
    private readonly string _path;
    private readonly FileStream _file;
    private Adler32 _adler = new();

    private PartialFile(string destination, string path, FileStream file) => (_destination, _path, _file) = (destination, path, file);

    /// <summary>Bytes that are there.</summary>
    public long Length { get; private set; }

    /// <summary>What the part belongs to; null when it cannot be continued.</summary>
    public string? ETag { get; private set; }

    /// <summary>Of the bytes that are there.</summary>
    public string Adler32 => _adler.ToString();

    /// <summary>Opens what an earlier attempt left, or a new one.</summary>
    /// <exception cref="IOException">Another process is writing it, or the disk refuses.</exception>
    public static PartialFile Open(string destination)
    {
        using var place = Destination.OfFile(destination);
        destination = place.Path;
        var name = Path.GetFileName(destination);
        if (Encoding.UTF8.GetByteCount(name) + Suffix.Length + ETagSuffix.Length > MaxNameBytes)
            name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        var path = Path.Combine(Path.GetDirectoryName(destination)!, name + Suffix);
        var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0, UnixCreateMode = Destination.Widest });
        var partial = new PartialFile(destination, path, file);
        try
        {
            place.Adopt(file.SafeFileHandle);
            partial.TakeUp();
            return partial;
        }
        catch
        {
            partial.Dispose();
            throw;
        }
    }

    /// <summary>Forgets all bytes and begins a file of that version.</summary>
    public void Begin(string? etag)
    {
        _file.SetLength(0);
        (Length, ETag, _adler) = (0, etag, new Adler32());
        if (etag is null)
            File.Delete(_path + ETagSuffix);
        else
            File.WriteAllText(_path + ETagSuffix, etag);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _adler.Append(bytes);
        Length += bytes.Length;
    }

    /// <summary>Reads bytes that are there.</summary>
    /// <exception cref="IOException">They are not.</exception>
    public void Read(long offset, Span<byte> buffer)
    {
        for (var filled = 0; filled < buffer.Length;)
        {
            var read = RandomAccess.Read(_file.SafeFileHandle, buffer[filled..], offset + filled);
            filled += read > 0 ? read : throw new IOException($"{_path} became shorter.");
        }
    }

    /// <summary>Puts the file in place, in one step.</summary>
    /// <exception cref="IOException">There is one already and it may not be replaced.</exception>
    public void Complete(bool replace)
    {
        _file.Dispose();
        File.Move(_path, _destination, replace);
        File.Delete(_path + ETagSuffix);
    }

    /// <summary>Leaves nothing to be continued.</summary>
    public void Discard()
    {
        _file.Dispose();
        File.Delete(_path);
        File.Delete(_path + ETagSuffix);
    }

    public void Dispose() => _file.Dispose();

    private void TakeUp()
    {
        var sidecar = new FileInfo(_path + ETagSuffix);
        if (_file.Length == 0 || !sidecar.Exists || sidecar.Length is 0 or > MaxETagLength)
        {
            Begin(null);
            return;
        }
        ETag = File.ReadAllText(sidecar.FullName);
        var buffer = new byte[ReadBuffer];
        for (int read; (read = _file.Read(buffer)) > 0;)
        {
            _adler.Append(buffer.AsSpan(0, read));
            Length += read;
        }
    }
}
