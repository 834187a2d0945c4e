using System.Security.Cryptography;
using Mdm.Formats.Sealed;
using Mdm.Host.Configuration;
using Mdm.Host.Staging;
using Mdm.Host.Tests.Doubles;

namespace Mdm.Host.Tests.Staging;

public sealed class SealedWriterTests : IDisposable
{
    private const int Held = SealedWriter.SegmentsInMemory;

    private readonly string _folder = Directory.CreateTempSubdirectory("mdm-sealing-").FullName;
    private readonly ContentKey _key = new([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
    private readonly KeyId _id = KeyId.Parse("000102030405060708090a0b0c0d0e0f");

    /// <summary>Around the ends of segments, of what is held in memory, and of what is spooled.</summary>
    public static TheoryData<long> Lengths =>
    [
        0, 1, SealedFormat.FirstPlainLength - 1, SealedFormat.FirstPlainLength, SealedFormat.FirstPlainLength + 1,
        SealedFormat.PlainOffset(Held), SealedFormat.PlainOffset(Held) + 1, SealedFormat.PlainOffset(Held + 1), SealedFormat.PlainOffset(Held + 1) + 1, SealedFormat.PlainOffset(Held + 3) + 12_345,
    ];

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Seals_what_comes_back_at_any_length(long length)
    {
        var content = StagingBench.Bytes("content", (int)length);

        var (facts, path) = Seal(content, Delivery.Clear, 100_003);

        using var reader = new SealedReader(SealedFileSource.Open(path), HeaderOf(path), _key);
        var back = new byte[length];
        reader.Read(0, back).Should().Be((int)length);
        back.Should().Equal(content);
        facts.Should().Be(FactsOf(content));
        new FileInfo(path).Length.Should().Be(SealedFormat.SealedLength(length)).And.Be(StoredForm.StoredLength(Delivery.Clear, facts.Length));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Tells_the_facts_of_the_sealed_bytes_where_those_are_delivered(long length)
    {
        var (facts, path) = Seal(StagingBench.Bytes("content", (int)length), Delivery.Sealed, 1 << 20);

        facts.Should().Be(FactsOf(File.ReadAllBytes(path)));
    }

    [Fact]
    public void Equal_content_gives_equal_files_however_it_came_in()
    {
        var content = StagingBench.Bytes("content", (int)SealedFormat.PlainOffset(Held + 2) + 77);

        var (_, first) = Seal(content, Delivery.Sealed, 4096);
        var (_, second) = Seal(content, Delivery.Clear, 3_000_000);

        SHA256.HashData(File.ReadAllBytes(second)).Should().Equal(SHA256.HashData(File.ReadAllBytes(first)));
    }

    [Fact]
    public void What_was_not_completed_opens_nowhere_and_holds_no_plaintext()
    {
        // A mark every few hundred bytes, through what is held in memory and what is spooled.
        var mark = "MARKED^PATIENT"u8.ToArray();
        var content = StagingBench.Bytes("content", (int)SealedFormat.PlainOffset(Held + 3));
        for (var at = 0; at < content.Length - mark.Length; at += 500)
            mark.CopyTo(content, at);
        var path = Path.Combine(_folder, "broken");
        using (var file = new PartialFile(path))
        using (var writer = new SealedWriter(file, Delivery.Clear))
        {
            Write(writer, content, content.Length);
        }

        var left = File.ReadAllBytes(path);
        left.Should().HaveCountGreaterThan(1 << 20, "some of it was spooled");
        left.AsSpan().IndexOf(mark).Should().Be(-1);
        SealedHeader.TryParse(left, out _).Should().BeFalse();
    }

    private (FileFacts Facts, string Path) Seal(byte[] content, Delivery delivery, int piece)
    {
        var path = Path.Combine(_folder, Guid.NewGuid().ToString("n"));
        using var file = new PartialFile(path);
        using var writer = new SealedWriter(file, delivery);
        Write(writer, content, piece);
        return (writer.Complete(_key, _id), path);
    }

    /// <summary>As the sink does it, from pieces of any length.</summary>
    private static void Write(SealedWriter writer, byte[] content, int piece)
    {
        using var pieces = new MemoryStream(content);
        var at = 0;
        for (uint number = 0; at < content.Length; number++)
        {
            var segment = SegmentBuffers.Rent();
            var length = Math.Min(SealedFormat.PlainCapacity(number), content.Length - at);
            for (var filled = 0; filled < length;)
                filled += pieces.Read(segment, filled, Math.Min(piece, length - filled));
            writer.Add(segment, length);
            at += length;
        }
    }

    private static SealedHeader HeaderOf(string path)
    {
        using var source = SealedFileSource.Open(path);
        return SealedReader.ReadHeader(source);
    }

    private static FileFacts FactsOf(byte[] bytes)
    {
        var sums = new Checksums();
        sums.Append(bytes);
        return sums.Facts;
    }
}
