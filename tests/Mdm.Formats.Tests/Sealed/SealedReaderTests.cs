using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Sealed;
using Mdm.TestKit;

namespace Mdm.Formats.Tests.Sealed;

public sealed class SealedReaderTests : IDisposable
{
    private static readonly byte[] Plain = Sample.Pattern((3 * SealedFormat.SegmentLength) + 4711);
    private static readonly byte[] File = Sample.Seal(Plain);
    private readonly ContentKey _key = Sample.Key();

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task Reads_from_any_place()
    {
        using var reader = Sample.OpenRandom(File, _key);
        reader.Length.Should().Be(Plain.Length);
        foreach (var offset in Sample.Lengths.Append(Plain.Length - 1).Append(Plain.Length).Append(Plain.Length + 1000))
        {
            foreach (var length in (int[])[0, 1, 1000, SealedFormat.SegmentLength + 1])
            {
                var (one, two) = (new byte[length], new byte[length]);
                var expected = offset >= Plain.Length ? [] : Plain.AsMemory(offset, Math.Min(length, Plain.Length - offset)).ToArray();
                reader.Read(offset, one).Should().Be(expected.Length);
                (await reader.ReadAsync(offset, two, CancellationToken.None)).Should().Be(expected.Length);
                one.AsSpan(0, expected.Length).SequenceEqual(expected).Should().BeTrue();
                two.AsSpan(0, expected.Length).SequenceEqual(expected).Should().BeTrue();
            }
        }
    }

    [Fact]
    public async Task Serves_many_at_once()
    {
        using var reader = Sample.OpenRandom(File, _key);
        var reads = Enumerable.Range(0, 32).Select(i => Task.Run(() =>
        {
            using var stream = reader.OpenStream();
            stream.Position = i * 99_991;
            var rest = new MemoryStream();
            stream.CopyTo(rest);
            return rest.ToArray().AsSpan().SequenceEqual(Plain.AsSpan(i * 99_991));
        }));

        (await Task.WhenAll(reads)).Should().AllBeEquivalentTo(true);
    }

    [Fact]
    public async Task A_stream_seeks_as_files_do()
    {
        using var reader = Sample.OpenRandom(File, _key);
        await using var stream = reader.OpenStream();
        stream.Seek(-10, SeekOrigin.End).Should().Be(Plain.Length - 10);
        var tail = new MemoryStream();
        await stream.CopyToAsync(tail);
        tail.ToArray().Should().Equal(Plain[^10..]);
        stream.Seek(5, SeekOrigin.Begin);
        stream.Seek(2, SeekOrigin.Current).Should().Be(7);
        stream.ReadByte().Should().Be(Plain[7]);
        FluentActions.Invoking(() => stream.Seek(-1, SeekOrigin.Begin)).Should().Throw<IOException>();
    }

    [Fact]
    public void Small_reads_open_each_segment_once()
    {
        var source = new MemorySource(File);
        using var reader = new SealedReader(source, SealedReader.ReadHeader(source), _key);
        using var stream = reader.OpenStream();
        var before = source.Reads;
        var piece = new byte[8192];
        while (stream.Read(piece) > 0)
        {
        }
        (source.Reads - before).Should().Be(4, "there are four segments");
    }

    [Fact]
    public void The_end_is_given_out_only_when_it_is_authentic()
    {
        // Cut where a segment ends: all that is left would open, but the last of it does not say that it is the last.
        using var reader = Sample.OpenRandom(File[..(2 * SealedFormat.SegmentLength)], _key);
        using var stream = reader.OpenStream();
        stream.ReadByte().Should().Be(Plain[0]);
        stream.Seek(0, SeekOrigin.End);

        FluentActions.Invoking(() => stream.ReadByte()).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    [Fact]
    public void A_refused_segment_does_not_show_the_one_before()
    {
        var file = File.ToArray();
        file[SealedFormat.SegmentLength + 5] ^= 1;
        using var reader = Sample.OpenRandom(file, _key);
        using var stream = reader.OpenStream();
        stream.ReadByte();
        stream.Position = SealedFormat.FirstPlainLength;
        FluentActions.Invoking(() => stream.ReadByte()).Should().Throw<MdmException>();

        stream.Position = 3;
        stream.ReadByte().Should().Be(Plain[3], "what is authentic can still be read");
    }

    [Fact]
    public void Impossible_lengths_are_refused_when_opened() =>
        FluentActions.Invoking(() => Sample.OpenRandom(File[..(SealedFormat.SegmentLength + 16)], _key)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);

    [Fact]
    public async Task Files_on_disk_are_read()
    {
        using var folder = new TemporaryDirectory();
        await System.IO.File.WriteAllBytesAsync(folder["sealed"], File);
        var source = SealedFileSource.Open(folder["sealed"]);
        var header = await SealedReader.ReadHeaderAsync(source, CancellationToken.None);
        await using var stream = new SealedReader(source, header, _key).IntoStream();

        var digest = await SHA256.HashDataAsync(stream);

        digest.Should().Equal(SHA256.HashData(Plain));
    }
}
