using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Mdm.Abstractions;
using Mdm.Formats.Sealed;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>Sealing and opening on one core, against OpenSSL's own loop over one block. <c>bench/run</c> pins this process and its peer to the same processor.</summary>
internal static partial class SealBench
{
    private const double Least = 0.7;
    private const int SliceLength = 512 * 1024;
    private static readonly KeyId Id = KeyId.Parse("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");

    public static async Task RunAsync(Arguments arguments)
    {
        var rounds = arguments.Or("rounds", 5);
        var plain = new byte[arguments.Or("bytes", 256_000_000)];
        RandomNumberGenerator.Fill(plain);
        using var key = ContentKey.Create();
        var file = new byte[SealedFormat.SealedLength(plain.Length)];
        Seal(plain, key, new MemoryStream(file));
        var measured = new Dictionary<string, List<double>>();
        for (var round = 0; round < rounds; round++)
        {
            Add("openssl speed, encrypting", await OpenSslAsync([]));
            Add("ours, sealing", Rate(plain.Length, () => Seal(plain, key, new Discard())));
            Add("openssl speed, decrypting", await OpenSslAsync(["-decrypt"]));
            Add("ours, opening one segment over and over", Rate(plain.Length, () => OpenOne(file, key, plain.Length / SealedFormat.PlainPerSegment)));
            Add("ours, opening while it arrives", Rate(plain.Length, () => Open(file, key)));
            Add("ours, opening with random access", Rate(plain.Length, () => OpenRandom(file, key)));
            Add("ours, sealing files of 512 KB", Rate(plain.Length, () => SealSlices(plain, key)));
            Add("ours, SHA-256 alone", Rate(plain.Length, () => SHA256.HashData(plain)));
            Add("ours, SHA-256, then sealing", Rate(plain.Length, () => Seal(plain, key, new Discard(), SHA256.HashData(plain))));
        }
        foreach (var (what, rates) in measured)
            Report.Line(what, Median(rates) / 1e6, "MB/s");
        Report.Ratio("SHA-256, then sealing / openssl speed", Of("ours, SHA-256, then sealing", "openssl speed, encrypting"), null);
        Report.Ratio("sealing files of 512 KB / openssl speed", Of("ours, sealing files of 512 KB", "openssl speed, encrypting"), null);
        // As openssl does it: what the others are below that is the way of the bytes from memory into the cache.
        Report.Ratio("opening one segment over and over / openssl speed", Of("ours, opening one segment over and over", "openssl speed, decrypting"), Least);
        Report.Ratio("opening with random access / openssl speed", Of("ours, opening with random access", "openssl speed, decrypting"), Least);
        Report.Ratio("opening while it arrives / openssl speed", Of("ours, opening while it arrives", "openssl speed, decrypting"), Least);
        Report.Ratio("sealing / openssl speed", Of("ours, sealing", "openssl speed, encrypting"), Least);

        void Add(string what, double rate) => (measured.TryGetValue(what, out var rates) ? rates : measured[what] = []).Add(rate);
        // Side by side: the ratio of each round, and of those the middle one.
        double Of(string ours, string theirs) => Median(measured[ours].Zip(measured[theirs], (a, b) => a / b));
    }

    private static void Seal(byte[] plain, ContentKey key, Stream target, byte[]? digest = null)
    {
        var header = digest is null ? SealedHeader.Random(key, Id) : SealedHeader.Synthesize(key, Id, plain.Length, digest);
        using var sealing = new SealingStream(target, header, key);
        sealing.Write(plain);
        sealing.Complete();
    }

    private static void SealSlices(byte[] plain, ContentKey key)
    {
        for (var at = 0; at < plain.Length; at += SliceLength)
        {
            using var sealing = new SealingStream(new Discard(), SealedHeader.Random(key, Id), key);
            sealing.Write(plain.AsSpan(at, Math.Min(SliceLength, plain.Length - at)));
            sealing.Complete();
        }
    }

    private static void OpenOne(byte[] file, ContentKey key, int times)
    {
        using var cipher = new SegmentCipher(key, SealedHeader.Parse(file));
        var segment = file.AsSpan(SealedFormat.SegmentLength, SealedFormat.SegmentLength);
        var plain = new byte[SealedFormat.PlainPerSegment];
        for (var i = 0; i < times; i++)
            cipher.Open(1, isLast: false, segment, plain);
    }

    private static void Open(byte[] file, ContentKey key)
    {
        using var source = new MemoryStream(file, SealedFormat.HeaderLength, file.Length - SealedFormat.HeaderLength);
        using var stream = new DecipheringStream(source, SealedHeader.Parse(file), key);
        stream.CopyTo(new Discard());
    }

    private static void OpenRandom(byte[] file, ContentKey key)
    {
        using var stream = new SealedReader(new MemorySource(file), SealedHeader.Parse(file), key).IntoStream();
        stream.CopyTo(new Discard());
    }

    // Its own table: "AES-256-GCM   4408321.00k", in thousands of bytes a second.
    private static async Task<double> OpenSslAsync(string[] more)
    {
        var (code, output) = await ChildProcess.RunAsync(Here.Tool("openssl"), ["speed", "-evp", "aes-256-gcm", "-bytes", SealedFormat.PlainPerSegment.ToString(CultureInfo.InvariantCulture), "-seconds", "1", .. more]);
        var rate = Table().Match(output);
        return code == 0 && rate.Success ? double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture) * 1000 : throw new InvalidOperationException($"openssl ended with {code}: {output}");
    }

    // Of processor time, as openssl speed counts: others may be at work on the machine.
    private static double Rate(long bytes, Action work)
    {
        var before = Environment.CpuUsage.TotalTime;
        work();
        return bytes / (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    [GeneratedRegex(@"^AES-256-GCM\s+([0-9.]+)k", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Table();

    private sealed class MemorySource(byte[] file) : ISealedSource
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            var part = file.AsSpan((int)offset)[..Math.Min(buffer.Length, file.Length - (int)offset)];
            part.CopyTo(buffer);
            return part.Length;
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => new(Read(offset, buffer.Span));

        public void Dispose()
        {
        }
    }

    /// <summary>Takes bytes and keeps none.</summary>
    private sealed class Discard : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
        }
    }
}
