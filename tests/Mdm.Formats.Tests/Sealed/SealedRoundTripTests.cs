using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Sealed;

namespace Mdm.Formats.Tests.Sealed;

public sealed class SealedRoundTripTests
{
    public static TheoryData<int> Lengths => [.. Sample.Lengths];

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task What_was_sealed_opens_to_the_same_bytes(int length)
    {
        var plain = RandomNumberGenerator.GetBytes(length);

        var file = Sample.Seal(plain);

        file.LongLength.Should().Be(SealedFormat.SealedLength(length));
        var (released, refusal) = await Sample.OpenAsync(file);
        refusal.Should().BeNull();
        released.AsSpan().SequenceEqual(plain).Should().BeTrue();
    }

    [Fact]
    public async Task The_bytes_do_not_depend_on_how_they_were_written()
    {
        var plain = Sample.Pattern((2 * SealedFormat.SegmentLength) + 17);
        var whole = Sample.Seal(plain);
        using var key = Sample.Key();

        foreach (var piece in (int[])[1021, 65536, SealedFormat.FirstPlainLength, SealedFormat.SegmentLength, 3 * SealedFormat.SegmentLength])
        {
            using var target = new MemoryStream();
            await using (var sealing = new SealingStream(target, Sample.HeaderOf(plain, key), key, leaveOpen: true))
            {
                foreach (var part in plain.Chunk(piece))
                    await sealing.WriteAsync(part);
                await sealing.CompleteAsync(CancellationToken.None);
            }
            target.ToArray().AsSpan().SequenceEqual(whole).Should().BeTrue($"pieces of {piece}");
        }
    }

    [Fact]
    public void Equal_content_is_sealed_to_equal_bytes_and_other_content_under_another_aes_key()
    {
        var (plain, other) = (Sample.Pattern(100), Sample.Pattern(100));
        other[99] ^= 1;

        Sample.Seal(plain).Should().Equal(Sample.Seal(plain));

        // The same keystream would show the same ciphertext where the plaintexts agree.
        var (one, two) = (Sample.Seal(plain)[40..139], Sample.Seal(other)[40..139]);
        one.Zip(two).Count(pair => pair.First == pair.Second).Should().BeLessThan(20);
    }

    [Fact]
    public async Task What_was_not_completed_opens_nowhere()
    {
        using var key = Sample.Key();
        foreach (var length in (int[])[0, 10, SealedFormat.FirstPlainLength, SealedFormat.FirstPlainLength + SealedFormat.PlainPerSegment, (2 * SealedFormat.SegmentLength) + 5])
        {
            var plain = Sample.Pattern(length);
            using var target = new MemoryStream();
            using (var sealing = new SealingStream(target, Sample.HeaderOf(plain, key), key, leaveOpen: true))
                sealing.Write(plain);

            var (released, refusal) = await Sample.OpenAsync(target.ToArray());

            refusal.Should().NotBeNull();
            released.Length.Should().BeLessThan(Math.Max(1, length));
        }
    }

    [Fact]
    public void A_completed_file_takes_nothing_more()
    {
        using var key = Sample.Key();
        using var sealing = new SealingStream(new MemoryStream(), Sample.HeaderOf([], key), key);
        sealing.Complete();

        FluentActions.Invoking(() => sealing.Write([1])).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(sealing.Complete).Should().Throw<InvalidOperationException>();
        sealing.CanWrite.Should().BeFalse();
    }

    [Fact]
    public async Task Any_one_byte_altered_is_refused_before_a_byte_of_its_segment_is_given_out()
    {
        // All of a short file, and of a longer one each byte at which something begins or ends.
        var small = Sample.Seal(Sample.Pattern(200));
        for (var at = 0; at < small.Length; at++)
            await Refuses(small, at, 0);
        const int second = SealedFormat.SegmentLength;
        var file = Sample.Seal(Sample.Pattern((2 * SealedFormat.SegmentLength) + 100));
        foreach (var at in (int[])[0, 1, 16, 17, 32, 33, 39, 40, second - 17, second - 16, second - 1])
            await Refuses(file, at, 0);
        foreach (var at in (int[])[second, second + 1, (2 * second) - 16, (2 * second) - 1])
            await Refuses(file, at, SealedFormat.FirstPlainLength);
        foreach (var at in (int[])[2 * second, file.Length - 17, file.Length - 16, file.Length - 1])
            await Refuses(file, at, SealedFormat.FirstPlainLength + SealedFormat.PlainPerSegment);
    }

    [Fact]
    public async Task Cut_anywhere_it_is_refused()
    {
        var small = Sample.Seal(Sample.Pattern(50));
        for (var length = 0; length < small.Length; length++)
            (await Sample.OpenAsync(small[..length])).Refusal.Should().NotBeNull($"{length} bytes are not the file");
        const int segment = SealedFormat.SegmentLength;
        var file = Sample.Seal(Sample.Pattern((2 * segment) + 100));
        foreach (var length in (int[])[41, 56, segment - 1, segment, segment + 1, segment + 16, segment + 17, (2 * segment) - 1, 2 * segment, (2 * segment) + 1, (2 * segment) + 16, (2 * segment) + 17, file.Length - 1])
        {
            var (released, refusal) = await Sample.OpenAsync(file[..length]);
            refusal.Should().NotBeNull();
            // A segment that came whole, before the one that was cut, was given out; nothing of that one.
            released.Length.Should().Be(length > 2 * segment ? SealedFormat.FirstPlainLength + SealedFormat.PlainPerSegment : length > segment ? SealedFormat.FirstPlainLength : 0);
        }
    }

    private static async Task Refuses(byte[] file, int at, int released)
    {
        file[at] ^= 0x80;
        var outcome = await Sample.OpenAsync(file);
        file[at] ^= 0x80;
        outcome.Refusal.Should().NotBeNull($"byte {at} was altered");
        outcome.Refusal!.Kind.Should().Be(MdmErrorKind.Corrupt);
        outcome.Released.Length.Should().Be(released, $"byte {at} was altered");
    }
}
