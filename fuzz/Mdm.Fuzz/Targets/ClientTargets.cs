using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions;
using Mdm.Client.Discovery;
using Mdm.Formats.Sealed;

namespace Mdm.Fuzz.Targets;

/// <summary>What clients get: sealed files, from whomever; what hosts announce.</summary>
internal sealed class ClientTargets : IDisposable
{
    private static readonly int[] Lengths = [0, 1, 15, 16, 17, 200, 5000];
    // The same in every run, so that a finding can be made again.
    private readonly ContentKey _key = new(new byte[ContentKey.Size]);
    private readonly byte[][] _files;

    public ClientTargets() => _files = [.. Lengths.Select(Seal)];

    public IEnumerable<FuzzTarget> All() =>
    [
        new("sealed", InputShape.Binary, _ => _files, Sealed) { Tokens = [[0x28], new byte[16], new byte[40], _files[0], _files[5][40..]], MaxLength = 16 * 1024 },
        new("announcement", InputShape.Text, _ => AnnouncementSeeds(), Announcement) { Tokens = [.. new[] { "\"version\":1", "\"keys\":", "\"endpoints\":[", "\"https://a/\"", "\"properties\":{", "null", "[[[[[[[[[", "\\ud800" }.Select(Encoding.ASCII.GetBytes)], MaxLength = AnnouncementReader.MaxDocument },
    ];

    public void Dispose() => _key.Dispose();

    /// <summary>Nothing opens but what was sealed, to the last byte; both readers judge alike, and give out the same before they refuse.</summary>
    private bool Sealed(byte[] input)
    {
        var (forward, forwardRefused) = Drain(() => OpenForward(input));
        var (random, randomRefused) = Drain(() => OpenRandom(input));
        if (forwardRefused != randomRefused)
            throw new FindingException("one reader refuses, the other does not");
        if (forward.Length != random.Length)
            throw new FindingException("the readers give out different bytes");
        if (forwardRefused)
            return forward.Length == 0 ? false : throw new FindingException("bytes of a file of one segment were given out and then refused");
        return _files.Any(file => file.AsSpan().SequenceEqual(input)) ? true : throw new FindingException("what nobody sealed opens");
    }

    private byte[] Seal(int length)
    {
        var target = new MemoryStream();
        var plain = new byte[length];
        using var sealing = new SealingStream(target, SealedHeader.Synthesize(_key, new KeyId(new byte[KeyId.Size]), length, SHA256.HashData(plain)), _key);
        sealing.Write(plain);
        sealing.Complete();
        return target.ToArray();
    }

    private DecipheringStream OpenForward(byte[] input) =>
        new(new MemoryStream(input, Math.Min(input.Length, SealedFormat.HeaderLength), Math.Max(0, input.Length - SealedFormat.HeaderLength)), SealedHeader.Parse(input), _key);

    private SealedReaderStream OpenRandom(byte[] input)
    {
        var source = new Memory(input);
        return new SealedReader(source, SealedReader.ReadHeader(source), _key).IntoStream();
    }

    private static (byte[] Released, bool IsRefused) Drain(Func<Stream> open)
    {
        var released = new MemoryStream();
        try
        {
            using var stream = open();
            var buffer = new byte[1000];
            for (int read; (read = stream.Read(buffer)) > 0;)
                released.Write(buffer, 0, read);
            return (released.ToArray(), false);
        }
        catch (MdmException refusal) when (refusal.Kind == MdmErrorKind.Corrupt)
        {
            return (released.ToArray(), true);
        }
    }

    private static byte[][] AnnouncementSeeds() =>
    [
        """{"version":1}"""u8.ToArray(),
        """{"version":1,"keys":{"type":"hydra","endpoints":["https://keys1.example:8443/keystore","https://keys2.example:8443/keystore"],"properties":{"threshold":"2"}},"metadata":{"type":"amga","endpoints":["https://meta.example:8822/"],"properties":{}}}"""u8.ToArray(),
    ];

    private static bool Announcement(byte[] input)
    {
        try
        {
            var services = AnnouncementReader.Read(input);
            return new[] { services.Keys, services.Metadata }.OfType<ServiceAnnouncement>().All(s => s.Endpoints.All(e => e.Scheme == Uri.UriSchemeHttps))
                ? true : throw new FindingException("an address without TLS is believed");
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private sealed class Memory(byte[] file) : ISealedSource
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer)
        {
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
}
